import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs, titled } from '../support/needs.ts';
import { type Result, start } from '../support/program.ts';
import { build, run } from './image.ts';

const lack = needs('engine', 'root');

/** The table "Without --privileged" of docs/container.md: what is wanted, and the flags for it. */
function documented(): { wanted: string; flags: string[] }[] {
	const page = readFileSync(join(import.meta.dirname, '../../docs/container.md'), 'utf8');
	const [, section = ''] = page.split(/^## Without --privileged$/m);
	const rows = [...(section.split(/^## /m)[0] ?? '').matchAll(/^\| ((?!to \||---).*) \| (.*) \|$/gm)];
	return rows.map(([, wanted = '', flags = '']) => ({
		wanted,
		flags: [...flags.matchAll(/`([^`]+)`/g)].map(([, flag = '']) => flag),
	}));
}

interface Trial {
	command: string[];
	works(result: Result): boolean;
}

const tool = (name: string) => ['run', name, '--duration', '3', '--format', 'ndjson'];
const sawRows = ({ stdout, stderr }: Result) => stdout !== '' && /^evidence: (complete|lossy)/m.test(stderr);
const bpftrace =
	"bpftrace -e 'tracepoint:syscalls:sys_enter_openat { @opened[comm] = count(); } interval:s:2 { exit(); }'";
const readsCounters = ({ stdout }: Result) => stdout !== '' && !stdout.includes("can't read");
const port = 20_553;

/** How each line of the table is tried, by how it begins. */
const trials: Record<string, Trial[]> = {
	'judge the host': [{ command: ['check'], works: readsCounters }],
	'and its links': [
		{
			command: ['check', 'network'],
			works: (result) => readsCounters(result) && !result.stdout.includes('another network namespace'),
		},
	],
	'trace with libbpf': [
		{ command: tool('opensnoop'), works: sawRows },
		{ command: ['sh', '-c', bpftrace], works: ({ stdout }) => /^@opened\[cat\]: \d+$/m.test(stdout) },
	],
	'the same where engine': [
		{ command: tool('opensnoop'), works: sawRows },
		{ command: ['sh', '-c', bpftrace], works: ({ stdout }) => /^@opened\[cat\]: \d+$/m.test(stdout) },
	],
	'see the kernel': [
		{
			command: tool('profile'),
			works: (result) => /"process":"dd".*\bvfs_read\b/.test(result.stdout),
		},
	],
	'look into programs': [{ command: tool('gethostlatency'), works: sawRows }],
	'show the host': [{ command: tool('ss'), works: (result) => sawRows(result) && result.stdout.includes(`:${port}`) }],
	'the same from a shell': [{ command: ['sh', '-c', 'ss -tan'], works: ({ stdout }) => stdout.includes(`:${port}`) }],
	'capture packets': [
		{ command: ['sh', '-c', `timeout 5 tcpdump -Z root -c 1 -i lo udp port ${port}`], works: ({ code }) => code === 0 },
	],
	'list tracked connections': [
		{
			command: ['sh', '-c', 'conntrack -L && ss -tan'],
			works: ({ code, stdout }) => code === 0 && stdout.includes(`:${port}`),
		},
	],
	// A kernel with nothing to complain about has no lines to show.
	'read the kernel': [{ command: tool('dmesg'), works: ({ stderr }) => /^evidence: complete/m.test(stderr) }],
};

describe.skipIf(lack)(titled('Without --privileged', lack), () => {
	const resources = new DisposableStack();
	const table = documented();

	beforeAll(async () => {
		await build('bpftools');
		const load = (...argv: string[]) => {
			const { child } = start(argv, { stdio: 'ignore' });
			resources.defer(() => {
				child.kill('SIGKILL');
			});
		};
		load('/bin/sh', '-c', 'while :; do cat /etc/hostname; getent hosts localhost; sleep 0.1; done');
		load('dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64k');
		const server = createServer().listen(port, '127.0.0.1');
		const sender = createSocket('udp4');
		const sending = setInterval(() => sender.send('x', port, '127.0.0.1'), 100);
		resources.defer(() => {
			clearInterval(sending);
			sender.close();
			server.close();
		});
	});
	afterAll(() => resources.dispose());

	test('every line of the table is tried', () => {
		const begins = table.map(({ wanted }) => Object.keys(trials).find((begin) => wanted.startsWith(begin)));
		expect(begins).toEqual(Object.keys(trials));
	});

	for (const { wanted, flags } of table) {
		const tried = Object.entries(trials).find(([begin]) => wanted.startsWith(begin))?.[1] ?? [];
		for (const { command, works } of tried) {
			const attempt = (given: string[]) =>
				run('--cap-drop=ALL', ...given.flatMap((flag) => flag.split(' ')), 'bpftools', ...command);

			test.concurrent(`${command.join(' ')} works with ${flags.join(' ')}`, async () => {
				const result = await attempt(flags);
				expect(works(result), `${result.stdout.slice(-2000)}${result.stderr}`).toBe(true);
			});

			for (const flag of flags) {
				test.concurrent(`${command.join(' ')} does not work without ${flag}`, async () => {
					const result = await attempt(flags.filter((other) => other !== flag));
					expect(works(result), `${result.stdout.slice(-2000)}${result.stderr}`).toBe(false);
				});
			}
		}
	}
});
