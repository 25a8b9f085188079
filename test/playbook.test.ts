import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ToolDraft } from './fixtures/tools.ts';
import { eventually } from './support/eventually.ts';
import { needs, titled } from './support/needs.ts';
import { bpftools, run, scratchFolder, sessionIn, start } from './support/program.ts';
import { readSession } from './support/read-session.ts';
import { keepingStats, Marker, programsHeldBy } from './support/traces.ts';
import { userTools } from './support/user-tools.ts';

const lack = needs('root', { tool: 'opensnoop', via: 'libbpf' }, { tool: 'vmstat', via: 'classic' });

/** A host's own playbooks and tools, in a folder of the test's own; sessions go to another in it. */
function host(scratch: string, playbooks: Record<string, object[]>) {
	const config = join(scratch, 'config');
	const sessions = join(scratch, 'sessions');
	const folder = join(config, 'bpftools/playbooks');
	mkdirSync(folder, { recursive: true });
	mkdirSync(sessions);
	for (const [name, steps] of Object.entries(playbooks)) {
		const file = { title: 'Mine', about: 'What I want.', steps: steps.map((step) => ({ look: 'It.', ...step })) };
		writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(file));
	}
	const word: ToolDraft = { output: { class: 'event-stream', columns: [{ name: 'word', type: 'text' }] } };
	const tools = userTools(config, {
		absent: {
			...word,
			providers: [{ via: 'bpftrace', run: ['bpftrace'], needs: { tracepoints: ['no/such'] }, package: 'bpftrace' }],
		},
		fails: {
			...word,
			providers: [
				{
					via: 'libbpf',
					run: ['sh', '-c', 'echo "failed to load BPF object" >&2; exit 1'],
					columns: ['word'],
					package: 'sh',
				},
				{ via: 'perf', run: ['echo', 'second\x1b[2J'], columns: ['word'], package: 'sh' },
			],
		},
	});
	return { sessions, options: { env: { ...process.env, ...tools, XDG_STATE_HOME: scratch } } };
}

const opens = {
	tool: 'opensnoop',
	values: { top: { by: ['command'] } },
	say: [{ text: '{top.command} opened the most.' }],
	nothing: 'Nobody opened a file.',
};
const threads = { tool: 'vmstat', values: { all: { after: 1 } }, say: [{ text: '{all.run_avg} of {cpus}.' }] };
const words = (tool: string) => ({
	tool,
	values: { last: { newest: true } },
	say: [{ text: 'The word is {last.word}.' }],
});

interface Answer {
	steps: Step[];
	session: string;
	report: string;
	ended: null;
}

interface Step {
	name: string;
	fate: string;
	mark: string;
	text: string;
	provider: string | null;
	seconds: number;
}

describe.skipIf(lack)(titled('A playbook', lack), () => {
	test('tells of each step what it means, of what can not run why, and leaves a session to hand over', async () => {
		using scratch = scratchFolder();
		const { sessions, options } = host(scratch.path, {
			mine: [
				{ checks: ['cpu', 'memory'], seconds: 3 },
				{ ...threads, seconds: 3 },
				{ ...opens, seconds: 3 },
				words('absent'),
				words('fails'),
			],
		});
		const { code, stdout, stderr } = await run(
			['playbook', 'mine', '--json', '--record', '--session-dir', sessions],
			options,
		);
		const { steps, session, report, ended } = JSON.parse(stdout) as Answer;
		expect(ended).toBeNull();
		expect(code).toBe(steps.every(({ mark, fate }) => mark === 'ok' || fate === 'impossible') ? 0 : 1);
		expect(steps).toMatchObject([
			{ name: 'checks of cpu, memory', fate: 'done', mark: expect.stringMatching(/ok|look/) },
			{
				name: 'vmstat',
				fate: 'done',
				mark: 'ok',
				text: expect.stringMatching(/^[\d.]+ of \d+ CPUs?\.$/),
				provider: 'classic',
			},
			{ name: 'opensnoop', fate: 'done', text: expect.stringMatching(/^\S.* opened the most\./), provider: 'libbpf' },
			{
				name: 'absent',
				fate: 'impossible',
				text: expect.stringMatching(/^It can't run here: .*no\/such/),
				provider: null,
			},
			{ name: 'fails', fate: 'done', mark: 'ok', text: 'The word is second·[2J.', provider: 'perf' },
		]);
		expect(stderr).toMatch(/^4\/5 absent can't run here$/m);
		expect(stderr).toMatch(/^5\/5 fails failed through libbpf; perf takes its place$/m);
		expect(stderr).toMatch(/^3\/5 opensnoop ended after \S+: \w+$/m);
		expect(stderr).not.toContain('\x1b');

		expect(session).toBe(sessionIn(sessions));
		const recorded = readSession(session);
		expect(recorded).toMatchObject({ warnings: [], session: { ended: expect.any(String) } });
		expect(recorded.runs.map(({ run }) => [run.tool, run.provider]).sort()).toEqual([
			['fails', 'libbpf'],
			['fails', 'perf'],
			['opensnoop', 'libbpf'],
			['vmstat', 'classic'],
		]);
		const order = recorded.events.map(({ type, run }) => `${type} ${String(run).replace(/^runs\/\d+-/, '')}`);
		expect(order.indexOf('run-ended vmstat'), 'tracers wait for counters').toBeLessThan(
			order.indexOf('run-started opensnoop'),
		);
		const types = recorded.events.map(({ type }) => type);
		expect(types.filter((type) => type === 'playbook-step')).toHaveLength(5);
		expect(types.filter((type) => type === 'readings').length).toBeGreaterThanOrEqual(2);
		const story = await run(['session', 'show', session]);
		expect(story.stdout).toMatch(/mine 5, fails: ok\. The word is second·\[2J\./);

		expect(report).toBe(join(session, 'report.html'));
		expect(readFileSync(report, 'utf8')).toContain('The word is second·[2J.');

		const [, name = ''] = /^hand it over: bpftools session export (\S+)/m.exec(stderr) ?? [];
		const exported = await run(['session', 'export', name, join(scratch.path, 'it.tar.gz')], options);
		expect(exported).toMatchObject({ code: 0, stderr: '' });
	});

	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		test(`ends all tools on ${signal}, tells what was had, and leaves a readable session`, async () => {
			using scratch = scratchFolder();
			using _stats = keepingStats();
			const marker = new Marker();
			const { sessions, options } = host(scratch.path, {
				long: [{ ...threads, seconds: 300 }, words('absent')],
				traced: [
					{ ...opens, seconds: 300 },
					{ ...threads, seconds: 300 },
				],
			});
			const name = signal === 'SIGINT' ? 'traced' : 'long';
			const playbook = start([...bpftools, 'playbook', name, '--record', '--session-dir', sessions], {
				env: { ...options.env, ...marker.env },
			});
			try {
				const tool = name === 'traced' ? 'opensnoop' : 'vmstat';
				const pid = await eventually(
					`${tool} runs`,
					() => marker.processes().find(({ argv }) => argv[0]?.includes(tool))?.pid,
				);
				if (name === 'traced') await eventually('it traces', () => programsHeldBy(pid).length > 0);
				await eventually(
					'readings are recorded',
					() =>
						readdirSync(sessions).length > 0 &&
						readSession(sessionIn(sessions)).events.some(({ type }) => type === 'readings'),
				);
				playbook.child.kill(signal);
				const { code, stdout } = await playbook.ended;
				expect(code).toBe(3);
				expect(stdout).toContain(`It was ended early by ${signal}.`);
				expect(stdout).toMatch(new RegExp(`^\\w+ +${tool} .*It was stopped early\\.$`, 'm'));
				if (name === 'traced') expect(stdout).toMatch(/^unknown +vmstat +It was not started any more\.$/m);
				expect(stdout).toContain(`session: ${sessionIn(sessions)}\n`);
				await eventually('no process is left', () => marker.processes().length === 0);
			} finally {
				marker.killAll();
			}
			const { session, events, runs, warnings } = readSession(sessionIn(sessions));
			expect(warnings).toEqual([]);
			expect(session.ended).not.toBeNull();
			expect(runs).toMatchObject([{ run: { state: { state: 'ended', ending: 'user' } } }]);
			expect(events.at(-1)).toMatchObject({ type: 'console-ended', why: signal });
		});
	}

	test('that has a fault is told with its line, and leaves the others working', async () => {
		using scratch = scratchFolder();
		const { options } = host(scratch.path, { bad: [{ tool: 'nosuch', say: [{ text: '' }] }], good: [threads] });
		const { code, stdout, stderr } = await run(['playbook'], options);
		expect(code).toBe(0);
		expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['bcc-checklist', 'linux-60s', 'good', '']);
		expect(stderr).toMatch(/bad\.yaml:1: .*\n$/);
	});
});

const lackOfTen = needs(
	'root',
	...['mpstat', 'iostat', 'dmesg', 'free', 'top', 'uptime'].map((tool) => ({ tool, via: 'classic' })),
);

test.skipIf(lackOfTen)(
	titled('linux-60s says one sentence of each of its ten commands', lackOfTen),
	async () => {
		using scratch = scratchFolder();
		const { options } = host(scratch.path, {});
		const { stdout, stderr } = await run(['playbook', 'linux-60s', '--json', '--duration', '3'], options);
		const { steps, session } = JSON.parse(stdout) as { steps: Step[]; session: null };
		expect(session).toBeNull();
		expect(steps).toHaveLength(11);
		const lines = stderr.split('\n');
		const place = (words: string) => lines.findIndex((line) => line.includes(words));
		expect(place('iostat runs'), 'counters go with counters').toBeLessThan(place('vmstat ended'));
		for (const step of steps) {
			expect(step, step.name).toMatchObject({ fate: 'done', mark: expect.stringMatching(/^(ok|look)$/) });
			expect(step.text).toMatch(/\S/);
			expect(step.text).not.toMatch(/[{}]|undefined|NaN/);
		}
		expect(readdirSync(scratch.path)).not.toContain('bpftools');
	},
	30_000,
);

describe('check --record', () => {
	test('writes a session of readings, and prints the worst of them', async () => {
		using scratch = scratchFolder();
		const args = ['check', 'cpu', 'memory', '--json', '--record', '--duration', '2.5', '--session-dir', scratch.path];
		const { stdout, stderr } = await run(args);
		const { readings } = JSON.parse(stdout) as { readings: { resource: string }[] };
		expect(new Set(readings.map(({ resource }) => resource))).toEqual(new Set(['cpu', 'memory']));
		expect(stderr).toContain(`session: ${sessionIn(scratch.path)}\n`);
		const { session, events, warnings } = readSession(sessionIn(scratch.path));
		expect({ warnings, ended: session.ended }).toEqual({ warnings: [], ended: expect.any(String) });
		expect(events.filter(({ type }) => type === 'readings')).toHaveLength(2);
	});

	test('ends on SIGINT with what it has', async () => {
		using scratch = scratchFolder();
		const check = start([...bpftools, 'check', 'cpu', '--duration', '600', '--record', '--session-dir', scratch.path]);
		await eventually(
			'it records',
			() =>
				readdirSync(scratch.path).length > 0 &&
				readSession(sessionIn(scratch.path)).events.some(({ type }) => type === 'readings'),
		);
		check.child.kill('SIGINT');
		const { stdout } = await check.ended;
		expect(stdout).toMatch(/^\w+ +cpu /m);
		expect(readSession(sessionIn(scratch.path)).session.ended).not.toBeNull();
	});
});
