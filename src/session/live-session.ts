import { fill, type ParamValues, UsageError } from '../catalog/argv.ts';
import { type CommandLine, commandLineOf } from '../catalog/command-line.ts';
import { KnownFailures } from '../catalog/known-failures.ts';
import { launchOf } from '../catalog/launch.ts';
import { type Narrowing, refusalText, resolve } from '../catalog/resolve.ts';
import type { Provider, Tool } from '../catalog/tool.ts';
import type { Host } from '../host/host.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';
import { findProgram } from '../host/programs.ts';
import { type Scope, scopeOf, type Target } from '../host/target.ts';
import type { RowSink } from '../output/reader.ts';
import { Ledger } from '../runs/ledger.ts';
import { added, currentTracing, type Tracing } from '../runs/loaded-programs.ts';
import { ownFailure } from '../runs/own-failure.ts';
import { programVersion } from '../runs/program-version.ts';
import { type Ending, Run, type RunRequest } from '../runs/run.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { TerminalRun } from '../runs/terminal-run.ts';
import type { Recorder } from './recorder.ts';

/** Long enough to see a pattern, short enough to be forgotten safely. */
export const defaultLimitSeconds = 60;

/** How a tool would be started. */
export interface Planned {
	line: CommandLine;
	via: Provider['via'];
	narrowing: Narrowing;
	target: string;
}

export function needsTheTerminal({ name }: Tool): string {
	return `${name} takes the whole terminal; start it in the console: bpftools tui.`;
}

/** What one console has started, and the way to its orderly end. */
export class LiveSession {
	readonly runs: Run[] = [];
	readonly ledger: Ledger;
	readonly host: Host;
	readonly kernel: KernelFeatures;
	readonly recorder: Recorder | undefined;
	readonly failures: KnownFailures;
	/** What the next tools are narrowed to. */
	scope: Scope;
	private tracingBefore: Promise<Tracing | undefined> | undefined;

	constructor(host: Host, kernel: KernelFeatures, target: Target, recorder?: Recorder) {
		this.host = host;
		this.scope = scopeOf(host, target);
		this.kernel = kernel;
		this.recorder = recorder;
		this.failures = new KnownFailures(host, kernel);
		this.ledger = new Ledger((change, what) => recorder?.event('ledger', { what, ...change }));
		// An exit that nobody saw coming: no time is left to let tools print.
		process.on('exit', () => this.abandon());
	}

	start(
		tool: Tool,
		values: ParamValues,
		limit = defaultLimitSeconds,
		onRows?: Pick<RowSink, 'begin' | 'row'>,
		scope = this.scope,
	): Run {
		if (tool.output.class === 'terminal') throw new UsageError(needsTheTerminal(tool));
		const request = this.request(tool, values, limit, scope);
		this.tracingBefore ??= currentTracing(this.kernel);
		const run = new Run(request, this.host, this.ledger, onRows);
		void run.ended.then(() => this.learnFrom(run));
		if (this.recorder?.isRecording) this.recorder.follow(run, programVersion(request.provider, request.program));
		this.runs.push(run);
		return run;
	}

	/** Prepares a tool that takes the whole terminal; it is started by whoever can give it that. */
	prepareOnTerminal(tool: Tool, values: ParamValues, scope = this.scope): () => TerminalRun {
		const { provider, program, narrowing } = this.request(tool, values, 0, scope);
		const { argv } = launchOf(tool, provider, program, values, narrowing, scope, this.kernel);
		return () => {
			const version = this.recorder?.isRecording ? programVersion(provider, program) : undefined;
			const about = { tool: tool.name, provider: provider.via, target: scope.target.name, params: values };
			return this.onTerminal(argv, about, version);
		};
	}

	private onTerminal(
		argv: string[],
		about: { tool: string; [key: string]: unknown },
		versioned?: Promise<string | undefined>,
	): TerminalRun {
		const run = new TerminalRun(argv);
		const { recorder } = this;
		recorder?.event('run-started', { ...about, terminal: true, argv });
		void Promise.all([run.ended, versioned]).then(([{ seconds, ...exit }, version]) => {
			const started = new Date(run.startedAt).toISOString();
			const state = { state: 'ended', ...exit };
			recorder?.event('run-ended', { tool: about.tool, terminal: true, argv, version, started, seconds, state });
		});
		return run;
	}

	/** Prepares the program that shows on the whole terminal what is kept of a run. */
	prepareKept(run: ShownRun): () => TerminalRun {
		const { tool, provider } = run.request;
		const path = this.recorder?.keptOf(run);
		if (!provider.kept || !path) throw new UsageError(`Nothing is kept of ${tool.name} that another program shows.`);
		const [name = '', ...rest] = fill(provider.kept.shownBy, { kept: path });
		const argv = [findProgram(name) ?? name, ...rest];
		return () => this.onTerminal(argv, { tool: tool.name, shows: path });
	}

	/** What start() would start with the same words, as somebody would write it into a shell. */
	commandLine(tool: Tool, values: ParamValues, limit = defaultLimitSeconds, scope = this.scope): Planned {
		const { provider, program, narrowing, kernel } = this.request(tool, values, limit, scope);
		const filled = { ...values, duration: limit };
		const launch = launchOf(tool, provider, program, filled, narrowing, scope, kernel);
		return {
			line: commandLineOf(tool, provider, launch, filled),
			via: provider.via,
			narrowing,
			target: scope.target.name,
		};
	}

	private request(tool: Tool, values: ParamValues, limit: number, scope: Scope): RunRequest {
		const { kernel } = this;
		const resolution = resolve(tool, kernel, scope, values, this.failures);
		const { provider, program, narrowing } = resolution;
		if (!provider || !program) throw new UsageError(`${tool.name} can't run here: ${refusalText(resolution)}.`);
		return { tool, provider, program, values, scope, narrowing, kernel, limit };
	}

	/** A provider that failed by itself is passed over from now on. */
	private learnFrom(run: Run): void {
		const { tool, provider, program, scope, values } = run.request;
		const mayLoad = this.runs.some(({ cost }) => cost.programs > 0);
		const failure = ownFailure(run, mayLoad);
		if (!failure) return;
		this.failures.add(tool, provider, program, failure.why, failure.lasting);
		run.successor = resolve(tool, this.kernel, scope, values, this.failures).provider?.via;
		if (!run.successor) this.failures.forgetPassing(tool);
	}

	/** Runs that were started before go on with the target they were started for. */
	lookAt(target: Target): void {
		this.scope = scopeOf(this.host, target);
		this.recorder?.event('target', { target: target.name });
	}

	get running(): Run[] {
		return this.runs.filter((run) => run.state.state !== 'ended');
	}

	async stopAll(ending: Ending, hurried = false): Promise<number> {
		const running = this.running;
		for (const run of running) run.stop(ending, hurried);
		await Promise.all(running.map((run) => run.ended));
		return running.length;
	}

	/** The panic key: everything that traces ends, and what is left is counted, not assumed. */
	async stopAndProve(): Promise<string> {
		const stopped = await this.stopAll('user');
		const [before, now] = [await this.tracingBefore, await currentTracing(this.kernel)];
		const what = `${stopped} ${stopped === 1 ? 'run' : 'runs'} stopped`;
		this.recorder?.event('stopped-everything', { stopped });
		if (!before || !now) return `${what}; without bpftool nobody can count what is left.`;
		const left = added(before, now);
		return `${what}; ${left.programs} BPF programs and ${left.probes} probes more than before the first run.`;
	}

	async close(hurried = false): Promise<void> {
		await this.stopAll('console', hurried);
		this.ledger.undoAll();
		this.recorder?.close();
	}

	private abandon(): void {
		for (const run of this.running) run.kill();
		this.ledger.undoAll();
	}
}
