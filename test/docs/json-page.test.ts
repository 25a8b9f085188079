import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Recorder } from '../../src/session/recorder.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/json.md'), 'utf8');

/** The keys that a section of the page promises, from the first column of its table. */
function promised(section: string): string[] {
	const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
	return [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = '']) => key).sort();
}

function answer(...args: string[]) {
	try {
		return JSON.parse(run(args));
	} catch (error) {
		// A check that warns, and a doctor that misses something, exit with another code than 0.
		return JSON.parse((error as { stdout: string }).stdout);
	}
}

function run(args: string[]): string {
	return execFileSync(process.execPath, [join(root, 'src/cli.ts'), ...args], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
}

test('check --json has the keys that the page promises, and no others', () => {
	const { readings } = answer('check', '--json', '--duration', '0.2');
	expect(readings.length).toBeGreaterThan(0);
	for (const reading of readings) expect(Object.keys(reading).sort()).toEqual(promised('check --json'));
});

test('playbook --json has the keys that the page promises, and no others', () => {
	for (const playbook of answer('playbook', '--json'))
		expect(Object.keys(playbook).sort()).toEqual(['about', 'name', 'steps', 'title']);
	const config = mkdtempSync(join(tmpdir(), 'json-page-'));
	onTestFinished(() => rmSync(config, { recursive: true }));
	mkdirSync(join(config, 'bpftools/playbooks'), { recursive: true });
	const steps = [{ tool: 'uptime', look: 'It.', say: [{ text: 'It is up.' }] }];
	writeFileSync(join(config, 'bpftools/playbooks/mine.yaml'), JSON.stringify({ title: 'Mine', about: 'Me.', steps }));
	vi.stubEnv('XDG_CONFIG_HOME', config);
	onTestFinished(() => void vi.unstubAllEnvs());
	const { steps: results, ...about } = answer('playbook', 'mine', '--json');
	expect(Object.keys(about)).toEqual(['playbook', 'host', 'seconds', 'ended', 'session', 'report']);
	for (const result of results) expect(Object.keys(result).sort()).toEqual(promised('playbook NAME --json'));
});

test('list --json has the keys that the page promises, and no others', () => {
	for (const tool of answer('list', '--json')) expect(Object.keys(tool).sort()).toEqual(promised('list --json'));
});

test('doctor --json has the keys that the page promises, and no others', () => {
	const { entries, ...counts } = answer('doctor', '--json');
	expect(Object.keys(counts).sort()).toEqual(['missing', 'unknown', 'works']);
	for (const entry of entries) expect(Object.keys(entry).sort()).toEqual(promised('doctor --json'));
}, 60_000);

test('rows of a histogram and of stacks have the keys that the page promises', () => {
	const sample = (tool: string, via: string) =>
		run(['read', tool, join(root, `tools-catalog/cpu/${tool}/samples/${via}.txt`), '--format', 'ndjson']);
	const keys = (text: string) => Object.keys(JSON.parse(text.split('\n')[0] as string));
	expect(keys(sampleOf(() => sample('profile', 'libbpf')))).toEqual(['count', 'process', 'stack']);
	expect(keys(sampleOf(() => sample('runqlat', 'libbpf')))).toEqual(['interval', 'key', 'low', 'high', 'count']);
});

/** The header of a sample is no row, so reading it ends with exit code 1. */
function sampleOf(read: () => string): string {
	try {
		return read();
	} catch (error) {
		return (error as { stdout: string }).stdout;
	}
}

test('session ls and show --json have the keys that the page promises, and no others', () => {
	const parent = mkdtempSync(join(tmpdir(), 'json-page-'));
	onTestFinished(() => rmSync(parent, { recursive: true }));
	new Recorder(parent, { program: 'bpftools', host: {}, target: 'host' }).close();
	const listed = answer('session', 'ls', '--json', '--session-dir', parent);
	expect(listed).toHaveLength(1);
	for (const session of listed) expect(Object.keys(session).sort()).toEqual(promised('session ls --json'));
	const story = answer('session', 'show', listed[0].name, '--json', '--session-dir', parent);
	expect(Object.keys(story).sort()).toEqual(promised('session show --json'));
});
