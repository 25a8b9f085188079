import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { firstProvider, hostScope, kernelWith, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import { openHost } from '../host/host.ts';
import type { Scope } from '../host/target.ts';
import { Ledger } from './ledger.ts';
import { ownFailure } from './own-failure.ts';
import { Run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-failure-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs that trace nothing leave this machine's settings as they are. */
class IdleLedger extends Ledger {
	override hold() {
		return { renew() {}, release() {} };
	}
}

type Via = NonNullable<ToolDraft['providers']>[number]['via'];
interface Options {
	via?: Via;
	values?: Record<string, number>;
	scope?: Scope;
	limit?: number;
	/** Another tool's BPF programs were loaded. */
	mayLoad?: boolean;
}

const params: ToolDraft['params'] = {
	interval: { type: 'seconds', default: 1, help: 'every' },
	pid: { type: 'pid', optional: true, help: 'only this' },
};
const sample = (name: string) => `grep -v '^# ' ${join(import.meta.dirname, 'samples', name)} >&2`;

/** Runs a program that does this to its end, in a real tool's place. */
async function ended(does: string, { via = 'libbpf', values = {}, scope = hostScope, limit = 60 }: Options = {}) {
	const program = join(folder, 'tool');
	writeFileSync(program, `#!/bin/sh\n${does}\n`);
	chmodSync(program, 0o755);
	const tool = toolOf({ params, providers: [{ via, run: [program], package: 'x' }] });
	const request = {
		tool,
		provider: firstProvider(tool),
		...{ program, values, scope, limit },
		narrowing: 'host' as const,
		kernel: kernelWith(),
	};
	const run = new Run(request, openHost(), new IdleLedger());
	onTestFinished(() => run.kill());
	await run.ended;
	return run;
}

const failureOf = async (does: string, options?: Options) =>
	ownFailure(await ended(does, options), options?.mayLoad ?? false);

describe('a tool fails by itself', () => {
	test.each([
		['a function that the kernel no longer has', 'libbpf-no-function.err.txt', 'libbpf', /no_such_function/],
		['a program that the verifier refuses', 'libbpf-refused.err.txt', 'libbpf', /load failed/],
		['a function that the compiler took in', 'libbpf-no-target.err.txt', 'libbpf', /do_page_cache_ra: No such process/],
		['a script that does not fit the kernel', 'bpftrace-syntax.err.txt', 'bpftrace', /Unknown function/],
	] as const)('through %s, and will again', async (_, file, via, why) => {
		const failure = await failureOf(`${sample(file)}; exit 1`, { via });
		expect(failure).toEqual({ why: expect.stringMatching(why), lasting: true });
	});

	test('by a crash, and will again', async () => {
		expect(await failureOf('kill -SEGV $$')).toMatchObject({ lasting: true });
	});

	test('when it says that it could attach nothing, goes on, and is stopped at its limit', async () => {
		const does = 'echo "failed to attach kprobe: -2" >&2; exec sleep 300';
		expect(await failureOf(does, { limit: 1 })).toEqual({ why: 'failed to attach kprobe: -2', lasting: true });
	});

	test('without a word, which is not held against it later', async () => {
		expect(await failureOf('exit 1')).toMatchObject({ lasting: false });
		expect(await failureOf('echo "TERM is not set" >&2; exit 1')).toEqual({
			why: 'it ended with exit code 1 and printed no rows: TERM is not set',
			lasting: false,
		});
		expect(await failureOf('exit 0')).toMatchObject({ lasting: false });
	});

	test.each([
		['a value that the user chose', { values: { pid: 4_000_000 } }],
		['a target that the user chose', { scope: { ...hostScope, target: { kind: 'process', name: 'pid:7', pid: 7 } } }],
	] as const)('maybe for %s, which is not held against it later', async (_, options) => {
		expect(await failureOf('echo "error: no such thing" >&2; exit 1', options)).toMatchObject({ lasting: false });
	});

	test('with the values that it has unless the user chooses others', async () => {
		const options = { values: { interval: 1 } };
		expect(await failureOf('echo "error: no such thing" >&2; exit 1', options)).toMatchObject({ lasting: true });
	});

	test.each([
		'error: Cannot allocate memory',
		'error: No space left on device',
		'ModuleNotFoundError: error: no module named bcc',
		'x: error while loading shared libraries: libbpf.so.1',
	])('for a reason that may pass: %s', async (words) => {
		expect(await failureOf(`echo "${words}" >&2; exit 1`)).toMatchObject({ lasting: false });
	});

	describe.each([
		'libbpf: failed to load: Operation not permitted',
		'error: you must be root',
		'open(/sys/kernel/tracing/events): Permission denied',
	])('when it is refused (%s)', (words) => {
		const does = `echo "${words}" >&2; exit 1`;

		test('which is not held against it later where nobody knows whether rights are missing', async () => {
			expect(await failureOf(does)).toMatchObject({ lasting: false });
		});

		test('and will again where others are not', async () => {
			expect(await failureOf(does, { mayLoad: true })).toMatchObject({ lasting: true });
		});
	});
});

describe('a tool is not to blame', () => {
	test('when it was stopped before it had attached anything', async () => {
		expect(await failureOf('exec sleep 300', { limit: 1 })).toBeUndefined();
	});

	test.each(['TERM', 'KILL', 'INT'])('when somebody sent it SIG%s', async (signal) => {
		expect(await failureOf(`kill -${signal} $$`)).toBeUndefined();
	});

	test('when it printed rows', async () => {
		expect(await failureOf('echo row; echo "error: lost interest" >&2; exit 1')).toBeUndefined();
	});

	test('when it is a classic command', async () => {
		expect(await failureOf('echo "error: wrong" >&2; exit 1', { via: 'classic' })).toBeUndefined();
	});
});
