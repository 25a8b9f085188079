import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Ledger } from './ledger.ts';

/** A file that stands for a setting below /proc/sys. */
function setting(value: string): string {
	const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const path = join(folder, 'bpf_stats_enabled');
	writeFileSync(path, value);
	return path;
}

const contentOf = (path: string) => readFileSync(path, 'utf8').trim();

function ledger() {
	const told: string[] = [];
	const made = new Ledger((change, what) => told.push(`${what} ${change.old}→${change.new}`));
	onTestFinished(() => made.undoAll());
	return { ledger: made, told };
}

test('a setting has its new value while it is needed, and its old one afterwards', () => {
	const path = setting('0\n');
	const { ledger: held, told } = ledger();
	const { release } = held.hold(path, '1');
	expect(contentOf(path)).toBe('1');
	expect(held.changes()).toEqual([{ path, old: '0', new: '1' }]);
	release();
	expect(contentOf(path)).toBe('0');
	expect(held.changes()).toEqual([]);
	expect(told).toEqual(['made 0→1', 'undone 0→1']);
});

test('a setting that several need goes back when the last one lets go', () => {
	const path = setting('0\n');
	const { ledger: held, told } = ledger();
	const [{ release: first }, { release: second }] = [held.hold(path, '1'), held.hold(path, '1')];
	first();
	// Letting go twice is letting go once.
	first();
	expect(contentOf(path)).toBe('1');
	second();
	expect(contentOf(path)).toBe('0');
	expect(told).toHaveLength(2);
});

test('everything is undone at once, and letting go later does no harm', () => {
	const [a, b] = [setting('0'), setting('7')];
	const { ledger: held } = ledger();
	const { release } = held.hold(a, '1');
	held.hold(b, '8');
	held.undoAll();
	expect([contentOf(a), contentOf(b)]).toEqual(['0', '7']);
	writeFileSync(a, '5');
	release();
	expect(contentOf(a)).toBe('5');
	expect(held.changes()).toEqual([]);
});

test('a setting that stands right already is left alone, also when it changes meanwhile', () => {
	const path = setting('1\n');
	const { ledger: held, told } = ledger();
	const { release } = held.hold(path, '1');
	expect(held.changes()).toEqual([]);
	writeFileSync(path, '3');
	release();
	expect(contentOf(path)).toBe('3');
	expect(told).toEqual([]);
});

test('a setting that does not exist or may not be written is left alone', () => {
	const { ledger: held, told } = ledger();
	held.hold('/nonexistent/setting', '1').release();
	held.hold('/proc/version', '1').release();
	expect(held.changes()).toEqual([]);
	expect(told).toEqual([]);
});

test('the setting of a console that is killed goes back to its old value', async () => {
	const path = setting('0\n');
	const holds = `import { Ledger } from ${JSON.stringify(join(import.meta.dirname, 'ledger.ts'))};
new Ledger().hold(process.argv[1], '1');
console.log('held');
setInterval(() => {}, 1000);`;
	const killed = spawn(process.execPath, ['--input-type=module', '-e', holds, path], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	onTestFinished(() => void killed.kill('SIGKILL'));
	await new Promise((resolve) => killed.stdout.once('data', resolve));
	expect(contentOf(path)).toBe('1');
	killed.kill('SIGKILL');
	await vi.waitFor(() => expect(contentOf(path)).toBe('0'), { timeout: 5000 });
});

test('a setting that was let go in good order is not touched again when the console ends', async () => {
	const path = setting('0\n');
	const holds = `import { Ledger } from ${JSON.stringify(join(import.meta.dirname, 'ledger.ts'))};
import { writeFileSync } from 'node:fs';
new Ledger().hold(process.argv[1], '1').release();
writeFileSync(process.argv[1], '9');`;
	const ended = spawn(process.execPath, ['--input-type=module', '-e', holds, path], { stdio: 'ignore' });
	await new Promise((resolve) => ended.once('exit', resolve));
	await new Promise((resolve) => setTimeout(resolve, 200));
	expect(contentOf(path)).toBe('9');
});
