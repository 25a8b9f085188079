import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../catalog/argv.ts';
import { imageCommand } from './image.ts';
import { packageOf } from './image-build.ts';
import { runArguments, type Wish } from './image-run.ts';

const root = mkdtempSync(join(tmpdir(), 'bpftools-image-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const release = '4.18.0-193.el8.x86_64';
const generated = join(root, 'usr/src/kernels', release, 'include/generated');
mkdirSync(generated, { recursive: true });
writeFileSync(join(generated, 'autoconf.h'), '');

describe('A command line that cannot be right is refused in one sentence:', () => {
	const build = ['build', '--headers', root];
	test.each([
		[[], /^Build an image, or run one\?/],
		[['buld'], /did you mean build\?$/],
		[['push'], /^There is no "image push"; see bpftools image --help\.$/],
		[[...build, 'now'], /"now"/],
		[[...build, '--kernel', 'latest'], /^--kernel is a release .* not "latest"\.$/],
		[[...build, '--kernel', '5.4/../../etc'], /^--kernel is a release/],
		[[...build, '--kernel', '5.4\x1b[2J'], /^--kernel is a release .* not "5\.4·\[2J"\.$/],
		[[...build, '--kernel', '5.4.0-1-generic'], /install linux-headers-5\.4\.0-1-generic .*--headers\.$/],
		[[...build, '--kernel', '5.4.0-1-generic'], /\(there are those of 4\.18\.0-193\.el8\.x86_64\)/],
		[['build', '--kernel', release, '--headers', '/nowhere'], /^There is no folder \/nowhere\.$/],
		[['build', '--kernel', '5.3.18-57-default'], /install kernel-default-devel/],
		[[...build, '--kernel', release, '--target', 'mini'], /^--target is one of bpftools, slim, not "mini"\.$/],
		[[...build, '--kernel', release, '--proxy', '10.0.0.1:8080'], /^--proxy is a URL/],
		[[...build, '--kernel', release, '--proxy', 'file:///etc/passwd'], /^--proxy is a URL/],
		[[...build, '--kernel', release, '--engine', 'lxc'], /^--engine is one of docker, podman, nerdctl, not "lxc"\.$/],
		[['run'], /^It takes an image and a target/],
		[['run', '--print'], /^It takes an image and a target/],
		[['run', '--engine', 'docker', 'bpftools'], /^It takes an image and a target/],
		[['run', '--frob', 'bpftools', 'host'], /--frob/],
		[['run', '--engine', 'lxc', 'bpftools', 'host'], /--engine is one of/],
	] as const)('%j', async (args, sentence) => {
		const refusal = await imageCommand.run([...args]).catch((error: unknown) => error);
		expect(refusal).toBeInstanceOf(UsageError);
		expect((refusal as Error).message).toMatch(sentence);
		expect((refusal as Error).message).not.toContain('\n');
	});
});

async function printed(args: string[]): Promise<string> {
	const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
	try {
		expect(await imageCommand.run(args)).toBe(0);
		return write.mock.calls.map(([text]) => text).join('');
	} finally {
		write.mockRestore();
	}
}

test.each(['build', 'run'])('image %s --help says how it is used', async (name) => {
	expect(await printed([name, '--help'])).toMatch(new RegExp(`^Usage: bpftools image ${name} `));
});

describe('The Dockerfile that is printed', () => {
	const folders = () => readdirSync(tmpdir()).filter((name) => /^bpftools-image-[^t]/.test(name));

	test('ends with a stage that puts the kernel in, and nothing is written for it', async () => {
		const before = folders();
		const text = await printed(['build', '--print', '--kernel', release, '--headers', root]);
		expect(text).toMatch(/^FROM bpftools\nLABEL bpftools\.kernel="4\.18\.0-193\.el8\.x86_64"\nCOPY kernel\/ \/\n$/m);
		expect(folders()).toEqual(before);
	});

	test('says nothing of a proxy', async () => {
		const text = await printed([
			'build',
			'--print',
			'--kernel',
			release,
			'--headers',
			root,
			'--proxy',
			'http://10.9.8.7:1',
		]);
		expect(text).not.toContain('10.9.8.7');
	});
});

test('The package that brings headers is told from the name of the kernel', () => {
	expect(packageOf('4.18.0-193.el8.x86_64')).toBe('kernel-devel-4.18.0-193.el8.x86_64');
	expect(packageOf('6.8.5-301.fc40.x86_64')).toBe('kernel-devel-6.8.5-301.fc40.x86_64');
	expect(packageOf('5.10.0-32.amzn2.x86_64')).toBe('kernel-devel-5.10.0-32.amzn2.x86_64');
	expect(packageOf('5.3.18-57-default')).toMatch(/^kernel-default-devel/);
	expect(packageOf('6.9.1-arch1-1')).toMatch(/^linux-headers /);
	expect(packageOf('6.12.48+deb13-amd64')).toMatch(/^linux-headers-6\.12\.48\+deb13-amd64/);
});

describe('What an engine is told to run', () => {
	const wish: Wish = { image: 'bpftools', target: 'host', command: [], terminal: false, input: false, mounts: [] };

	test('has a terminal when there is one, and reads a pipe when there is one', () => {
		expect(runArguments({ ...wish, terminal: true })).toEqual(expect.arrayContaining(['--interactive', '--tty']));
		const piped = runArguments({ ...wish, input: true });
		expect(piped).toContain('--interactive');
		expect(piped).not.toContain('--tty');
		expect(runArguments(wish)).not.toContain('--interactive');
	});

	test("is in the host's namespaces, also about one container: bpftools narrows itself", () => {
		const about = (target: Wish['target'], ...command: string[]) => runArguments({ ...wish, target, command });
		expect(about('host')).toEqual(expect.arrayContaining(['--privileged', '--pid=host', '--network=host']));
		expect(about('host').at(-1)).toBe('bpftools');
		expect(about('host', 'run', 'runqlat', '--duration', '5').slice(-5)).toEqual([
			'bpftools',
			'run',
			'runqlat',
			'--duration',
			'5',
		]);
		const container = about('container:web', 'run', 'runqlat', '--duration', '5');
		expect(container).toContain('--pid=host');
		expect(container.slice(-7)).toEqual(['bpftools', 'run', 'runqlat', '--duration', '5', '--target', 'container:web']);
		expect(about('container:web').slice(-4)).toEqual(['bpftools', 'tui', '--target', 'container:web']);
	});

	test('is in the namespaces of the container when it knows nothing of targets', () => {
		const words = runArguments({ ...wish, target: 'container:web', command: ['ss', '-tln'] });
		expect(words).toEqual(expect.arrayContaining(['--pid=container:web', '--network=container:web']));
		expect(words.slice(-3)).toEqual(['bpftools', 'ss', '-tln']);
	});

	test('sees what is mounted, and may write where it has to', () => {
		const mounts = [
			{ from: '/s', to: '/var/lib/bpftools/sessions', readOnly: false },
			{ from: '/usr/src', to: '/usr/src', readOnly: true },
		];
		expect(runArguments({ ...wish, mounts }).join(' ')).toContain(
			'--volume /s:/var/lib/bpftools/sessions --volume /usr/src:/usr/src:ro bpftools',
		);
	});
});
