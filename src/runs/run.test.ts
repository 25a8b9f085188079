import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { firstProvider, hostScope, kernelWith, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import type { ParamValues } from '../catalog/argv.ts';
import { openHost } from '../host/host.ts';
import { type Hold, Ledger } from './ledger.ts';
import { Run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'runs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A small program that does what a tool could do. */
function program(name: string, text: string, interpreter = '/bin/sh'): string {
	const path = join(folder, name);
	writeFileSync(path, `#!${interpreter}\n${text}\n`);
	chmodSync(path, 0o755);
	return path;
}

/** These runs trace nothing, so this machine's settings stay as they are. */
class IdleLedger extends Ledger {
	holds = 0;

	override hold(): Hold {
		this.holds++;
		return {
			renew() {},
			release: () => {
				this.holds--;
			},
		};
	}
}

interface Options {
	provider?: Partial<NonNullable<ToolDraft['providers']>[number]>;
	output?: ToolDraft['output'];
	limit?: number;
	values?: ParamValues;
	ledger?: Ledger;
}

function start(
	path: string,
	{ provider = {}, output = { class: 'text' }, limit = 60, values = {}, ledger }: Options = {},
) {
	const tool = toolOf({ output, providers: [{ via: 'classic', run: [path], package: 'x', ...provider }] });
	const request = {
		tool,
		provider: firstProvider(tool),
		program: path,
		values,
		scope: hostScope,
		narrowing: 'host' as const,
		kernel: kernelWith(),
		limit,
	};
	const run = new Run(request, openHost(), ledger ?? new IdleLedger());
	onTestFinished(() => run.kill());
	return run;
}

const linesOf = (run: Run) => run.table.rows().map((row) => row.cell(0));

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		// A dead process that nobody waited for still answers.
		return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}

async function pidIn(file: string): Promise<number> {
	await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/^\d+\n/), { timeout: 5000 });
	return Number(readFileSync(file, 'utf8'));
}

describe('a tool that ends by itself', () => {
	test('leaves its lines as rows, its messages, and its exit code', async () => {
		const run = start(program('speaks', 'echo one; echo "two  words"; echo careful >&2; printf last'));
		await run.ended;
		expect(linesOf(run)).toEqual(['one', 'two  words', 'last']);
		expect(run.stderr).toEqual(['careful']);
		expect(run.state).toEqual({ state: 'ended', ending: 'exit', code: 0, signal: null });
		expect(run.judgement).toEqual({ badge: 'complete', why: 'the command reported no error' });
	});

	test('and fails is not believed', async () => {
		const run = start(program('fails', 'echo "cannot open it: Permission denied" >&2; exit 3'));
		await run.ended;
		expect(run.state).toMatchObject({ ending: 'exit', code: 3 });
		expect(run.judgement).toEqual({ badge: 'blind', why: 'cannot open it: Permission denied' });
	});

	test('by a signal tells which', async () => {
		const run = start(program('crashes', 'echo one; kill -SEGV $$'));
		await run.ended;
		expect(run.state).toMatchObject({ state: 'ended', ending: 'exit' });
		expect(run.judgement.badge).toBe('partial');
	});

	test('gets its arguments as they are, whatever a shell would make of them', async () => {
		const path = program('tells', 'printf "%s\\n" "$@"');
		const run = start(path, {
			provider: { run: [path, '{name:-n}', '{name}'] },
			values: { name: '$(touch /tmp/x) ; "two  words" *' },
		});
		await run.ended;
		expect(linesOf(run)).toEqual(['-n', '$(touch /tmp/x) ; "two  words" *', '$(touch /tmp/x) ; "two  words" *']);
		expect(run.argv).toEqual([path, '-n', ...linesOf(run).slice(1)]);
	});

	test('may give its answer on stderr', async () => {
		const run = start(program('answers', 'echo answer >&2; echo chatter'), { provider: { writes: 'stderr' } });
		await run.ended;
		expect(linesOf(run)).toEqual(['answer']);
		expect(run.stderr).toEqual(['chatter']);
	});

	test('hands on every byte of both streams as it came', async () => {
		const run = start(program('bytes', 'printf "a\\377b\\033[2J"; printf "\\001x" >&2'));
		const heard = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
		run.onBytes((stream, bytes) => {
			heard[stream] = Buffer.concat([heard[stream], bytes]);
		});
		await run.ended;
		expect(heard.stdout.toString('latin1')).toBe('a\xffb\x1b[2J');
		expect(heard.stderr.toString('latin1')).toBe('\x01x');
		expect(linesOf(run)).toEqual(['a\ufffdb']);
		expect(run.stderr).toEqual(['·x']);
	});

	test('holds the setting it needs until then, and no longer', async () => {
		const ledger = new IdleLedger();
		const run = start(program('short', 'true'), { ledger });
		expect(ledger.holds).toBe(1);
		await run.ended;
		expect(ledger.holds).toBe(0);
	});

	test('may print more than anybody keeps', async () => {
		const run = start(program('floods', 'seq 1 25000; seq 1 1000 >&2'));
		await run.ended;
		expect(run.table.total).toBe(25_000);
		expect(run.table.dropped).toBe(15_000);
		expect(linesOf(run).at(-1)).toBe('25000');
		expect(run.stderr).toHaveLength(200);
		expect(run.stderr.at(-1)).toBe('1000');
	});
});

test('a program that is not there ends its run with the reason', async () => {
	const run = start(join(folder, 'not-there'));
	await run.ended;
	expect(run.state.state).toBe('ended');
	expect(run.judgement.badge).toBe('blind');
	expect(run.judgement.why).toMatch(/not-there.*No such file|No such file.*not-there|ENOENT/);
});

test('a file that may not be run ends its run with the reason', async () => {
	const path = join(folder, 'no-program');
	writeFileSync(path, 'x', { mode: 0o644 });
	const run = start(path);
	await run.ended;
	expect(run.judgement).toEqual({ badge: 'blind', why: expect.stringMatching(/permission denied/i) });
});

describe('a tool that goes on', () => {
	test('shows its lines as they come', async () => {
		const run = start(program('streams', 'echo first; exec sleep 300'));
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['first']), { timeout: 5000 });
		expect(run.state).toEqual({ state: 'running' });
		run.stop('user');
		await run.ended;
		expect(run.state).toMatchObject({ state: 'ended', ending: 'user' });
		expect(run.judgement.badge).toBe('complete');
	});

	test('prints its maps when it is interrupted, and they are kept', async () => {
		const run = start(program('maps', "trap 'echo sum; exit 0' INT; echo ready; while :; do sleep 0.05; done"));
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['ready']), { timeout: 5000 });
		run.stop('user');
		expect(run.state).toEqual({ state: 'stopping', ending: 'user' });
		run.stop('limit');
		await run.ended;
		expect(linesOf(run)).toEqual(['ready', 'sum']);
		expect(run.state).toEqual({ state: 'ended', ending: 'user', code: 0, signal: null });
	});

	test('is stopped at its limit', async () => {
		const run = start(program('lasts', 'echo first; exec sleep 300'), { limit: 1 });
		await run.ended;
		expect(run.state).toMatchObject({ state: 'ended', ending: 'limit' });
		expect(run.seconds).toBeGreaterThanOrEqual(1);
		expect(run.judgement.badge).toBe('complete');
	});

	test('and ignores being interrupted is ended all the same, with all that it started', async () => {
		const file = join(folder, 'stubborn.pid');
		const run = start(
			program('stubborn', `trap '' INT TERM; sleep 300 & echo $! >${file}; echo ready; wait; wait; sleep 300`),
		);
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['ready']), { timeout: 5000 });
		const child = await pidIn(file);
		expect(isAlive(child)).toBe(true);
		run.stop('user');
		await run.ended;
		expect(run.state).toMatchObject({ state: 'ended', ending: 'user', signal: 'SIGKILL' });
		await vi.waitFor(() => expect(isAlive(child)).toBe(false));
	});

	test('is ended in less than the two seconds that docker stop has, by whoever is in a hurry', async () => {
		const run = start(program('stubborn', "trap '' INT TERM; echo ready; while :; do sleep 0.05; done"));
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['ready']), { timeout: 5000 });
		run.stop('user');
		const before = performance.now();
		run.stop('console', true);
		await run.ended;
		expect(performance.now() - before).toBeLessThan(2000);
		expect(run.state).toMatchObject({ state: 'ended', ending: 'user', signal: 'SIGKILL' });
	});

	test('ends with what it started, also what has closed its output and ignores SIGINT', async () => {
		const file = join(folder, 'daemon.pid');
		const run = start(program('forks', `sleep 300 >/dev/null 2>&1 </dev/null & echo $! >${file}; echo ready; wait`));
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['ready']), { timeout: 5000 });
		const child = await pidIn(file);
		onTestFinished(() => {
			if (isAlive(child)) process.kill(child, 'SIGKILL');
		});
		run.stop('user');
		await run.ended;
		await vi.waitFor(() => expect(isAlive(child)).toBe(false), { timeout: 1000 });
	});

	test('can be killed at once', async () => {
		const run = start(program('kills', "trap '' INT TERM; echo ready; while :; do sleep 0.05; done"));
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['ready']), { timeout: 5000 });
		run.kill();
		await run.ended;
		expect(run.state).toMatchObject({ state: 'ended', signal: 'SIGKILL' });
	});
});

describe('a second program that reads what the first one writes', { timeout: 5000 }, () => {
	const upper = { run: ['x'], through: ['tr', 'a-z', 'A-Z'] };

	test('has the last word', async () => {
		const path = program('source', 'echo one; echo two; echo careful >&2');
		const run = start(path, { provider: { ...upper, run: [path] } });
		await run.ended;
		expect(linesOf(run)).toEqual(['ONE', 'TWO']);
		expect(run.stderr).toEqual(['careful']);
		expect(run.state).toMatchObject({ ending: 'exit', code: 0 });
	});

	test('finishes its work when the first is interrupted', async () => {
		const path = program('endless', 'echo one; exec sleep 300');
		const out = join(folder, 'through.txt');
		const run = start(path, { provider: { run: [path], through: ['sh', '-c', `cat; echo finished; touch ${out}`] } });
		await vi.waitFor(() => expect(linesOf(run)).toEqual(['one']), { timeout: 5000 });
		run.stop('user');
		await run.ended;
		expect(linesOf(run)).toEqual(['one', 'finished']);
		expect(existsSync(out)).toBe(true);
	});

	test('and fails makes the run a failed one', async () => {
		const path = program('fine', 'echo one');
		const run = start(path, { provider: { run: [path], through: ['sh', '-c', 'cat >/dev/null; exit 4'] } });
		await run.ended;
		expect(run.state).toMatchObject({ ending: 'exit', code: 4 });
		expect(run.judgement.badge).toBe('blind');
	});

	test('and ends early does not keep the first one running', async () => {
		const path = program('on-and-on', 'while :; do echo line; done');
		const run = start(path, { provider: { run: [path], through: ['head', '-n', '1'] } });
		await Promise.race([run.ended, sleep(3000)]);
		expect(run.state.state).toBe('ended');
		expect(linesOf(run)).toEqual(['line']);
	});
});
