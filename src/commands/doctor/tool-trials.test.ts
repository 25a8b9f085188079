import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostScope, kernelWith, toolOf } from '../../../test/fixtures/tools.ts';
import { KnownFailures } from '../../catalog/known-failures.ts';
import { resolve } from '../../catalog/resolve.ts';
import type { Tool } from '../../catalog/tool.ts';
import { openHost } from '../../host/host.ts';
import type { Finding } from './finding.ts';
import { tryTools } from './tool-trials.ts';

const folder = mkdtempSync(join(tmpdir(), 'tool-trials-'));
const file = join(folder, 'failures.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const host = openHost();
const kernel = kernelWith();

function program(name: string, does: string): string {
	const path = join(folder, name);
	writeFileSync(path, `#!/bin/sh\n${does}\n`);
	chmodSync(path, 0o755);
	return path;
}

const goesOn = program('goes-on', 'echo row; exec sleep 300');
const broken = program('broken', 'echo "libbpf: failed to load object" >&2; exit 1');
const refused = program('refused', 'echo "bpf: Operation not permitted" >&2; exit 1');

const provider = (via: 'libbpf' | 'bcc' | 'classic', path: string) => ({ via, run: [path], package: `${via}-tools` });
const named: Tool[] = [
	toolOf({ providers: [provider('libbpf', broken), provider('bcc', goesOn)] }, 'breaks'),
	toolOf({ providers: [provider('libbpf', refused)] }, 'refused'),
	toolOf({ providers: [provider('classic', goesOn), provider('classic', join(folder, 'absent'))] }, 'works'),
	toolOf({ providers: [provider('classic', broken)] }, 'classic-fails'),
	toolOf({ params: { file: { type: 'text', help: 'the file' } }, providers: [provider('classic', goesOn)] }, 'asks'),
];

let findings: Record<string, Finding>;
const known = () => new KnownFailures(host, kernel, file);

beforeAll(async () => {
	const machine = { host, kernel, scope: hostScope, failures: known(), mayLoad: false };
	findings = Object.fromEntries((await tryTools(named, machine)).map((finding) => [finding.name, finding]));
});

test('every provider that is installed is tried, in the order of the catalog', () => {
	expect(Object.keys(findings)).toEqual([
		'breaks by libbpf',
		'breaks by bcc',
		'refused by libbpf',
		'works by classic',
		'classic-fails by classic',
		'asks by classic',
	]);
});

test('one that prints rows works, and is stopped at once', () => {
	expect(findings['breaks by bcc']?.status).toBe('works');
	expect(findings['works by classic']?.status).toBe('works');
});

test('one that fails is broken, in its own words', () => {
	expect(findings['breaks by libbpf']).toMatchObject({
		status: 'missing',
		detail: 'libbpf: failed to load object',
		fix: expect.stringContaining('Install a newer libbpf-tools'),
	});
});

test('a classic command that fails is told too, and tried again the next time', () => {
	expect(findings['classic-fails by classic']).toMatchObject({
		status: 'missing',
		detail: 'libbpf: failed to load object',
	});
	const tool = named.find(({ name }) => name === 'classic-fails') as Tool;
	expect(resolve(tool, kernel, hostScope, {}, known()).provider?.via).toBe('classic');
});

test('one that lacks a right is told so', () => {
	expect(findings['refused by libbpf']).toMatchObject({ status: 'missing', detail: 'bpf: Operation not permitted' });
});

test('one that needs to be told something is not tried', () => {
	expect(findings['asks by classic']).toMatchObject({
		status: 'unknown',
		detail: 'not tried: asks needs --file: the file.',
	});
});

test('from then on the next provider serves', () => {
	const [breaks, refuses] = named.map((tool) => resolve(tool, kernel, hostScope, {}, known()));
	expect(breaks?.provider?.via).toBe('bcc');
	expect(breaks?.refusals[0]?.reason).toMatch(/^it failed here on .*: libbpf: failed to load object$/);
	expect(refuses?.provider?.via).toBe('libbpf');
});

test('until a trial shows that it works', async () => {
	const mended = named.slice(0, 1);
	writeFileSync(broken, readFileSync(goesOn));
	const failures = known();
	await tryTools(mended, { host, kernel, scope: hostScope, failures, mayLoad: true });
	expect(mended.map((tool) => resolve(tool, kernel, hostScope, {}, failures).provider?.via)).toEqual(['libbpf']);
});
