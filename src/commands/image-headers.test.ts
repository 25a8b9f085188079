import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { copyHeaders, findHeaders, releasesWithHeaders, resolveBelow } from './image-headers.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bpftools-headers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A root with these files (text) and links (an arrow and where it leads). */
function rootOf(files: Record<string, string>): string {
	const root = mkdtempSync(join(scratch, 'root-'));
	for (const [path, content] of Object.entries(files)) {
		const file = join(root, path);
		mkdirSync(dirname(file), { recursive: true });
		if (content.startsWith('-> ')) symlinkSync(content.slice(3), file);
		else writeFileSync(file, content);
	}
	return root;
}

/** What the image holds once the headers of this root are in it; there, as in Debian, /lib is a link. */
function imageWith(root: string, release: string): string {
	const image = mkdtempSync(join(scratch, 'image-'));
	const headers = findHeaders(root, release);
	if (!headers) throw new Error('no headers');
	copyHeaders(headers, image);
	expect(readdirSync(image)).not.toContain('lib');
	symlinkSync('usr/lib', join(image, 'lib'));
	return image;
}

function read(image: string, path: string): string | undefined {
	const real = resolveBelow(image, path);
	return real && readFileSync(join(image, real), 'utf8');
}

const debian = '6.1.0-9-amd64';
const debianRoot = {
	[`/lib/modules/${debian}/build`]: `-> /usr/src/linux-headers-${debian}`,
	[`/lib/modules/${debian}/source`]: '-> /usr/src/linux-headers-6.1.0-9-common',
	[`/usr/src/linux-headers-${debian}/include/generated/autoconf.h`]: 'autoconf',
	[`/usr/src/linux-headers-${debian}/.config`]: 'CONFIG_BPF=y',
	[`/usr/src/linux-headers-${debian}/Makefile`]: 'include /usr/src/linux-headers-6.1.0-9-common/Makefile',
	[`/usr/src/linux-headers-${debian}/scripts`]: '-> /usr/lib/linux-kbuild-6.1/scripts',
	'/usr/src/linux-headers-6.1.0-9-common/include/linux/kconfig.h': 'kconfig',
	'/usr/src/linux-headers-6.1.0-9-common/include/linux/same.h': '-> kconfig.h',
	'/usr/lib/linux-kbuild-6.1/scripts/module.h': 'module',
};

const ubuntu = '5.15.0-25-generic';
const ubuntuRoot = {
	'/lib': '-> usr/lib',
	[`/usr/lib/modules/${ubuntu}/build`]: `-> /usr/src/linux-headers-${ubuntu}`,
	[`/usr/src/linux-headers-${ubuntu}/include/generated/autoconf.h`]: 'autoconf',
	[`/usr/src/linux-headers-${ubuntu}/include/linux`]: '-> ../../linux-headers-5.15.0-25/include/linux',
	[`/usr/src/linux-headers-${ubuntu}/Makefile`]: '-> ../linux-headers-5.15.0-25/Makefile',
	'/usr/src/linux-headers-5.15.0-25/include/linux/kconfig.h': 'kconfig',
	'/usr/src/linux-headers-5.15.0-25/include/never/seen.h': 'unreferenced',
	'/usr/src/linux-headers-5.15.0-25/Makefile': 'all:',
	[`/boot/config-${ubuntu}`]: 'CONFIG_BPF=y',
};

const redHat = '4.18.0-193.el8.x86_64';
/** As rpm2cpio unpacks kernel-devel: the links to it come with another package. */
const redHatRoot = {
	[`/usr/src/kernels/${redHat}/include/generated/autoconf.h`]: 'autoconf',
	[`/usr/src/kernels/${redHat}/include/linux/kconfig.h`]: 'kconfig',
	[`/usr/src/kernels/${redHat}/.config`]: 'CONFIG_BPF=y',
};

const own = '6.18.1-own';
const ownRoot = {
	[`/lib/modules/${own}/build`]: '-> /home/me/out',
	'/home/me/out/source': '-> ../linux',
	'/home/me/out/include/generated/autoconf.h': 'autoconf',
	'/home/me/out/include/linux': '-> ../source/include/linux',
	'/home/me/out/up': '-> ..',
	'/home/me/out/root': '-> /',
	'/home/me/out/vmlinux.o': 'gigabytes',
	'/home/me/linux/include/linux/kconfig.h': 'kconfig',
	'/home/me/linux/kernel/fork.c': 'int',
	'/home/me/secret.h': 'nobody links to this',
};

describe.each([
	['Debian, with absolute links between two packages', debian, debianRoot],
	['Ubuntu, with relative links between two packages', ubuntu, ubuntuRoot],
	['Red Hat, unpacked and without links', redHat, redHatRoot],
	['a kernel that somebody built', own, ownRoot],
])('Headers of %s', (_name, release, files) => {
	const root = rootOf(files);

	test('are where BCC and bpftrace look, in the image as well', () => {
		const image = imageWith(root, release);
		expect(read(image, `/lib/modules/${release}/build/include/generated/autoconf.h`)).toBe('autoconf');
		const common = ['build', 'source'].map((name) =>
			read(image, `/lib/modules/${release}/${name}/include/linux/kconfig.h`),
		);
		expect(common).toContain('kconfig');
	});

	test('are told from kernels that the root has none of', () => {
		expect(releasesWithHeaders(root)).toEqual([release]);
		expect(findHeaders(root, '1.2.3')).toBeUndefined();
	});
});

test('The config goes in, from /boot or from beside the headers', () => {
	for (const [release, files] of [
		[debian, debianRoot],
		[ubuntu, ubuntuRoot],
		[redHat, redHatRoot],
	] as const) {
		expect(read(imageWith(rootOf(files), release), `/boot/config-${release}`)).toBe('CONFIG_BPF=y');
	}
});

test('Only headers go in, and only those that are reached', () => {
	const image = imageWith(rootOf(ownRoot), own);
	expect(existsSync(join(image, 'home/me/out/vmlinux.o'))).toBe(false);
	expect(existsSync(join(image, 'home/me/linux/kernel/fork.c'))).toBe(false);
	expect(existsSync(join(image, 'home/me/secret.h'))).toBe(false);
	const debianImage = imageWith(rootOf(debianRoot), debian);
	expect(existsSync(join(debianImage, `usr/src/linux-headers-${debian}/Makefile`))).toBe(false);
	expect(read(debianImage, '/usr/lib/linux-kbuild-6.1/scripts/module.h')).toBe('module');
	const ubuntuImage = imageWith(rootOf(ubuntuRoot), ubuntu);
	expect(existsSync(join(ubuntuImage, 'usr/src/linux-headers-5.15.0-25/include/never'))).toBe(false);
});

test('A link in a root leads to what it means there, not on this machine', () => {
	const root = rootOf({
		'/a/link': '-> /b',
		'/b/file': 'x',
		'/a/loop': '-> loop',
		'/a/out': '-> ../../../../b',
		'/c': '-> nowhere',
	});
	expect(resolveBelow(root, '/a/link/file')).toBe('/b/file');
	expect(resolveBelow(root, '/a/out/file')).toBe('/b/file');
	expect(resolveBelow(root, '/a/loop')).toBeUndefined();
	expect(resolveBelow(root, '/c')).toBeUndefined();
	expect(resolveBelow(root, '/b/file/more')).toBeUndefined();
	expect(resolveBelow(root, '/etc/passwd')).toBeUndefined();
});
