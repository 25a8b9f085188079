import { appendFileSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs, titled } from '../support/needs.ts';
import { scratchFolder } from '../support/program.ts';
import { build, docker, type Image, stepsMade } from './image.ts';

const lack = needs('engine', 'root');
const root = join(import.meta.dirname, '../..');

const network = `
	tini --version; ps --version; pstree --version; killall --version; vmstat --version; kmod --version
	nsenter --version; setpriv --version; lsfd --version; stdbuf --version; dmesg --version
	ip -V; ss -V; tc -V; nstat -V; bridge -V; ping -V; tracepath -V; arping -V; netstat --version; ifconfig --version
	traceroute --version; ethtool --version; conntrack --version; tcpdump --version; ncat --version; iftop -h
	nethogs -V; iperf3 --version; qperf --version; dig -v; host -V; nslookup -version; lsof -v; strace -V
	iostat -V; mpstat -V; pidstat -V; sar -V; sadf -V; atop -V; htop --version; iotop --version; nmon -h`;
const openVSwitch = `
	ovs-vsctl --version; ovs-ofctl --version; ovs-dpctl --version; ovs-appctl --version; ovsdb-client --version
	ovs-dpctl-top --help; ovs-tcpdump --help; nmap --version`;
const console = 'node --version; bpftools --help; bpftools list';
const libbpf = 'opensnoop-libbpf --version; runqlat-libbpf --version; bpftool version; pwru --version';
const bpftrace = 'bpftrace --version; nm -V; objdump -V; strings -V; addr2line -V; readelf --version';
const everything = `
	perf --version; perf script -l; lttng --version; babeltrace2 --version; python3 -c 'import bcc'; opensnoop-bpfcc -h
	tcplife-bpfcc -h; profile-bpfcc -h; bashreadline-bpfcc -h`;

/** What is in each, and how many megabytes it may take unpacked. */
const images: { image: Image; programs: string[]; goal: number }[] = [
	{ image: 'bpftools:nettools', programs: [network, openVSwitch], goal: 230 },
	{ image: 'bpftools:mini', programs: [network, console, libbpf], goal: 290 },
	{ image: 'bpftools:slim', programs: [network, console, libbpf, bpftrace], goal: 550 },
	{ image: 'bpftools', programs: [network, console, libbpf, bpftrace, openVSwitch, everything], goal: 740 },
];

/** Prints the lines of $1 that fail or print nothing, each with what it printed. */
const failing = `
	echo "$1" | while read -r line; do
		output=$(timeout 20 sh -c "$line" 2>&1 </dev/null) && [ -n "$output$(echo "$line" | grep 'import')" ] ||
			echo "$line: $output"
	done`;

/** Prints every library that a program of the image asks for and does not find, and how many programs do find theirs. */
const missingLibraries = `
	find $(echo "$PATH" | tr : ' ') /usr/libexec -type f -perm /111 2>/dev/null | xargs ldd 2>&1 |
		awk '/^\\// { file = $0 } /=>/ { programs[file] } /not found/ { print file $0 } END { print length(programs) }'`;

interface Component {
	name: string;
	version: string;
}

for (const { image, programs, goal } of images) {
	describe.skipIf(lack)(titled(image, lack), () => {
		beforeAll(() => build(image));

		const inside = (script: string, ...args: string[]) =>
			docker('run', '--rm', '--network=none', image, 'sh', '-c', script, 'sh', ...args);

		test('every program in it starts', async () => {
			const lines = programs.flatMap((each) => each.split(/[;\n]/)).map((line) => line.trim());
			expect(await inside(failing, lines.filter(Boolean).join('\n'))).toBe('');
		});

		test('no program in it lacks a library', async () => {
			const said = await inside(missingLibraries);
			expect(said).toMatch(/^\d+$/);
			expect(Number(said)).toBeGreaterThan(300);
		});

		test(`it takes at most ${goal} MB`, async () => {
			const bytes = Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
			expect(bytes / 1e6).toBeLessThanOrEqual(goal);
		});

		test('it says what it was made from', async () => {
			const text = await docker('image', 'inspect', '--format', '{{json .Config.Labels}}', image);
			const labels = JSON.parse(text) as Record<string, string>;
			const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
			expect(labels).toMatchObject({
				'org.opencontainers.image.title': image.replace(':', ' '),
				'org.opencontainers.image.description': expect.stringMatching(/\w/),
				'org.opencontainers.image.version': version,
				'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$/),
				'org.opencontainers.image.created': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
			});
		});

		test('it lists its packages', async () => {
			const listed = JSON.parse(await inside('cat /usr/share/bpftools/sbom/debian.cdx.json')) as {
				components: Component[];
			};
			const installed = (await inside('dpkg-query -W')).split('\n').map((line) => line.replace(/(:\w+)?\t/, ' '));
			expect(listed.components.map(({ name, version }) => `${name} ${version}`)).toEqual(installed);
		});

		test('it carries nothing over from its build', async () => {
			const left = 'ls -A /usr/local/lib/node_modules /usr/local/bin/npm /build /var/lib/apt/lists /tmp 2>/dev/null';
			expect(await inside(`${left}; true`)).toBe('/tmp:\n\n/var/lib/apt/lists:');
			expect(await inside('find / -xdev -name "*.pyc" -o -xdev -path "/var/log/*" -type f')).toBe('');
		});
	});
}

describe.skipIf(lack)(titled('The console in the image', lack), () => {
	beforeAll(() => build('bpftools:mini'));

	test('brings only the modules that run, and lists what it is made of', async () => {
		const modules = await docker('run', '--rm', 'bpftools:mini', 'sh', '-c', 'ls /opt/bpftools/node_modules');
		expect(modules.split('\n')).toEqual(expect.arrayContaining(['blessed', 'blessed-contrib']));
		expect(modules).not.toMatch(/^(node|typescript|esbuild|vitest|ink)$/m);
		const sbom = 'cat /usr/share/bpftools/sbom/npm.cdx.json';
		const { components } = JSON.parse(await docker('run', '--rm', 'bpftools:mini', 'sh', '-c', sbom)) as {
			components: Component[];
		};
		const names = components.map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['ink', 'react', '@alcalzone/ink-table', ...modules.split('\n')]));
		expect(names).not.toContain('vitest');
		const [node] = components.filter(({ name }) => name === 'node');
		expect(`v${node?.version}`).toBe(await docker('run', '--rm', 'bpftools:mini', 'sh', '-c', 'node --version'));
	});
});

describe.skipIf(lack)(titled('A build', lack), () => {
	const resources = new DisposableStack();
	let copy: string;

	/** Of the sources as they are now, whoever edits them meanwhile. */
	beforeAll(async () => {
		copy = resources.use(scratchFolder()).path;
		for (const name of readdirSync(root).filter((name) => !['node_modules', '.git', 'dist'].includes(name))) {
			cpSync(join(root, name), join(copy, name), { recursive: true });
		}
		await buildCopy();
	});
	afterAll(async () => {
		await docker('rmi', '--force', tag);
		resources.dispose();
	});

	const tag = `bpftools-test:${process.pid}`;
	const buildCopy = async () =>
		stepsMade(await docker('build', '--network=host', '--tag', tag, '--file', join(copy, 'images/Dockerfile'), copy));

	test('made a second time makes nothing', async () => {
		expect(await buildCopy()).toEqual([]);
	});

	test('after a change of the code makes the code anew and nothing else', async () => {
		appendFileSync(join(copy, 'src/cli.ts'), `process.env.CHANGED = '${copy}';\n`);
		const steps = await buildCopy();
		expect(steps.filter((step) => !step.startsWith('LABEL'))).toEqual([
			'COPY . .',
			expect.stringMatching(/^RUN node build\.ts/),
			...Array(3).fill('COPY --from=build /build/image/ /'),
		]);
	});

	test('after a change of what is no part of it makes nothing', async () => {
		appendFileSync(join(copy, 'src/host/host.test.ts'), '\n');
		appendFileSync(join(copy, 'README.md'), '\n');
		expect(await buildCopy()).toEqual([]);
	});
});
