import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { kernelWith } from '../../test/fixtures/tools.ts';
import { withSymbols } from './symbols.ts';

const tracefs = mkdtempSync(join(tmpdir(), 'tracefs-'));
afterAll(() => rmSync(tracefs, { recursive: true, force: true }));

function describeEvent(event: string, format: string): void {
	mkdirSync(join(tracefs, 'events', event), { recursive: true });
	writeFileSync(join(tracefs, 'events', event, 'format'), format);
}

describeEvent(
	'skb/kfree_skb',
	'print fmt: "protocol=%u reason: %s", REC->protocol, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 0x03, "NO_SOCKET" })\n',
);
describeEvent(
	'kvm/kvm_exit',
	'print fmt: "reason %s%s%s", (REC->isa == 1) ? __print_symbolic(REC->exit_reason & 0xffff, { 12, "HLT" }) : ' +
		'__print_symbolic(REC->exit_reason, { 0x078, "hlt" }, { 0x400, "npf" }), REC->x ? __print_flags(REC->exit_reason, "|", { 1, "FAILED" }) : ""\n',
);

const render = (script: string) => withSymbols(script, kernelWith({ tracefs }));

describe("a script that asks for the names of a field's numbers", () => {
	test('gets them as this kernel has them', () => {
		expect(render('BEGIN { SYMBOLS(skb/kfree_skb, reason, @_why) }')).toBe(
			'BEGIN { @_why[2] = "NOT_SPECIFIED"; @_why[3] = "NO_SOCKET"; }',
		);
	});

	test('gets every table of a field that has several', () => {
		expect(render('SYMBOLS(kvm/kvm_exit, exit_reason, @_intel, @_amd)')).toBe(
			'@_intel[12] = "HLT"; @_amd[120] = "hlt"; @_amd[1024] = "npf";',
		);
	});

	test.each([
		['the kernel lacks the event', 'SYMBOLS(skb/gone, reason, @_why)'],
		['the event has no names for it', 'SYMBOLS(skb/kfree_skb, protocol, @_why)'],
	])('still has a map of texts where %s', (_, script) => {
		expect(render(script)).toBe('@_why[0] = "";');
	});

	test('still has a map of texts where tracefs is not mounted', () => {
		expect(withSymbols('SYMBOLS(skb/kfree_skb, reason, @_why)', kernelWith({ tracefs: undefined }))).toBe(
			'@_why[0] = "";',
		);
	});
});

test('a name that could end a string is left out', () => {
	describeEvent('odd/names', '__print_symbolic(REC->x, { 1, "good" }, { 2, "ba\\d" }, { 3, "}" }, { NAN, "none" })\n');
	expect(render('SYMBOLS(odd/names, x, @_x)')).not.toContain('\\');
	expect(render('SYMBOLS(odd/names, x, @_x)')).toContain('@_x[1] = "good";');
});

test('a script that asks for no names stays as it is', () => {
	expect(render('BEGIN { printf("SYMBOLS\\n"); }')).toBe('BEGIN { printf("SYMBOLS\\n"); }');
});
