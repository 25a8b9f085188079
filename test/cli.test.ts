import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Reading, resources } from '../src/checks/check.ts';
import { needs, titled } from './support/needs.ts';
import { bpftools, run, scratchFolder, start } from './support/program.ts';

/** As `bpftools --help` lists them. */
const commands = (await run(['--help'])).stdout.match(/^ {2}[a-z]+(?= )/gm)?.map((name) => name.trim()) ?? [];

const samples = join(import.meta.dirname, '../tools-catalog');

describe('Help', () => {
	test('names every command', () => {
		expect(commands).toEqual(expect.arrayContaining(['tui', 'check', 'list', 'run', 'read', 'doctor']));
	});

	test('is what bpftools prints where there is no terminal', async () => {
		expect(await run([])).toEqual(await run(['--help']));
		expect(await run(['-h'])).toEqual(await run(['--help']));
	});

	for (const command of commands) {
		test(`of ${command} says how it is used`, async () => {
			const { code, stdout, stderr } = await run([command, '--help']);
			expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
			expect(stdout).toMatch(new RegExp(`^Usage: bpftools ${command}\\b.*\\n\\n\\S`));
		});
	}

	test('of a tool lists its parameters', async () => {
		const { code, stdout } = await run(['run', 'opensnoop', '--help']);
		expect(code).toBe(0);
		expect(stdout).toMatch(/^ +--pid +pid +\S/m);
	});
});

test('Whoever reads what is printed may have had enough', async () => {
	const { child, ended } = start([...bpftools, 'list']);
	child.stdout?.destroy();
	expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('A disk that has no room for what is printed is told in one sentence', async () => {
	const full = openSync('/dev/full', 'w');
	const { code, stderr } = await run(['list'], { stdio: ['ignore', full, 'pipe'] });
	closeSync(full);
	expect(code).toBe(2);
	expect(stderr).toMatch(/^bpftools: What it prints can't be written: ENOSPC.*\.\n$/);
});

describe('A wrong word is told in one sentence, with exit code 2 and nothing on stdout:', () => {
	const wrong: [string, string[], RegExp][] = [
		['an unknown command', ['chek'], /"chek".* check\?/],
		['an unknown command that is like no other', ['frobnicate'], /"frobnicate"/],
		['a command that every object has', ['constructor'], /"constructor"/],
		['an unknown option of check', ['check', '--jsno'], /--jsno/],
		['an unknown option of list', ['list', '--frob'], /--frob/],
		['an unknown option of doctor', ['doctor', '--frob'], /--frob/],
		['an unknown option of tui', ['tui', '--frob'], /--frob/],
		['a word that list has no use for', ['list', 'frob'], /frob/],
		['a resource that there is not', ['check', 'cpus'], /"cpus".* cpu\?/],
		['a duration that is no number', ['check', '--duration', 'soon'], /--duration.*"soon"/],
		['a duration of nothing', ['check', '--duration', '0'], /--duration.*"0"/],
		['an option without its value', ['check', '--duration'], /duration/],
		['no tool', ['run'], /Which tool/],
		['an unknown tool', ['run', 'opensnop'], /"opensnop".* opensnoop\?/],
		['an unknown tool with an escape sequence', ['run', '\x1b[2Jtool'], /"·\[2Jtool"/],
		['a parameter that the tool lacks', ['run', 'opensnoop', '--frob', '1'], /frob/],
		['a parameter without its value', ['run', 'opensnoop', '--pid'], /pid/],
		['a pid that is no number', ['run', 'opensnoop', '--pid', 'init'], /pid.*init/],
		['a single dash', ['run', 'opensnoop', '-p', '1'], /-p/],
		['a word without a parameter', ['run', 'opensnoop', 'frob'], /"frob"/],
		['a playbook that there is not', ['playbook', 'linux-60'], /"linux-60".* linux-60s\?/],
		['two playbooks', ['playbook', 'linux-60s', 'bcc-checklist'], /one playbook/],
		['a time for a playbook that is none', ['playbook', 'linux-60s', '--duration', 'x'], /--duration.*"x"/],
		[
			'a session where none can be',
			['check', '--record', '--session-dir', '/dev/null/x'],
			/No session can be recorded in/,
		],
		['a format that there is not', ['run', 'vmstat', '--format', 'xml'], /--format.*"xml"/],
		['a tool to read that there is not', ['read', 'opensnop', '-'], /opensnoop\?/],
		['no file to read', ['read', 'opensnoop'], /a file/],
		['a file that is not there', ['read', 'opensnoop', '/nowhere'], /\/nowhere/],
		['a folder in place of a file', ['read', 'opensnoop', '/tmp'], /\/tmp/],
		['the console without a terminal', ['tui'], /terminal/],
	];
	for (const [title, args, sentence] of wrong) {
		test(title, async () => {
			const { code, stdout, stderr } = await run(args, { input: '' });
			expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
			expect(stderr).toMatch(/^bpftools: .+\n$/);
			expect(stderr).toMatch(sentence);
		});
	}
});

describe('bpftools check', () => {
	test('gives readings as JSON, and an exit code that agrees with the worst verdict', async () => {
		const { code, stdout, stderr } = await run(['check', '--json']);
		expect(stderr).toBe('');
		const { readings } = JSON.parse(stdout) as { readings: Reading[] };
		expect(new Set(readings.map(({ resource }) => resource))).toEqual(new Set(resources));
		for (const reading of readings) expectReading(reading);
		expect(code).toBe(exitCodeOf(readings));
	});

	test('gives those of the resources that are named', async () => {
		const { stdout } = await run(['check', 'cpu', 'memory', '--json', '--duration', '0.2']);
		const { readings } = JSON.parse(stdout) as { readings: Reading[] };
		expect(new Set(readings.map(({ resource }) => resource))).toEqual(new Set(['cpu', 'memory']));
	});

	test('goes by the numbers in a file of the user’s own', async () => {
		using scratch = scratchFolder();
		mkdirSync(join(scratch.path, 'bpftools'));
		writeFileSync(join(scratch.path, 'bpftools/thresholds.yaml'), 'cpu.busy: { warn: 61 }\n');
		const env = { ...process.env, XDG_CONFIG_HOME: scratch.path };
		const { code, stdout, stderr } = await run(['check', 'cpu', '--explain'], { env });
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
		expect(stdout).toMatch(/Warn from 61 %, bad from 95 % \(set by you; /);
	});

	test('prints a line for each reading, with its verdict first', async () => {
		const { stdout } = await run(['check', 'memory', '--duration', '0.2']);
		const lines = stdout.trimEnd().split('\n');
		expect(lines.length).toBeGreaterThan(3);
		for (const line of lines)
			expect(line).toMatch(/^((ok|warn|bad|unknown) +memory (errors|utilization|saturation) +\S| {29}\S)/);
	});
});

describe('bpftools list', () => {
	test('gives every tool as JSON, with its provider or the reason why none serves', async () => {
		const { code, stdout, stderr } = await run(['list', '--json']);
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
		const tools = JSON.parse(stdout) as Record<string, unknown>[];
		expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['opensnoop', 'execsnoop', 'vmstat']));
		for (const tool of tools) {
			expect(tool).toMatchObject({
				name: expect.any(String),
				aliases: expect.any(Array),
				resource: expect.any(String),
				answers: expect.any(Array),
			});
			if (tool.provider === null) expect(tool.reason).toMatch(/^\S+: \S/);
			else
				expect(tool).toMatchObject({
					provider: expect.any(String),
					reason: null,
					program: expect.stringMatching(/^\//),
				});
		}
	});
});

test('What is built has its catalog in it, and reads no other', async () => {
	using scratch = scratchFolder();
	cpSync(join(import.meta.dirname, '../dist'), join(scratch.path, 'dist'), { recursive: true });
	const cli = join(scratch.path, 'dist/cli.js');
	for (const args of [['run', 'vmstat', '--help'], ['playbook']])
		expect(execFileSync(process.execPath, [cli, ...args], { encoding: 'utf8' })).toMatch(/vmstat|linux-60s/);
});

describe('bpftools doctor', () => {
	test('gives what it found as JSON', async () => {
		const { stdout, stderr } = await run(['doctor', '--json']);
		expect(stderr).toBe('');
		expect(JSON.parse(stdout)).toBeTypeOf('object');
	});
});

const lackOfVmstat = needs({ tool: 'vmstat', via: 'classic' });

describe.skipIf(lackOfVmstat)(titled('bpftools run and read', lackOfVmstat), () => {
	test('print rows as JSON objects, numbers as numbers', async () => {
		const { code, stdout } = await run(['run', 'vmstat', '--format', 'ndjson', '--duration', '3']);
		expect(code).toBe(0);
		const rows = stdout
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line) as Record<string, unknown>);
		expect(rows.length).toBeGreaterThan(0);
		for (const row of rows) for (const value of Object.values(row)) expect(value).toBeTypeOf('number');
	});

	test('agree about what the tool printed', async () => {
		using scratch = scratchFolder();
		const file = join(scratch.path, 'vmstat.log');
		const raw = execFileSync('vmstat', ['1', '3'], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
		writeFileSync(file, raw);
		const rows = (await run(['read', 'vmstat', file, '--format', 'ndjson'])).stdout.trimEnd().split('\n');
		expect(rows).toHaveLength(3);
	});

	test('pass on bytes as they are in the format raw', async () => {
		const input = 'a \xff\x1b[2J\n\nno row';
		expect(await run(['read', 'vmstat', '-', '--format', 'raw'], { input })).toMatchObject({ code: 0, stdout: input });
	});
});

describe('bpftools read gives the same rows of a file and of standard input:', () => {
	for (const { tool, file } of savedOutputs()) {
		test(`${tool}, ${file.slice(samples.length + 1)}`, async () => {
			const fromFile = await run(['read', tool, file, '--format', 'ndjson']);
			const fromInput = await run(['read', tool, '-', '--format', 'ndjson'], { input: readFileSync(file) });
			expect(fromInput).toEqual(fromFile);
			expect([0, 1]).toContain(fromFile.code);
			for (const line of fromFile.stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
		});
	}
});

/** The first sample of each tool of the catalog. */
function savedOutputs(): { tool: string; file: string }[] {
	return readdirSync(samples, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.flatMap(({ name: resource }) => readdirSync(join(samples, resource)).map((tool) => ({ resource, tool })))
		.flatMap(({ resource, tool }) => {
			const folder = join(samples, resource, tool, 'samples');
			// A tool that takes the terminal for itself has no output to save.
			const name = existsSync(folder) && readdirSync(folder).find((name) => name.endsWith('.txt'));
			return name ? [{ tool, file: join(folder, name) }] : [];
		});
}

function expectReading(reading: Reading): void {
	expect(Object.keys(reading).sort()).toEqual(
		['check', 'device', 'kind', 'resource', 'suspects', 'unit', 'value', 'verdict', 'why'].sort(),
	);
	expect(['ok', 'unknown', 'warn', 'bad']).toContain(reading.verdict);
	expect(['errors', 'utilization', 'saturation']).toContain(reading.kind);
	expect(reading.why).toMatch(/\S \S/);
	// What can't be measured has no value that could be taken for one.
	if (reading.value !== null) expect(reading.value).toBeTypeOf('number');
	if (reading.verdict === 'unknown') expect(reading.value).toBeNull();
	if (reading.verdict === 'warn' || reading.verdict === 'bad') expect(reading.value).not.toBeNull();
	expect(reading.suspects).toBeInstanceOf(Array);
}

function exitCodeOf(readings: Reading[]): number {
	const verdicts = readings.map(({ verdict }) => verdict);
	return verdicts.includes('bad') ? 3 : verdicts.includes('warn') ? 1 : 0;
}
