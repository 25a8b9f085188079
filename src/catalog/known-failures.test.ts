import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { firstProvider, kernelWith, toolOf } from '../../test/fixtures/tools.ts';
import { openHost } from '../host/host.ts';
import { KnownFailures } from './known-failures.ts';

let folder: string;
let file: string;
let program: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'known-failures-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	file = join(folder, 'state/failures.json');
	program = join(folder, 'runqlen-libbpf');
	writeFileSync(program, 'one build');
	writeFileSync(join(folder, 'ours.bt'), 'BEGIN { exit(); }');
});

const kernel = '6.18.0';
const tool = toolOf({ providers: [{ via: 'libbpf', run: ['runqlen-libbpf'], package: 'libbpf-tools' }] }, 'runqlen');
const provider = firstProvider(tool);

const opened = ({ release = kernel, capabilities = 'ff' } = {}) => {
	mkdirSync(join(folder, 'proc/self'), { recursive: true });
	writeFileSync(join(folder, 'proc/self/status'), `CapEff:\t${capabilities}\n`);
	return new KnownFailures(openHost({ root: folder }), kernelWith({ release }), file);
};
const remember = (lasting = true) => {
	const failures = opened();
	failures.add(tool, provider, program, 'load failed', lasting);
	return failures;
};
const isKnown = (failures = opened()) => failures.reasonAgainst(tool, provider, program) !== undefined;

test('nothing is known at first', () => {
	expect(isKnown()).toBe(false);
});

test('what failed is known with its reason and date, by later consoles too', () => {
	const reason = /^it failed here on \d{4}-\d\d-\d\d: load failed$/;
	expect(remember().reasonAgainst(tool, provider, program)).toMatch(reason);
	expect(opened().reasonAgainst(tool, provider, program)).toMatch(reason);
});

test('what may have been chance is forgotten with the console', () => {
	expect(isKnown(remember(false))).toBe(true);
	expect(isKnown()).toBe(false);
});

test('what may have been chance is tried again where nothing else is left', () => {
	const failures = remember(false);
	failures.forgetPassing(tool);
	expect(isKnown(failures)).toBe(false);
	const lasting = remember();
	lasting.forgetPassing(tool);
	expect(isKnown(lasting)).toBe(true);
});

describe('it is tried anew', () => {
	test('on another kernel', () => {
		remember();
		expect(isKnown(opened({ release: '6.19.0' }))).toBe(false);
		expect(isKnown()).toBe(true);
	});

	test('with other rights', () => {
		remember();
		expect(isKnown(opened({ capabilities: 'f' }))).toBe(false);
	});

	test('when the program has been replaced, by one of the same size too', () => {
		remember();
		writeFileSync(program, 'another build');
		expect(isKnown()).toBe(false);
		writeFileSync(program, 'one build');
		utimesSync(program, 0, 0);
		expect(isKnown()).toBe(false);
	});

	test('from another place', () => {
		remember();
		expect(opened().reasonAgainst(tool, provider, join(folder, 'elsewhere'))).toBeUndefined();
	});

	test('when its entry in the catalog has changed', () => {
		remember();
		expect(opened().reasonAgainst(tool, { ...provider, run: ['runqlen-libbpf', '-C'] }, program)).toBeUndefined();
	});

	test('when its script has changed', () => {
		const own = { ...tool, folder, providers: [{ ...provider, run: undefined, script: 'ours.bt' }] };
		opened().add(own, firstProvider(own), program, 'load failed', true);
		expect(opened().reasonAgainst(own, firstProvider(own), program)).toBeDefined();
		writeFileSync(join(folder, 'ours.bt'), 'BEGIN { }');
		expect(opened().reasonAgainst(own, firstProvider(own), program)).toBeUndefined();
	});

	test('once it was seen to work', () => {
		remember().remove(tool, provider, program);
		expect(isKnown()).toBe(false);
	});
});

test('consoles add to the same file, and the same failure stands in it once', () => {
	const [one, other] = [opened(), opened()];
	const second = toolOf({}, 'second');
	one.add(tool, provider, program, 'first time', true);
	other.add(second, firstProvider(second), program, 'load failed', true);
	one.add(tool, provider, program, 'second time', true);
	const kept = JSON.parse(readFileSync(file, 'utf8'));
	expect(kept.map(({ tool, why }: { tool: string; why: string }) => [tool, why])).toEqual([
		['second', 'load failed'],
		['runqlen', 'second time'],
	]);
	expect(readdirSync(join(folder, 'state'))).toEqual(['failures.json']);
});

test.each(['', '{', 'null', '{"tool":1}', '[1, null, {"tool": "runqlen"}]', '\0\0'])(
	'a file that holds %j is as good as none, and is written over',
	(text) => {
		mkdirSync(join(folder, 'state'));
		writeFileSync(file, text);
		expect(isKnown()).toBe(false);
		remember();
		expect(isKnown()).toBe(true);
	},
);

test('what comes from the file can not command a terminal', () => {
	remember();
	writeFileSync(file, readFileSync(file, 'utf8').replace('load failed', 'load\\u001b[2Jfailed'));
	expect(opened().reasonAgainst(tool, provider, program)).toMatch(/load·\[2Jfailed$/);
});

test('where nothing can be kept, it is known to this console', () => {
	writeFileSync(join(folder, 'state'), 'a file in place of the folder');
	expect(isKnown(remember())).toBe(true);
	expect(isKnown()).toBe(false);
});
