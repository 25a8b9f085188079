import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openHost } from '../src/host/host.ts';
import { kernelFeatures } from '../src/host/kernel-features.ts';
import { titled } from './support/needs.ts';
import { run, scratchFolder } from './support/program.ts';
import { userTools } from './support/user-tools.ts';

// Providers that load BPF programs are not offered to anybody else.
const lack = kernelFeatures(openHost()).mayTrace ? undefined : 'it needs root, or CAP_BPF and CAP_PERFMON';

/** A tool of one's own with two providers: what the first does, before the second prints a row. */
function toolThat(folder: string, first: string) {
	const program = (name: string, does: string) => {
		writeFileSync(join(folder, name), `#!/bin/sh\n${does}\n`);
		chmodSync(join(folder, name), 0o755);
	};
	program('one', first);
	program('two', 'echo second');
	const { XDG_CONFIG_HOME, PATH = '' } = userTools(folder, {
		mine: {
			output: { class: 'event-stream', columns: [{ name: 'word', type: 'text' }] },
			providers: [
				{ via: 'libbpf', run: ['one'], columns: ['word'], package: 'libbpf-tools' },
				{ via: 'perf', run: ['two'], columns: ['word'], package: 'linux-perf' },
			],
		},
	});
	return { ...process.env, XDG_CONFIG_HOME, XDG_STATE_HOME: folder, PATH: [folder, PATH].join(delimiter) };
}

const fails = 'echo "failed to load BPF object" >&2; exit 1';

describe.skipIf(lack)(titled('A provider that fails by itself', lack), () => {
	test('gives way to the next at once, and the next time too', async () => {
		using scratch = scratchFolder();
		const env = toolThat(scratch.path, fails);
		const first = await run(['run', 'mine', '--format', 'ndjson'], { env });
		expect(first).toMatchObject({ code: 0, stdout: '{"word":"second"}\n' });
		expect(first.stderr).toMatch(
			/evidence: blind, failed to load BPF object\ncost: .*\nlibbpf does not work here; perf takes its place\.\n/,
		);
		const second = await run(['run', 'mine', '--format', 'ndjson'], { env });
		expect(second).toMatchObject({ code: 0, stdout: '{"word":"second"}\n' });
		expect(second.stderr).not.toContain('does not work here');
		expect(JSON.parse((await run(['list', '--json'], { env })).stdout)).toContainEqual(
			expect.objectContaining({
				name: 'mine',
				refusals: [
					{ via: 'libbpf', reason: expect.stringMatching(/^it failed here on .*: failed to load BPF object$/) },
				],
			}),
		);
	});

	test('after it has printed something raw ends the run, since the next would add to it', async () => {
		using scratch = scratchFolder();
		const env = toolThat(scratch.path, `echo; ${fails}`);
		const { code, stdout } = await run(['run', 'mine', '--format', 'raw'], { env });
		expect({ code, stdout }).toEqual({ code: 3, stdout: '\n' });
	});

	test('is remembered nowhere when nothing failed', async () => {
		using scratch = scratchFolder();
		const env = toolThat(scratch.path, 'echo first');
		expect((await run(['run', 'mine', '--format', 'ndjson'], { env })).stdout).toBe('{"word":"first"}\n');
		expect(existsSync(join(scratch.path, 'bpftools/failures.json'))).toBe(false);
	});
});
