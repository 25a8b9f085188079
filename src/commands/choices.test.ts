import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostScope } from '../../test/fixtures/tools.ts';
import { openHost } from '../host/host.ts';
import { choicesFor } from './choices.ts';

const never = () => {
	throw new Error('Nothing more is known.');
};

test('processes that are there, this one among them', () => {
	const choices = choicesFor(openHost(), hostScope, 'pid', never);
	expect(choices?.find(({ value }) => value === String(process.pid))?.text).toMatch(
		new RegExp(`^ *${process.pid} {2}\\S`),
	);
	expect(choices?.find(({ value }) => value === '1')).toBeDefined();
});

test('of a process, those in its pid namespace; of a container, those that see its files', async () => {
	const outside = spawn('sleep', ['100']);
	onTestFinished(() => void outside.kill('SIGKILL'));
	const target = { kind: 'process', name: `pid:${process.pid}`, pid: process.pid } as const;
	const mine = choicesFor(openHost(), { ...hostScope, target }, 'pid', never) ?? [];
	expect(mine.map(({ value }) => value)).toContain(String(outside.pid));
});

test('the interfaces of this network namespace, with their traffic', () => {
	const choices = choicesFor(openHost(), hostScope, 'interface', never) ?? [];
	const names = [...readFileSync('/proc/self/net/dev', 'utf8').matchAll(/^ *([^:\s]+):/gm)].map(([, name]) => name);
	expect(choices.map(({ value }) => value)).toEqual(names);
	for (const { text } of choices) expect(text).toMatch(/^\S+ +\d+(\.\d)? \wB? in, \d+(\.\d)? \wB? out$/);
});

test('the interfaces of the target, where that has its own', () => {
	const root = mkdtempSync(join(tmpdir(), 'choices-'));
	onTestFinished(() => rmSync(root, { recursive: true }));
	mkdirSync(join(root, 'proc/7/net'), { recursive: true });
	writeFileSync(
		join(root, 'proc/7/net/dev'),
		'Inter-|   Receive\n face |bytes\n    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\n  eth0:61400000 9 0 0 0 0 0 0 2000 3 0 0 0 0 0 0\n',
	);
	const scope = {
		...hostScope,
		target: { kind: 'process', name: 'pid:7', pid: 7 },
		network: { way: 'enter' },
	} as const;
	expect(choicesFor(openHost({ root }), scope, 'interface', never)).toEqual([
		{ value: 'lo', text: 'lo            100 B in, 100 B out' },
		{ value: 'eth0', text: 'eth0          61 MB in, 2.0 kB out' },
	]);
});

test('block devices that hold something, partitions after their disk', () => {
	const root = mkdtempSync(join(tmpdir(), 'choices-'));
	onTestFinished(() => rmSync(root, { recursive: true }));
	const device = (path: string, sectors: number, model?: string) => {
		mkdirSync(join(root, 'sys/block', path, 'device'), { recursive: true });
		writeFileSync(join(root, 'sys/block', path, 'size'), `${sectors}\n`);
		if (model) writeFileSync(join(root, 'sys/block', path, 'device/model'), `${model}  \n`);
	};
	device('sda', 2_000_000, 'A disk\x1b[2J');
	device('sda/sda1', 1_000_000);
	device('loop0', 0);
	expect(choicesFor(openHost({ root }), hostScope, 'device', never)).toEqual([
		{ value: 'sda', text: 'sda           1.0 GB   A disk·[2J' },
		{ value: 'sda1', text: 'sda1          512 MB   part of sda' },
	]);
});

test('nothing for what is typed in', () => {
	for (const type of ['int', 'text', 'seconds', 'flag'] as const)
		expect(choicesFor(openHost(), hostScope, type, never)).toBeUndefined();
});
