import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { firstProvider, functionsThat, kernelWith, toolOf } from '../../test/fixtures/tools.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';
import type { KernelFunction } from '../host/kernel-functions.ts';
import { functionsIn, namesHere, scriptHere } from './kernel-names.ts';
import type { Provider } from './tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'kernel-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
	join(folder, 'ours.bt'),
	'kprobe:counted|counted_before { @ = count(); }\nkprobe:read { @ = arg0; }\ntracepoint:a:b|a:c, kprobe:extra { }\n',
);

const toolWith = (provider: object) => ({
	...toolOf({ providers: [{ via: 'bpftrace', package: 'bpftrace', ...provider } as Provider] }),
	folder,
});

/** A kernel that has these functions, each under the names on its right. */
function kernelHaving(functions: Record<string, string[] | KernelFunction['hindrance']>, more = {}): KernelFeatures {
	const found = ([name, names]: [string, string[] | KernelFunction['hindrance']]): [string, KernelFunction] =>
		Array.isArray(names) ? [name, { names, hindrance: undefined }] : [name, { names: [], hindrance: names }];
	const known = new Map(Object.entries(functions).map(found));
	return kernelWith({
		functions: (names) => new Map([...known].filter(([name]) => names.includes(name))),
		...more,
	});
}

const script = {
	script: 'ours.bt',
	needs: { kprobes: ['counted|counted_before', 'read'], optional: ['extra', 'a/b|a/c'] },
};
const everything = { counted: ['counted'], read: ['read'], extra: ['extra'] };
const scriptOn = (kernel: KernelFeatures) => {
	const tool = toolWith(script);
	return namesHere(tool, firstProvider(tool), kernel).lack ?? scriptHere(tool, firstProvider(tool), kernel);
};

describe('a script of ours', () => {
	const written = (counted: string, read = 'read', last = 'tracepoint:a:b, kprobe:extra { }\n') =>
		`kprobe:${counted} { @ = count(); }\nkprobe:${read} { @ = arg0; }\n${last}`;

	test('probes the first of several names that the kernel has', () => {
		expect(scriptOn(kernelHaving({ ...everything, counted_before: ['counted_before'] }))).toBe(written('counted'));
		const { counted: _, ...old } = everything;
		expect(scriptOn(kernelHaving({ ...old, counted_before: ['counted_before'] }))).toBe(written('counted_before'));
	});

	test('probes what the compiler made of a function', () => {
		expect(scriptOn(kernelHaving({ ...everything, counted: ['counted.isra.0'] }))).toBe(written('counted.isra.0'));
	});

	test('goes on without what it can do without', () => {
		const { extra: _, ...less } = everything;
		expect(scriptOn(kernelHaving(less))).toBe(written('counted', 'read', 'tracepoint:a:b { }\n'));
		const other = { hasTracepoint: (name: string) => name === 'a/c' };
		expect(scriptOn(kernelHaving(less, other))).toBe(written('counted', 'read', 'tracepoint:a:c { }\n'));
		expect(scriptOn(kernelHaving(less, { hasTracepoint: () => false }))).toBe(written('counted', 'read', '\n'));
	});

	test.each([
		['a function is missing', { read: ['read'] }, 'the kernel has no function counted or counted_before'],
		['a function may not be traced', { ...everything, read: 'untraceable' }, 'the kernel does not let read be traced'],
		[
			'a name fits several functions',
			{ ...everything, read: 'ambiguous' },
			'the kernel has several functions named read, and takes no probe on them',
		],
		[
			'a compiler changed the arguments that it reads',
			{ ...everything, read: ['read.isra.0'] },
			'the compiler changed the arguments of read (it is read.isra.0 here), and the script reads them',
		],
	] as const)('does not run where %s', (_, functions, lack) => {
		expect(scriptOn(kernelHaving(functions as Parameters<typeof kernelHaving>[0]))).toBe(lack);
	});

	test('reads the arguments of a function that was only moved', () => {
		expect(scriptOn(kernelHaving({ ...everything, read: ['read.llvm.12'] }))).toBe(written('counted', 'read.llvm.12'));
	});

	test('passes over a name that can not be probed for one that can', () => {
		const kernel = kernelHaving({ ...everything, counted: 'ambiguous', counted_before: ['counted_before'] });
		expect(scriptOn(kernel)).toBe(written('counted_before'));
	});

	test('does not run without kprobes', () => {
		const kernel = kernelWith({ kprobes: false, functions: () => new Map() });
		expect(scriptOn(kernel)).toBe('the kernel has no kprobes (CONFIG_KPROBE_EVENTS)');
	});
});

describe('a compiled program', () => {
	const tool = toolWith({ via: 'libbpf', run: ['x'], needs: { kprobes: ['new_one|old_one'] } });
	const lackOn = (kernel: KernelFeatures) => namesHere(tool, firstProvider(tool), kernel).lack;

	test('finds a function under its own name only', () => {
		expect(lackOn(kernelHaving({ new_one: ['new_one.isra.0'] }))).toBe(
			'the kernel has no function new_one, only new_one.isra.0',
		);
		expect(lackOn(kernelHaving({ new_one: ['new_one.isra.0'], old_one: ['old_one'] }))).toBeUndefined();
		expect(lackOn(kernelWith({ functions: functionsThat((name) => name === 'old_one') }))).toBeUndefined();
	});
});

test('a program that has a tracepoint to fall back on, or a function, runs with either', () => {
	const tool = toolWith({ via: 'bcc', run: ['x'], needs: { tracepoints: ['block/start|start_block'] } });
	const lackOn = (kernel: KernelFeatures) => namesHere(tool, firstProvider(tool), kernel).lack;
	const noTracepoint = { hasTracepoint: () => false };
	expect(lackOn(kernelHaving({}))).toBeUndefined();
	expect(lackOn(kernelHaving({ start_block: ['start_block'] }, noTracepoint))).toBeUndefined();
	expect(lackOn(kernelHaving({}, noTracepoint))).toBe(
		'the kernel has no tracepoint or function block/start or start_block',
	);
});

test('what a provider asks about is every name in its needs that is a function', () => {
	const { needs } = script;
	const provider = firstProvider(toolWith({ ...script, needs: { ...needs, without: ['newer'] } }));
	expect(functionsIn(provider)).toEqual(['counted', 'counted_before', 'read', 'extra', 'newer']);
});
