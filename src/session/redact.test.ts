import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Found } from '../../test/fixtures/tools.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import type { Provider, Tool } from '../catalog/tool.ts';
import { LineSplitter } from '../output/lines.ts';
import { columnsOf, readerFor } from '../output/reader-for.ts';
import { outputRedactor, sensitiveKind } from './redact-output.ts';
import { redactSession } from './redact-session.ts';
import { Redactor } from './redactor.ts';

const catalog = loadCatalog(join(import.meta.dirname, '../../tools-catalog'));

describe('Text', () => {
	const cases: [string, string][] = [
		['10.1.2.3:443 > 10.1.2.4.80, 10.1.2.3/24', '192.0.2.1:443 > 192.0.2.2.80, 192.0.2.1/24'],
		['127.0.0.1 0.0.0.0 255.255.255.255 300.1.1.1', '127.0.0.1 0.0.0.0 255.255.255.255 300.1.1.1'],
		['...10.1.2.3 1.2.3 7.0.1-8', '...192.0.2.1 1.2.3 7.0.1-8'],
		['fe80::1 [2a00:1::7]:443 src:FE80:0::1: done', '2001:db8::1 [2001:db8::2]:443 src:2001:db8::1: done'],
		['::1 :: ::ffff:10.1.2.3 07:18:01 12:34', '::1 :: ::ffff:192.0.2.1 07:18:01 12:34'],
		['std::abc::be core::fmt::a1 abc::d', 'std::abc::be core::fmt::a1 abc::d'],
		['52:54:00:AB:cd:ef 52-54-00-ab-cd-ef', '02:00:00:00:00:01 02:00:00:00:00:01'],
		['ff:ff:ff:ff:ff:ff 00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff 00:00:00:00:00:00'],
		['/home/ada/x "/home/ada" ada adas', '/home/user-1/x "/home/user-1" user-1 adas'],
		['/home/root/x root', '/home/root/x root'],
		['web1.shop.example.com, web1 ip-10-0-0-7 libc.so.6', 'host-1, host-1 host-2 libc.so.6'],
		['ada@mail.example.org', 'user-1@host-1'],
		['Linux 6.12.107-amd64 (zebra) \t11/21/26', 'Linux 6.12.107-amd64 (host-1) \t11/21/26'],
	];
	test.each(cases)('%j', (text, redacted) => {
		const redactor = new Redactor();
		redactor.text(text);
		expect(redactor.text(text)).toBe(redacted);
	});

	test('has other words for other originals, however many', () => {
		const redactor = new Redactor();
		const seen = new Set<string>();
		for (let n = 0; n < 70_000; n++) {
			const [a, b] = [(n >> 8) & 255, n & 255];
			seen.add(redactor.text(`10.${n >> 16}.${a}.${b}`));
			if (n < 3000) {
				seen.add(redactor.text(`2a00::1:${n.toString(16)}`));
				seen.add(redactor.text(`52:54:00:00:${a.toString(16).padStart(2, '0')}:${b.toString(16).padStart(2, '0')}`));
			}
		}
		expect(seen.size).toBe(76_000);
	});

	test('of commands keeps the program and the number of arguments', () => {
		const redactor = new Redactor();
		const [one, two] = ['/usr/bin/curl  -s https://x/?token=1', 'wget https://x/?token=1'];
		expect(redactor.commandLine(one)).toMatch(/^\/usr\/bin\/curl {2}arg-\w{8} arg-\w{8}$/);
		expect(redactor.commandLine(one).split(' ').at(-1)).toBe(redactor.commandLine(two).split(' ').at(-1));
		expect(redactor.commandLine(one)).not.toBe(new Redactor().commandLine(one));
	});
});

/** What a tool's own reader makes of its output. */
function read(tool: Tool, provider: Provider, text: string): Found {
	const found = new Found(columnsOf(tool).length);
	const reader = readerFor(tool, provider, found);
	const lines = new LineSplitter((line) => reader.line(line), reader.longestLine);
	lines.push(Buffer.from(text));
	lines.end();
	reader.end();
	return found;
}

const samples = catalog.tools
	.filter(({ output }) => output.class !== 'terminal')
	.flatMap((tool) =>
		tool.providers.map((provider) => {
			const text = readFileSync(join(tool.folder, 'samples', `${provider.via}.txt`), 'utf8');
			return { tool, provider, text: text.replace(/^(# .*: .*\n)+/, '') };
		}),
	);

describe('Redacted output has as many rows, the same numbers and no original:', () => {
	test.each(samples)('$tool.name by $provider.via', ({ tool, provider, text }) => {
		const redactor = new Redactor();
		const redact = outputRedactor(redactor, tool, provider);
		const original = read(tool, provider, text);
		const output = text.split('\n').map(redact).join('\n');
		const redacted = read(tool, provider, output);
		expect(redacted.unreadLines).toEqual(original.unreadLines.length === 0 ? [] : expect.anything());
		expect(redacted.rows).toHaveLength(original.rows.length);
		const columns = columnsOf(tool);
		const numbersOf = ({ rows }: Found) => rows.map((row) => row.filter((cell) => typeof cell === 'number'));
		expect(numbersOf(redacted)).toEqual(numbersOf(original));
		const cells = (found: Found, kind: string) =>
			found.rows.flatMap((row) => row.filter((_, index) => sensitiveKind(columns[index] as never) === kind));
		for (const args of cells(redacted, 'commandLine')) expect(args).toMatch(/^\S*(\s+arg-\w{8})*\s*$/);
		for (const user of cells(redacted, 'user')) expect(user).toMatch(/^(user-\d+|root|nobody|daemon|www-data)$/);
		for (const host of cells(redacted, 'host')) expect(host).toMatch(/^(host-\d+|localhost|[\d.]+|[\da-f:]+)$/);
		const addresses = output.match(/(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])/g) ?? [];
		for (const address of addresses) expect(address).toMatch(/^(127|0|255|192\.0\.2|198\.51\.100|203\.0\.113|240)\./);
		const macs = output.match(/(?<![\w:])([0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])/g) ?? [];
		for (const mac of macs) expect(mac).toMatch(/^(02:00:00:|00:00:00:00:00:00|ff:ff:ff:ff:ff:ff)/);
	});

	test('and this looked at arguments, users, hosts, addresses of both kinds and MACs', () => {
		const all = samples.map(({ text }) => text).join('\n');
		expect(all).toMatch(/\bcurl -s\b/);
		expect(all).toMatch(/link\/ether|"address":"[0-9a-f]{2}:/);
		const kinds = samples.flatMap(({ tool }) => columnsOf(tool).map(sensitiveKind));
		expect(kinds).toEqual(expect.arrayContaining(['commandLine', 'user', 'host']));
	});
});

test('A command whose line can not be read is left out, never shown', () => {
	const tool = catalog.tools.find(({ name }) => name === 'execsnoop') as Tool;
	const provider = tool.providers.find(({ via }) => via === 'libbpf') as Provider;
	const redact = outputRedactor(new Redactor(), tool, provider);
	const lines = [
		'PCOMM PID PPID RET ARGS',
		'sh 1 2 0 /bin/sh -c a\x1bsecret',
		'secret second line',
		'x 1 2 0 x se"cret',
	];
	const output = lines.map(redact).join('\n');
	expect(output).not.toMatch(/secret|se"cret/);
	expect(read(tool, provider, output).rows).toHaveLength(2);
});

describe('A redacted session', () => {
	function temporaryFolder(): string {
		const folder = mkdtempSync(join(tmpdir(), 'redact-'));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		return folder;
	}

	const screen =
		'cat  1  2  0  /bin/cat /srv/plan of mi    \ncpu ✓ │ sh  3  4  0  sh -c 10.9.8.7\nsh (pid 3) waits for /bin/cat\n';

	async function redacted() {
		const [folder, into] = [temporaryFolder(), temporaryFolder()];
		const run = join(folder, 'runs/01-execsnoop');
		mkdirSync(run, { recursive: true });
		const at = '2026-01-01T00:00:00.000Z';
		const session = { format: 1, program: 'bpftools', host: { hostname: 'zebra.corp' }, target: 'host', started: at };
		writeFileSync(join(folder, 'session.json'), JSON.stringify(session));
		const events = [
			{ at, type: 'note', text: 'ada saw zebra and 10.9.8.7 before anybody else' },
			{
				at,
				type: 'verdict',
				reading: { check: 'network.errors', why: 'From 10.9.8.7.', suspects: ['sh (ada)'], value: 7 },
			},
			{ at, type: 'saved', file: 'runs/01-execsnoop/flame.svg' },
		];
		writeFileSync(
			join(folder, 'events.ndjson'),
			`${events.map((event) => JSON.stringify(event)).join('\n')}\n{"type":"note","text":"torn zebra`,
		);
		const argv = ['execsnoop-libbpf', '--host', 'zebra.corp'];
		writeFileSync(
			join(run, 'run.json'),
			JSON.stringify({ tool: 'execsnoop', provider: 'libbpf', argv, params: { ip: '10.9.8.7' } }),
		);
		const output = 'PCOMM PID PPID RET ARGS\ncat 1 2 0 /bin/cat /srv/plan of mine\nsh 3 4 0 sh -c 10.9.8.7\n';
		writeFileSync(join(run, 'output.log'), output);
		writeFileSync(join(run, 'stderr.log'), 'zebra: opening /home/ada/.x\n');
		const timing = [
			[5, 'stdout', 30],
			[6, 'stderr', 28],
			[7, 'stdout', 20],
			[8, 'stdout', output.length - 50],
		];
		writeFileSync(
			join(run, 'timing.ndjson'),
			timing.map(([ms, stream, bytes]) => `${JSON.stringify({ ms, stream, bytes })}\n`).join(''),
		);
		mkdirSync(join(folder, 'screens'));
		writeFileSync(join(folder, 'screens/01.txt'), screen);
		writeFileSync(join(run, 'flame.svg'), '<svg><!-- zebra, 10.9.8.7, /home/ada --></svg>');
		await redactSession(folder, into, catalog);
		return into;
	}

	const filesOf = (folder: string) =>
		readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name));

	test('has no original in any of its files, and names from one in all of them', async () => {
		const folder = await redacted();
		const files = filesOf(folder);
		expect(files).toHaveLength(8);
		const all = files.map((file) => readFileSync(file, 'utf8')).join('\n');
		expect(all).not.toMatch(/zebra|corp|10\.9\.8\.7|\bada\b|plan|mine/);
		const events = readFileSync(join(folder, 'events.ndjson'), 'utf8').split('\n');
		expect(JSON.parse(events[0] as string).text).toBe('user-1 saw host-1 and 192.0.2.1 before anybody else');
		expect(JSON.parse(events[1] as string).reading).toMatchObject({
			check: 'network.errors',
			why: 'From 192.0.2.1.',
			value: 7,
		});
		expect(JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8')).host.hostname).toBe('host-1');
		expect(readFileSync(join(folder, 'runs/01-execsnoop/stderr.log'), 'utf8')).toBe(
			'host-1: opening /home/user-1/.x\n',
		);
	});

	test('keeps of a saved screen all but the arguments of commands', async () => {
		expect(readFileSync(join(await redacted(), 'screens/01.txt'), 'utf8')).toMatch(
			/^cat {2}1 {2}2 {2}0 {2}\/bin\/cat arg-\w{8} arg-\w{8} arg-\w{8} {4}\ncpu ✓ │ sh {2}3 {2}4 {2}0 {2}sh arg-\w{8} arg-\w{8}\nsh \(pid 3\) waits for \/bin\/cat\n$/,
		);
	});

	test('says of all its bytes when they came', async () => {
		const run = join(await redacted(), 'runs/01-execsnoop');
		const timing = readFileSync(join(run, 'timing.ndjson'), 'utf8')
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line));
		const sum = (name: string) =>
			timing.filter(({ stream }) => stream === name).reduce((sum, { bytes }) => sum + bytes, 0);
		expect(sum('stdout')).toBe(readFileSync(join(run, 'output.log')).length);
		expect(sum('stderr')).toBe(readFileSync(join(run, 'stderr.log')).length);
		expect(timing.map(({ ms, stream }) => `${ms} ${stream}`)).toEqual(['5 stdout', '6 stderr', '8 stdout']);
	});
});
