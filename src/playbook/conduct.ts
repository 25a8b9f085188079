import { paramValues, UsageError } from '../catalog/argv.ts';
import type { Playbook, Step } from '../catalog/playbook.ts';
import { refusalText, resolve } from '../catalog/resolve.ts';
import type { Tool } from '../catalog/tool.ts';
import { type Reading, type ResourceName, resources } from '../checks/check.ts';
import type { Ending, Run } from '../runs/run.ts';
import type { LiveSession } from '../session/live-session.ts';
import { type Conclusion, ResultReader } from './conclusion.ts';
import { filesystemOf } from './filesystem.ts';
import { type Footprint, footprintOf, mayStart } from './footprint.ts';
import { textsOf } from './problems.ts';
import { concludeReadings, standsOut, WorstReadings } from './verdicts.ts';

/** What became of a step: done, ended early by the user, never started for that reason, or not possible on this host. */
export type Fate = 'done' | 'stopped' | 'not started' | 'impossible';

export interface StepResult extends Conclusion {
	/** From 1. */
	number: number;
	step: Step;
	/** The tool's name, or the resources that were checked. */
	name: string;
	fate: Fate;
	seconds: number;
	/** The last run of a tool; those before it gave way to it. */
	run: Run | undefined;
	/** Of checks: what was warned of. */
	readings: Reading[];
}

export interface Progress {
	started(place: Pick<StepResult, 'number' | 'name'>, seconds: number, run: Run | undefined): void;
	/** A provider failed, and the next takes its place. */
	gaveWay(place: Pick<StepResult, 'number' | 'name'>, run: Run): void;
	ended(result: StepResult): void;
}

/** What a playbook needs of a console. */
export interface Stage {
	session: LiveSession;
	tools: readonly Tool[];
	cpus: number;
	/** Tells of the checklist each second, until what it answers with is called. */
	onReadings(listener: (readings: Reading[]) => void): () => void;
	/** In place of the seconds of every step. */
	seconds: number | undefined;
	/** Ends the playbook: what runs is stopped by whoever aborts, and nothing more is started. */
	stopped: AbortSignal;
	progress: Progress;
}

interface Planned {
	number: number;
	step: Step;
	name: string;
	seconds: number;
	tool: Tool | undefined;
	/** Checks disturb nobody. */
	footprint: Footprint | undefined;
}

/** Runs the steps in their order, those together that don't disturb each other. */
export async function conduct(playbook: Playbook, stage: Stage): Promise<StepResult[]> {
	const { progress, stopped } = stage;
	const results: StepResult[] = [];
	const note = (result: StepResult) => {
		results.push(result);
		progress.ended(result);
	};
	let waiting = playbook.steps.flatMap((step, index) => {
		const planned = plan(step, index + 1, stage);
		if ('fate' in planned) note(planned);
		return 'fate' in planned ? [] : [planned];
	});
	const running = new Map<Planned, Promise<void>>();
	const mayGo = ({ footprint }: Planned) => {
		const beside = [...running.keys()].flatMap(({ footprint }) => footprint ?? []);
		return !footprint || mayStart(footprint, beside, stage.cpus);
	};
	for (;;) {
		const next = stopped.aborted ? undefined : waiting.find(mayGo);
		if (next) {
			waiting = waiting.filter((step) => step !== next);
			const ended = perform(next, stage).then((result) => {
				running.delete(next);
				note(result);
			});
			running.set(next, ended);
		} else if (running.size > 0) await Promise.race(running.values());
		else break;
	}
	for (const planned of waiting) note(resultOf(planned, 'not started', unknown('It was not started any more.')));
	return results.sort((a, b) => a.number - b.number);
}

/** Of what came before its time. */
const endings: Partial<Record<Ending, string>> = {
	user: 'It was stopped early.',
	budget: 'It was stopped early, for the CPU time it took.',
};

const unknown = (text: string): Conclusion => ({ mark: 'unknown', text });

function resultOf(
	{ number, step, name }: Pick<Planned, 'number' | 'step' | 'name'>,
	fate: Fate,
	conclusion: Conclusion,
	more: Partial<Pick<StepResult, 'seconds' | 'run' | 'readings'>> = {},
): StepResult {
	return { number, step, name, fate, ...conclusion, seconds: 0, run: undefined, readings: [], ...more };
}

function plan(step: Step, number: number, { session, tools, seconds }: Stage): Planned | StepResult {
	const place = {
		number,
		step,
		name: step.tool ?? namedChecks(step.checks ?? []),
		seconds: seconds ?? step.seconds,
	};
	if (step.tool === undefined) return { ...place, tool: undefined, footprint: undefined };
	const tool = tools.find(({ name }) => name === step.tool);
	if (!tool) return resultOf(place, 'impossible', unknown(`There is no tool ${step.tool} in this catalog.`));
	const { kernel, scope, failures } = session;
	const resolution = resolve(tool, kernel, scope, valuesOf(tool, step, session), failures);
	if (resolution.provider) return { ...place, tool, footprint: footprintOf(resolution.provider) };
	return resultOf(place, 'impossible', unknown(`It can't run here: ${refusalText(resolution)}.`));
}

function namedChecks(checked: readonly ResourceName[]): string {
	return resources.every((resource) => checked.includes(resource)) ? 'checks' : `checks of ${checked.join(', ')}`;
}

function valuesOf(tool: Tool, { with: given }: Step, { host }: LiveSession) {
	const texts = Object.entries(textsOf(given)).map(([name, text]) => [
		name,
		text === 'FILESYSTEM' ? filesystemOf(host) : text,
	]);
	return paramValues(tool, Object.fromEntries(texts));
}

function perform(planned: Planned, stage: Stage): Promise<StepResult> {
	return planned.tool ? runTool(planned, planned.tool, stage) : watch(planned, stage);
}

async function runTool(planned: Planned, tool: Tool, stage: Stage): Promise<StepResult> {
	const { step, seconds } = planned;
	const { session, progress, stopped, cpus } = stage;
	for (;;) {
		const reader = new ResultReader(tool, step);
		let run: Run;
		try {
			run = session.start(tool, valuesOf(tool, step, session), seconds, reader);
		} catch (error) {
			if (!(error instanceof UsageError)) throw error;
			return resultOf(planned, 'impossible', unknown(error.message));
		}
		progress.started(planned, seconds, run);
		await run.ended;
		if (run.successor && !stopped.aborted && reader.rows === 0) {
			progress.gaveWay(planned, run);
			continue;
		}
		const { state, seconds: took, judgement } = run;
		const ending = state.state === 'ended' ? state.ending : 'user';
		const { mark, text } = reader.conclude(judgement, { seconds: took, cpus });
		const conclusion = { mark, text: [text, endings[ending]].filter(Boolean).join(' ') };
		return resultOf(planned, ending === 'user' ? 'stopped' : 'done', conclusion, { seconds: took, run });
	}
}

async function watch(planned: Planned, { onReadings, progress, stopped }: Stage): Promise<StepResult> {
	const { step, seconds } = planned;
	const began = performance.now();
	const worst = new WorstReadings();
	const done = onReadings((readings) => worst.add(readings));
	progress.started(planned, seconds, undefined);
	await atMost(seconds, stopped);
	done();
	const readings = worst.of(step.checks);
	return resultOf(planned, stopped.aborted ? 'stopped' : 'done', concludeReadings(readings), {
		seconds: (performance.now() - began) / 1000,
		readings: readings.filter(standsOut),
	});
}

function atMost(seconds: number, stopped: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, seconds * 1000);
		const end = () => {
			clearTimeout(timer);
			resolve();
		};
		if (stopped.aborted) end();
		else stopped.addEventListener('abort', end, { once: true });
	});
}
