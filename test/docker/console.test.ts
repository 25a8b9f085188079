import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectFrame, runTool, verdicts } from '../support/console-screen.ts';
import { eventually } from '../support/eventually.ts';
import { needs, titled } from '../support/needs.ts';
import { scratchFolder, sessionIn, start } from '../support/program.ts';
import { readSession } from '../support/read-session.ts';
import { type Size, Terminal } from '../support/terminal.ts';
import { keepingStats, loadedPrograms, Marker, programsHeldBy } from '../support/traces.ts';
import { build, containerName, docker, runWords } from './image.ts';

const lack = needs('engine', 'root', { program: 'tmux' }, { program: 'bpftool' });

const sizes: Size[] = [
	{ columns: 80, rows: 24 },
	{ columns: 120, rows: 40 },
];

for (const size of sizes) {
	describe.skipIf(lack)(titled(`docker run -it on a terminal of ${size.columns}x${size.rows}`, lack), () => {
		const resources = new AsyncDisposableStack();
		const terminal = resources.use(new Terminal());
		const marker = new Marker();
		let sessions: string;
		let mounts: string;
		let held: number[] = [];

		beforeAll(async () => {
			await build('bpftools');
			sessions = resources.use(scratchFolder()).path;
			resources.use(keepingStats());
			const { name } = resources.use(containerName());
			opensFiles(resources);
			mounts = mountsOfTheHost();
			const folder = `${sessions}:/var/lib/bpftools/sessions`;
			const environment = Object.entries(marker.env).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
			await terminal.start(
				runWords(
					'--name',
					name,
					...environment,
					...'-it --privileged --pid=host -v'.split(' '),
					folder,
					'bpftools',
					'tui',
				),
				size,
			);
		});
		afterAll(() => resources.disposeAsync());

		// Each step begins where the one before it ended.
		let failed = false;
		beforeEach(({ skip, onTestFailed }) => {
			skip(failed, 'a step before it failed');
			onTestFailed(() => {
				failed = true;
			});
		});

		test('the checklist is of the host', async () => {
			await terminal.waitFor(verdicts, 30);
			const [header] = await terminal.lines();
			expect(header).toContain(`bpftools · ${hostname()} · `);
			expect(header).toContain(release());
			await expectFrame(terminal, size);
		});

		test('a chart is drawn, by the modules that the image was left with', async () => {
			await terminal.press('d');
			await terminal.waitFor(/[⠁-⣿]{9}/);
			await terminal.press('Escape');
			await terminal.waitFor(verdicts);
		});

		test('a BPF tool runs and gives rows of the host’s processes', async () => {
			await runTool(terminal, 'opensnoop');
			await terminal.waitFor(/opensnoop · libbpf · \d+s of 60s · .*[1-9]\d* rows/);
			await terminal.waitFor(/^.*\d+ +cat +\d+ +0 +\/\S+$/m, 30);
			held = marker.processes().flatMap(({ pid }) => programsHeldBy(pid));
			expect(held.length).toBeGreaterThan(0);
			await expectFrame(terminal, size);
		});

		test('q leaves, and the terminal is as it was', async () => {
			await terminal.press('q', 'q', 'y');
			expect(await terminal.ended()).toBe(0);
			expect(await terminal.screen()).not.toContain('? help');
			const settings = await terminal.waitFor(/-?icanon[\s\S]*-?echo\b/);
			expect(settings[0]).toMatch(/^icanon[\s\S]* echo$/);
			expect(await terminal.ask('#{alternate_on}#{cursor_flag}')).toBe('01');
		});

		test('nothing is left: no process, no program, no mount', async () => {
			await expectNothingLeft(marker, held);
			expect(mountsOfTheHost()).toBe(mounts);
		});

		test('the session lies in the mounted folder', async () => {
			const folder = sessionIn(sessions);
			const { session, runs } = readSession(folder);
			expect(session.ended).not.toBeNull();
			expect(runs.map(({ name }) => name)).toEqual(['01-opensnoop']);
			expect(readFileSync(join(folder, 'runs/01-opensnoop/output.log'), 'utf8')).toContain('cat');
			expect(readFileSync(join(folder, 'session.json'), 'utf8')).toContain(`"${hostname()}"`);
		});
	});
}

describe.skipIf(lack)(titled('docker stop', lack), () => {
	beforeAll(() => build('bpftools'));

	for (const tool of ['opensnoop', 'syserrors']) {
		test(`ends a console that runs ${tool} within two seconds, with nothing left`, async () => {
			using sessions = scratchFolder();
			using _stats = keepingStats();
			await using container = containerName();
			await using terminal = new Terminal();
			await using resources = new AsyncDisposableStack();
			const marker = new Marker();
			opensFiles(resources);
			const mounts = mountsOfTheHost();
			const environment = Object.entries(marker.env).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
			const folder = `${sessions.path}:/var/lib/bpftools/sessions`;
			const flags = ['-it', '--name', container.name, ...environment, '--privileged', '--pid=host', '-v', folder];
			await terminal.start(runWords(...flags, 'bpftools', 'tui'));
			await terminal.waitFor(verdicts, 30);
			await runTool(terminal, tool);
			const held = await eventually(`${tool} has its programs loaded`, () => {
				const programs = marker.processes().flatMap(({ pid }) => programsHeldBy(pid));
				return programs.length > 0 && programs;
			});

			const before = performance.now();
			await docker('stop', container.name);
			expect(performance.now() - before).toBeLessThan(2000);

			expect(await terminal.ended()).toBe(0);
			await expectNothingLeft(marker, held);
			expect(mountsOfTheHost()).toBe(mounts);
			expect(readSession(sessionIn(sessions.path)).session.ended).not.toBeNull();
		});
	}
});

/** A process of the host that opens a file several times a second. */
function opensFiles(resources: AsyncDisposableStack): void {
	const load = start(['/bin/sh', '-c', 'while :; do cat /etc/hostname; sleep 0.2; done'], { stdio: 'ignore' });
	resources.defer(() => {
		load.child.kill('SIGKILL');
	});
}

/** Of the kinds that the container mounts for itself. */
function mountsOfTheHost(): string {
	const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
	return lines.filter((line) => / (tracefs|debugfs|bpf) /.test(line)).join('\n');
}

async function expectNothingLeft(marker: Marker, held: number[]): Promise<void> {
	await eventually('its processes have ended', () => marker.processes().length === 0);
	await eventually('its programs are gone', () => {
		const loaded = loadedPrograms();
		return held.every((id) => !loaded.has(id));
	});
}
