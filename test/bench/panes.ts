import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Column } from '../../src/catalog/tool.ts';
import { type Row, rowOf } from '../../src/output/reader.ts';
import { viewOf } from '../../src/table/view.ts';
import type { ToolDraft } from '../fixtures/tools.ts';
import { fixturePrograms, userTools } from '../support/user-tools.ts';
import type { Result } from './bench.ts';
import { cpuSeconds } from './idle.ts';
import { scratch } from './programs.ts';

const keysPressed = 200;
const settleSeconds = 4;
const watchedSeconds = 15;
const columns = { PID: 'pid', COMM: 'command', SIZE: 'size', LATENCY: 'latency', PATH: 'path' };

/** A stream of events at a steady rate; more than a console would get from any tool that is of use. */
const stream = (...args: string[]): ToolDraft => ({
	output: {
		class: 'event-stream',
		columns: [
			{ name: 'pid', type: 'id' },
			{ name: 'command', type: 'text' },
			{ name: 'size', type: 'bytes' },
			{ name: 'latency', type: 'microseconds' },
			{ name: 'path', type: 'text' },
		],
		sort: 'latency',
	},
	providers: [{ via: 'classic', run: ['steady', ...args], columns, package: 'none' }],
});

/** What panes cost: the time from a key to the screen, the CPU of one, three and six, and a view by the rows it is of. */
export async function panes(): Promise<Result[]> {
	return [...(await latency()), ...(await cpuByPanes()), ...viewByRows()];
}

/** A filter typed into a pane that takes 100,000 lines a second, with five others live; beside htop's, which has its processes. */
async function latency(): Promise<Result[]> {
	// A screen is only sent what changed of it: of a prompt, the key and the cursor behind it. htop's cursor is no text.
	const ours = await typed(
		await openPanes(['100000', '100', '100', '100', '100', '100']),
		'worker',
		(key) => `${key}_`,
	);
	const theirs = await typed(await openHtop(), '~^`~^`', (key) => key);
	return [0.5, 0.99].map((share) => ({
		what: `key to screen, p${share * 100}`,
		ours: quantile(ours, share),
		peer: 'htop',
		theirs: quantile(theirs, share),
		unit: 'ms',
	}));
}

async function cpuByPanes(): Promise<Result[]> {
	const results: Result[] = [];
	for (const count of [1, 3, 6]) {
		const console = await openPanes(Array.from({ length: count }, () => '1000'));
		const htop = await openHtop();
		const [ours, theirs] = [console, htop].map(({ pid }) => pid);
		const before = [cpuSeconds(ours as number), cpuSeconds(theirs as number)];
		await sleep(watchedSeconds * 1000);
		const share = (pid: number | undefined, index: number) =>
			(100 * (cpuSeconds(pid as number) - (before[index] as number))) / watchedSeconds;
		const [panes, peer] = [share(ours, 0), share(theirs, 1)];
		await Promise.all([console.close(), htop.close()]);
		const what = `${count} panes, 1,000 rows/s each`;
		results.push({ what, ours: panes, peer: 'htop', theirs: peer, unit: '% core' });
	}
	return results;
}

/** The same rows sorted by a number: ours with a filter on top, and by sort(1), which reads them from a file first. */
function viewByRows(): Result[] {
	const shown: Column[] = [
		{ name: 'pid', type: 'id' },
		{ name: 'command', type: 'text' },
		{ name: 'size', type: 'bytes' },
	];
	return [1e3, 1e4, 1e5, 1e6].map((count) => {
		const cells = Array.from({ length: count }, (_, n) => [n, `worker-${n % 37}`, (n * 7919) % 65_536] as const);
		const rows: Row[] = cells.map((row) => rowOf([...row]));
		const file = join(scratch, 'rows');
		writeFileSync(file, cells.map((row) => row.join(' ')).join('\n'));
		const ours = best(() => viewOf({ columns: shown, rows }, { sort: 'size', filter: 'command:worker-1' }));
		const theirs = best(() => execFileSync('sort', ['-k3,3nr', '-o', '/dev/null', file], { env: { LC_ALL: 'C' } }));
		return { what: `view of ${count.toLocaleString('en')} rows`, ours, peer: 'sort', theirs, unit: 'ms' };
	});
}

function best(work: () => unknown): number {
	return Math.min(
		...Array.from({ length: 5 }, () => {
			const started = performance.now();
			work();
			return performance.now() - started;
		}),
	);
}

interface Screen {
	child: ChildProcess;
	/** Of the program itself. */
	pid: number;
	/** Until what is written to the terminal from now on holds the text; the time of it. */
	sees(text: string): Promise<number>;
	press(key: string): void;
	close(): Promise<void>;
}

async function openPanes(rates: string[]): Promise<Screen> {
	const names = rates.map((_, index) => `stream-${index}`);
	const tools = Object.fromEntries(names.map((name, index) => [name, stream(rates[index] as string)]));
	const env = userTools(join(scratch, `panes-${rates.join('-')}`), tools);
	const program = [process.execPath, join(import.meta.dirname, '../../dist/cli.js'), 'tui', '--session-dir', scratch];
	const screen = await openScreen(program, env, 'utilization');
	for (const name of names.toReversed()) {
		for (const key of ['t', ...name, '\r']) {
			screen.press(key);
			await sleep(120);
		}
	}
	await sleep(settleSeconds * 1000);
	return screen;
}

async function openHtop(): Promise<Screen> {
	const screen = await openScreen(['htop', '-d', '10'], {}, 'PID');
	await sleep(settleSeconds * 1000);
	return screen;
}

async function openScreen(argv: string[], env: Record<string, string>, ready: string): Promise<Screen> {
	// script(1) gives it a terminal; what that costs, it costs both.
	const child = spawn('script', ['-qec', `stty rows 40 cols 120; exec ${argv.join(' ')}`, '/dev/null'], {
		stdio: ['pipe', 'pipe', 'ignore'],
		env: { ...process.env, TERM: 'xterm-256color', ...env, PATH: `${fixturePrograms}:${process.env.PATH}` },
	});
	let text = '';
	let look: () => void = () => {};
	child.stdout?.on('data', (bytes: Buffer) => {
		text = (text + bytes.toString('utf8').replace(/\x1b\[[\d;?]*[a-zA-Z]/g, '')).slice(-100_000);
		look();
	});
	const sees = (wanted: string) =>
		new Promise<number>((resolve) => {
			look = () => {
				if (text.includes(wanted)) resolve(performance.now());
			};
			look();
		});
	await sees(ready);
	const pid = Number(execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }));
	return {
		child,
		pid,
		sees,
		press(key) {
			text = '';
			child.stdin?.write(key);
		},
		async close() {
			process.kill(pid, 'SIGTERM');
			await new Promise((resolve) => child.once('close', resolve));
		},
	};
}

/** Milliseconds from each key to what it changes on the screen. */
async function typed(screen: Screen, text: string, shown: (key: string) => string): Promise<number[]> {
	const times: number[] = [];
	while (times.length < keysPressed) {
		screen.press('/');
		await sleep(300);
		for (const key of text) {
			const pressed = performance.now();
			screen.press(key);
			times.push((await screen.sees(shown(key))) - pressed);
			await sleep(40 + (times.length % 7) * 13);
		}
		screen.press('\x1b');
		await sleep(300);
	}
	await screen.close();
	return times;
}

function quantile(values: number[], share: number): number {
	return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] as number;
}
