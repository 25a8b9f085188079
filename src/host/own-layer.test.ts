import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from './host.ts';
import { lostWithContainer } from './own-layer.ts';

const layers = '22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/l\n';
const mountedAt = (point: string, type = 'ext4') =>
	`30 22 254:0 /home /${point} rw,relatime master:1 - ${type} /dev/vda rw\n`;

/** A machine with these mounts; a container, unless its mount namespace is the host's. */
function machine(mounts: string, theirs = 'mnt:[1]') {
	const root = mkdtempSync(join(tmpdir(), 'own-layer-'));
	onTestFinished(() => rmSync(root, { recursive: true, force: true }));
	for (const [process, namespace] of Object.entries({ self: 'mnt:[2]', 1: theirs })) {
		mkdirSync(join(root, 'proc', process, 'ns'), { recursive: true });
		symlinkSync(namespace, join(root, 'proc', process, 'ns/mnt'));
	}
	writeFileSync(join(root, 'proc/self/mountinfo'), mounts);
	writeFileSync(join(root, '.dockerenv'), '');
	return openHost({ root });
}

const folder = '/var/lib/zz-bpftools/sessions';

test.each<[string, string, string | undefined]>([
	['on its own layer', layers, `-v "$PWD/sessions:${folder}"`],
	['in its memory', layers + mountedAt('var/lib/zz-bpftools', 'tmpfs'), `-v "$PWD/sessions:${folder}"`],
	['beside a mount', layers + mountedAt('var/lib/zz-bpftools/sess'), `-v "$PWD/sessions:${folder}"`],
	['on a mount', layers + mountedAt('var/lib/zz-bpftools/sessions'), undefined],
	['below a mount', layers + mountedAt('var/lib'), undefined],
	['below a mount that hides another', layers + mountedAt('var', 'tmpfs') + mountedAt('var'), undefined],
])('in a container, a folder %s', (_, mounts, flag) => {
	expect(lostWithContainer(folder, machine(mounts), {})).toBe(flag);
});

test('a mount whose name has a space is known by it', () => {
	const host = machine(layers + mountedAt('var/lib/zz\\040bpftools'));
	expect(lostWithContainer('/var/lib/zz bpftools/sessions', host, {})).toBeUndefined();
	expect(lostWithContainer('/var/lib/zz', host, {})).toBe('-v "$PWD/sessions:/var/lib/zz"');
});

test('a link leads to where the folder is', () => {
	const real = mkdtempSync(join(tmpdir(), 'own-layer-real-'));
	const linked = mkdtempSync(join(tmpdir(), 'own-layer-link-'));
	onTestFinished(() => {
		for (const each of [real, linked]) rmSync(each, { recursive: true });
	});
	symlinkSync(real, join(linked, 'there'));
	const host = machine(layers + mountedAt(real.slice(1)));
	expect(lostWithContainer(join(linked, 'there/sessions'), host, {})).toBeUndefined();
	expect(lostWithContainer(linked, host, {})).toBeDefined();
});

test('in a pod, no flag of docker helps', () => {
	const host = machine(layers);
	expect(lostWithContainer(folder, host, { KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toBe(`a volume at ${folder}`);
});

test('on a host nothing goes', () => {
	expect(lostWithContainer(folder, machine(layers, 'mnt:[2]'), {})).toBeUndefined();
});
