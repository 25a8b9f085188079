import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { kernelWith, toolOf } from '../../test/fixtures/tools.ts';
import { openHost } from '../host/host.ts';
import { hostTarget } from '../host/target.ts';
import { LiveSession } from './live-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'live-session-'));
vi.stubEnv('XDG_STATE_HOME', folder);
afterAll(() => {
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true, force: true });
});

function program(name: string, does: string): string {
	const path = join(folder, name);
	writeFileSync(path, `#!/bin/sh\n${does}\n`);
	chmodSync(path, 0o755);
	return path;
}

const fails = program('fails-libbpf', 'echo "libbpf: failed to load object" >&2; exit 1');
const shows = program('shows-bpfcc', 'echo row');

/** A tool of two families, each through one of these programs. */
const toolThrough = (name: string, libbpf: string, bcc: string) =>
	toolOf(
		{
			providers: [
				{ via: 'libbpf', run: [libbpf], package: 'libbpf-tools' },
				{ via: 'bcc', run: [bcc], package: 'bpfcc-tools' },
			],
		},
		name,
	);

function open() {
	const host = openHost();
	return new LiveSession(host, kernelWith(), hostTarget(host));
}

describe('a provider that fails by itself', () => {
	const tool = toolThrough('breaks', fails, shows);

	test('is passed over when the tool is started again, by a later console too', async () => {
		const session = open();
		const first = session.start(tool, {});
		await first.ended;
		expect(first.request.provider.via).toBe('libbpf');
		expect(first.successor).toBe('bcc');
		const second = session.start(tool, {});
		await second.ended;
		expect(second.request.provider.via).toBe('bcc');
		expect(second.successor).toBeUndefined();
		expect(second.table.total).toBe(1);
		await session.close();

		const later = open();
		const third = later.start(tool, {});
		await third.ended;
		expect(third.request.provider.via).toBe('bcc');
		await later.close();
	});

	test('without another is named with its reason and date', async () => {
		const alone = toolThrough('lonely', fails, fails);
		const session = open();
		for (const successor of ['bcc', undefined]) {
			const run = session.start(alone, {});
			await run.ended;
			expect(run.successor).toBe(successor);
		}
		expect(() => session.start(alone, {})).toThrow(
			/lonely can't run here: libbpf: it failed here on [\d-]+: libbpf: failed to load object; bcc: it failed/,
		);
		await session.close();
	});
});

test('where all have failed for a reason that may pass, the first is tried again', async () => {
	const lacksMemory = program('lacks-memory', 'echo "libbpf: failed to load: Cannot allocate memory" >&2; exit 1');
	const tool = toolThrough('hungry', lacksMemory, lacksMemory);
	const session = open();
	for (const via of ['libbpf', 'bcc', 'libbpf']) {
		const run = session.start(tool, {});
		await run.ended;
		expect(run.request.provider.via).toBe(via);
	}
	await session.close();
});

test('a provider that works has no successor', async () => {
	const session = open();
	const run = session.start(toolThrough('works', shows, shows), {});
	await run.ended;
	expect(run.successor).toBeUndefined();
	await session.close();
});
