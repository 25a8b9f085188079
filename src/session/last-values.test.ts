import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { toolOf } from '../../test/fixtures/tools.ts';
import { LastValues } from './last-values.ts';

const folder = mkdtempSync(join(tmpdir(), 'last-values-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'state/last-values.json');
beforeEach(() => rmSync(join(folder, 'state'), { recursive: true, force: true }));

const tool = toolOf({
	params: {
		pid: { type: 'pid', optional: true, help: 'Only this process' },
		disk: { type: 'device', optional: true, help: 'Only this disk' },
	},
});

test('values are known again, in this console and in a later one', () => {
	const values = new LastValues(file);
	expect(values.of(tool)).toEqual({});
	values.remember(tool, { disk: 'vda', duration: '5' }, true);
	expect(values.of(tool)).toEqual({ disk: 'vda', duration: '5' });
	expect(new LastValues(file).of(tool)).toEqual({ disk: 'vda', duration: '5' });
});

test('a later console is not told of processes, whose numbers are used again', () => {
	const values = new LastValues(file);
	values.remember(tool, { pid: '12', disk: 'vda' }, true);
	expect(values.of(tool)).toEqual({ pid: '12', disk: 'vda' });
	expect(new LastValues(file).of(tool)).toEqual({ disk: 'vda' });
});

test('nothing is written where nothing may be', () => {
	const values = new LastValues(file);
	values.remember(tool, { disk: 'vda' }, false);
	expect(values.of(tool)).toEqual({ disk: 'vda' });
	expect(new LastValues(file).of(tool)).toEqual({});
});

test('parameters that a tool no longer has are left out', () => {
	new LastValues(file).remember(tool, { disk: 'vda', duration: '5' }, true);
	expect(new LastValues(file).of(toolOf())).toEqual({ duration: '5' });
});

test('two consoles keep what the other wrote, and the file has an end', () => {
	const [one, other] = [new LastValues(file), new LastValues(file)];
	one.remember(toolOf({}, 'one'), { duration: '1' }, true);
	other.remember(toolOf({}, 'other'), { duration: '2' }, true);
	expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual(['one', 'other']);
	for (let n = 0; n < 250; n++) one.remember(toolOf({}, `tool-${n}`), { duration: String(n) }, true);
	const kept = Object.keys(JSON.parse(readFileSync(file, 'utf8')));
	expect(kept).toHaveLength(200);
	expect(kept.at(-1)).toBe('tool-249');
	one.remember(tool, { disk: 'x'.repeat(10_000) }, true);
	expect(new LastValues(file).of(tool)).toEqual({});
});

test.each([
	['is not JSON', '{"shows": '],
	['holds something else', '["shows"]'],
	['holds something else', '{"shows": {"disk": 7}}'],
	['is too large', ' '.repeat(300_000)],
])('a file that %s is told, done without, and written anew', (what, text) => {
	mkdirSync(join(folder, 'state'), { recursive: true });
	writeFileSync(file, text);
	const values = new LastValues(file);
	expect(values.problem).toBe(`The values used last are not known: ${file} ${what}.`);
	expect(values.of(tool)).toEqual({});
	values.remember(tool, { disk: 'vda' }, true);
	expect(new LastValues(file)).toMatchObject({ problem: undefined });
	expect(new LastValues(file).of(tool)).toEqual({ disk: 'vda' });
});

test('without a file, or where there can be none, nothing is wrong', () => {
	expect(new LastValues(file).problem).toBeUndefined();
	const nowhere = new LastValues('/dev/null/last-values.json');
	expect(nowhere.problem).toBeUndefined();
	nowhere.remember(tool, { disk: 'vda' }, true);
	expect(nowhere.of(tool)).toEqual({ disk: 'vda' });
});
