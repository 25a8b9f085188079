import type { Readable } from 'node:stream';
import { fill, type ParamValues } from '../catalog/argv.ts';
import { launchOf } from '../catalog/launch.ts';
import type { Narrowing } from '../catalog/resolve.ts';
import type { Provider, Tool } from '../catalog/tool.ts';
import type { Host } from '../host/host.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';
import { findProgram } from '../host/programs.ts';
import type { Scope } from '../host/target.ts';
import type { RowSink } from '../output/reader.ts';
import { columnsOf } from '../output/reader-for.ts';
import { Table } from '../table/table.ts';
import { type Cost, CostMeter } from './cost.ts';
import type { Evidence, Judgement } from './evidence.ts';
import { Guardian } from './guardian.ts';
import { Intake, type Stream } from './intake.ts';
import type { Hold, Ledger } from './ledger.ts';
import { type Exit, type Process, signalGroup, startProcess } from './process.ts';
import type { ShownRun } from './shown-run.ts';

export interface RunRequest {
	tool: Tool;
	provider: Provider;
	program: string;
	values: ParamValues;
	scope: Scope;
	narrowing: Narrowing;
	kernel: KernelFeatures;
	/** Seconds until the run is stopped; every run has a limit. */
	limit: number;
}

/** Why a run came to its end. */
export type Ending = 'exit' | 'limit' | 'user' | 'budget' | 'console';

export type RunState =
	| { state: 'running' }
	| { state: 'stopping'; ending: Ending }
	| { state: 'ended'; ending: Ending; code: number | null; signal: string | null };

/** SIGINT makes tracing tools print their maps and detach; detaching can take seconds. */
const patience: [NodeJS.Signals, number][] = [
	['SIGINT', 5000],
	['SIGTERM', 2000],
	['SIGKILL', 0],
];

/** Whoever sends SIGTERM to the console (`docker stop`, a shutdown) soon sends SIGKILL. */
const littlePatience: typeof patience = [
	['SIGINT', 800],
	['SIGTERM', 200],
	['SIGKILL', 0],
];

/** Of one CPU, BPF programs and process together, once the probes are attached. */
const budgetPercent = 50;
const secondsOverBudget = 5;

/** One launched tool, from its argv to its exit. */
export class Run implements ShownRun {
	state: RunState = { state: 'running' };
	readonly startedAt = Date.now();
	readonly argv: string[];
	/** What the program is given to read: a script of ours, as it was filled in. */
	readonly input: string | undefined;
	readonly table: Table;
	readonly request: RunRequest;
	readonly ended: Promise<void>;
	/** Its provider does not work here, and this one takes its place when the tool is started again. */
	successor: Provider['via'] | undefined;
	seconds = 0;
	/** Over the last second. */
	rowsPerSecond = 0;

	private readonly intake: Intake;
	private readonly processes: Process[];
	private readonly meter: CostMeter;
	private readonly listeners: ((stream: Stream, bytes: Buffer) => void)[] = [];
	private readonly ticker: NodeJS.Timeout;
	private readonly started = performance.now();
	private escalation: NodeJS.Timeout | undefined;
	private hurried = false;
	private overBudget = 0;
	private rowsBefore = 0;
	private forced = false;
	private readonly guardian: Guardian;
	private readonly statistics: Hold;

	constructor(request: RunRequest, host: Host, ledger: Ledger, onRows?: Pick<RowSink, 'begin' | 'row'>) {
		const { tool, provider, program, narrowing, scope, kernel } = request;
		this.request = request;
		this.table = new Table(columnsOf(tool), tool.output.class);
		this.intake = new Intake(tool, provider, this.table, onRows);
		const values = { ...request.values, duration: request.limit };
		const launch = launchOf(tool, provider, program, values, narrowing, scope, kernel);
		this.argv = launch.argv;
		this.input = launch.input;
		this.meter = new CostMeter(host, () => this.processes.flatMap(({ pid }) => pid ?? []));
		this.statistics = ledger.hold('/proc/sys/kernel/bpf_stats_enabled', '1');
		this.processes = this.start(provider, values);
		// setpriv ties the tool itself to the console; what the tool starts hangs on its process group.
		const groups = this.processes.flatMap(({ pid }) => (pid === undefined ? [] : [`-${pid}`]));
		this.guardian = new Guardian('kill -s KILL -- "$@"', ...groups);
		this.ended = this.follow().finally(() => this.statistics.release());
		this.ticker = setInterval(() => this.tick(), 1000);
	}

	get evidence(): Evidence {
		return this.intake.evidence;
	}

	get stderr(): string[] {
		return this.intake.stderr;
	}

	get cost(): Cost {
		return this.meter.cost;
	}

	get judgement(): Judgement {
		this.evidence.programs = this.meter.cost.programs;
		if (this.state.state !== 'ended') return this.evidence.judge(undefined);
		return this.evidence.judge({ code: this.state.code, asked: this.state.ending !== 'exit', forced: this.forced });
	}

	/** Raw bytes as they come, for whoever records them. */
	onBytes(listener: (stream: Stream, bytes: Buffer) => void): void {
		this.listeners.push(listener);
	}

	/** What the tool writes for a second program, which alone writes what is read here. */
	onHandedOver(listener: (bytes: Buffer) => void): void {
		if (this.processes.length > 1) this.processes[0]?.stdout.on('data', listener);
	}

	/** For whoever passes rows on and can take no more for now: the tool then waits in its own pipe. */
	pause(): void {
		if (this.state.state === 'running') this.processes.at(-1)?.stdout.pause();
	}

	resume(): void {
		this.processes.at(-1)?.stdout.resume();
	}

	/** In a hurry, a run that is being stopped already is stopped faster. */
	stop(ending: Ending, hurried = false): void {
		if (this.state.state === 'ended' || (this.state.state === 'stopping' && (!hurried || this.hurried))) return;
		this.hurried = hurried;
		if (this.state.state === 'running') {
			this.resume();
			this.meter.sample();
			this.state = { state: 'stopping', ending };
			this.table.version++;
		}
		clearTimeout(this.escalation);
		this.escalate(hurried ? littlePatience : patience);
	}

	/** The last resort, for a console that has no time left. */
	kill(): void {
		this.signal('SIGKILL');
	}

	/** The tool, and what reads its output where a second program does that. */
	private start({ through }: Provider, values: ParamValues): Process[] {
		const first = startProcess(this.argv, this.input === undefined ? 'ignore' : 'pipe');
		// One that ended before it read its script says why on stderr.
		first.stdin?.on('error', () => {}).end(this.input);
		if (!through) return [first];
		const [name = '', ...rest] = fill(through, values);
		const second = startProcess([findProgram(name) ?? name, ...rest], 'pipe');
		// When the reader is gone, nobody needs the rest.
		second.stdin?.on('error', () => signalGroup(first.pid, 'SIGTERM'));
		void second.exit.then(() => signalGroup(first.pid, 'SIGTERM'));
		if (second.stdin) first.stdout.pipe(second.stdin);
		return [first, second];
	}

	private async follow(): Promise<void> {
		const listen = (stream: Stream, source: Readable) => {
			source.on('data', (bytes: Buffer) => {
				for (const listener of this.listeners) listener(stream, bytes);
				this.intake.push(stream, bytes);
			});
		};
		listen('stdout', (this.processes.at(-1) as Process).stdout);
		for (const { stderr } of this.processes) listen('stderr', stderr);
		const exits = await Promise.all(this.processes.map(({ exit }) => exit));
		// What the tool started and left behind ends with it.
		this.kill();
		this.guardian.dismiss();
		clearInterval(this.ticker);
		clearTimeout(this.escalation);
		this.intake.end();
		this.seconds = this.elapsed();
		this.rowsPerSecond = 0;
		const { code, signal, failure } = exits.find((exit) => exit.code !== 0) ?? (exits[0] as Exit);
		if (failure) this.intake.message(`Could not be started: ${failure}`);
		const ending = this.state.state === 'stopping' ? this.state.ending : 'exit';
		this.state = { state: 'ended', ending, code, signal };
		this.table.version++;
	}

	private tick(): void {
		this.statistics.renew();
		const { total } = this.table;
		this.rowsPerSecond = (total - this.rowsBefore) / Math.max(0.001, this.elapsed() - this.seconds);
		this.rowsBefore = total;
		this.seconds = this.elapsed();
		const { percent } = this.meter.sample();
		this.overBudget = percent > budgetPercent && this.judgement.badge !== 'starting' ? this.overBudget + 1 : 0;
		if (this.overBudget >= secondsOverBudget) {
			this.intake.message(
				`stopped by bpftools: it used ${Math.round(percent)} % of a CPU, over its budget of ${budgetPercent} %`,
			);
			this.stop('budget');
		} else if (this.seconds >= this.request.limit) this.stop('limit');
	}

	private escalate(steps: typeof patience, step = 0): void {
		if (step > 0) this.forced = true;
		const [signal, wait] = steps[step] ?? ['SIGKILL', 0];
		this.signal(signal);
		if (step + 1 < steps.length) this.escalation = setTimeout(() => this.escalate(steps, step + 1), wait);
	}

	/** What reads from the tool is not interrupted: it sees the end of its input and finishes by itself. */
	private signal(signal: NodeJS.Signals): void {
		const targets = signal === 'SIGINT' ? this.processes.slice(0, 1) : this.processes;
		for (const { pid } of targets) signalGroup(pid, signal);
	}

	private elapsed(): number {
		return (performance.now() - this.started) / 1000;
	}
}
