import { counted } from '../checks/sentence.ts';
import { printable } from '../host/printable.ts';
import { shellLine } from '../host/shell-line.ts';
import { formatBytes, formatSeconds } from '../table/format-cell.ts';
import type { RecordedRun } from './read-session.ts';
import { keyOf, readingOf, type Story, type StoryEvent } from './story.ts';

/** One thing that happened, as it is told. */
export interface Told {
	/** Milliseconds since 1970. */
	time: number;
	type: string;
	text: string;
}

type Data = Record<string, unknown>;

/** What happened, in the order of time. How panes were looked at is left out. */
export function tell({ events, runs }: Pick<Story, 'events' | 'runs'>): Told[] {
	const teller = new Teller(runs);
	return events.flatMap((event) => teller.tell(event) ?? []);
}

/** More devices than that are not wrong at a time. */
const mostWrong = 10_000;

/** Tells events one after the other. */
export class Teller {
	/** Readings that are warn or bad. */
	private readonly wrong = new Set<string>();
	private readonly recorded: Map<string, Data>;

	constructor(runs: readonly RecordedRun[]) {
		this.recorded = new Map(runs.map(({ name, run }) => [`runs/${name}`, run]));
	}

	tell({ time, ...event }: StoryEvent): Told | undefined {
		const text = event.type === 'verdict' ? this.turnText(event.reading) : textOf(event, this.recorded);
		return text === undefined ? undefined : { time, type: printable(event.type), text: printable(text) };
	}

	/** That something is ok is worth telling only after it was not. */
	private turnText(data: unknown): string | undefined {
		const reading = readingOf(data);
		if (!reading) return undefined;
		const wasWrong = this.wrong.delete(keyOf(reading));
		const isWrong = reading.verdict === 'warn' || reading.verdict === 'bad';
		if (isWrong && this.wrong.size < mostWrong) this.wrong.add(keyOf(reading));
		if (!isWrong && !wasWrong) return undefined;
		const suspects = reading.suspects.length > 0 ? `. Suspects: ${reading.suspects.join('; ')}.` : '';
		return `${reading.resource} ${reading.kind} is ${reading.verdict}: ${suspects === '' ? reading.why : reading.why.replace(/\.$/, '')}${suspects}`;
	}
}

function textOf(event: Omit<StoryEvent, 'time'>, recorded: Map<string, Data>): string | undefined {
	switch (event.type) {
		case 'run-started':
			return `${nameOf(event)} was started: ${commandOf(event)}${versionOf(recorded.get(String(event.run)))}`;
		case 'run-ended':
			return endText(event, recorded.get(String(event.run)));
		case 'mark':
			return markText(event);
		case 'ledger':
			return event.what === 'made'
				? `Set on the host: ${event.path} to ${event.new}; it was ${event.old}.`
				: `Put back on the host: ${event.path} to ${event.old}.`;
		case 'target':
			return `The target is ${event.target} from here on.`;
		case 'saved':
			return `Saved: ${event.file}.`;
		case 'recording':
			return event.on ? 'Recording is on again.' : 'Recording was turned off.';
		case 'recording-stopped':
			return `Recording stopped: ${event.why}.`;
		case 'output-dropped':
			return `The output of ${nameOf(event)} was dropped, ${formatBytes(Number(event.bytes))}, to keep the session within its size.`;
		case 'readings-thinned':
			return `Readings are recorded every ${event.seconds} seconds from here on, to keep the session within its size.`;
		case 'tidied':
			return String(event.what);
		case 'note':
			return `Note: ${event.text}`;
		case 'playbook-started':
			return `The playbook ${event.playbook} was started: ${counted(Number(event.steps), 'step')}.`;
		case 'playbook-step':
			return `${event.playbook} ${event.number}, ${event.name}: ${event.mark}. ${event.text}`;
		case 'stopped-everything':
			return `Everything that traced was stopped: ${counted(Number(event.stopped), 'run')}.`;
		case 'console-ended':
			return `The console ended: ${event.why}.`;
		default:
			return undefined;
	}
}

/** Of a tool that had the terminal there is no folder, only its name. */
function nameOf({ run, tool }: Data): string {
	return String(run ?? tool).replace(/^runs\//, '');
}

function versionOf(recorded: Data | undefined): string {
	return recorded?.version === undefined ? '' : ` (${recorded.version})`;
}

function commandOf({ argv }: Data): string {
	return Array.isArray(argv) ? shellLine(argv.map(String)) : 'its command line is not recorded';
}

function markText({ resource, kind, as, note, target }: Data): string {
	const said = as === undefined || as === null ? 'is not marked any more' : `is marked: ${as}`;
	return `${resource} ${kind} of ${target} ${said}.${note ? ` Note: ${note}` : ''}`;
}

function endText(event: Data, recorded: Data | undefined): string {
	const seconds = typeof event.seconds === 'number' ? ` after ${formatSeconds(event.seconds)}` : '';
	const { badge, why } = objectOf(event.evidence);
	const { processSeconds, bpfSeconds } = objectOf(event.cost);
	const [notKept, dropped] = [Number(recorded?.bytesNotKept ?? 0), Number(recorded?.bytesDropped ?? 0)];
	return [
		`${nameOf(event)} ended${seconds}${howText(objectOf(event.state))}.`,
		...(event.rows === undefined ? [] : [`${counted(Number(event.rows), 'row')}.`]),
		...(badge === undefined ? [] : [`Evidence: ${badge}, ${why}.`]),
		...(processSeconds === undefined
			? []
			: [`It cost ${formatSeconds(Number(processSeconds) + Number(bpfSeconds))} of CPU time.`]),
		...(notKept > 0 ? [`${counted(notKept, 'byte')} of its output were too much to keep.`] : []),
		...(dropped > 0 ? [`Its output, ${formatBytes(dropped)}, has been dropped since.`] : []),
	].join(' ');
}

/** How a run came to its end, to stand behind "it ended". */
export function howText({ ending, code, signal }: Data): string {
	const reasons: Data = {
		limit: ', at its limit',
		user: ', stopped by the user',
		budget: ', stopped over its budget',
		console: ', stopped with the console',
	};
	const reason = reasons[String(ending)];
	if (reason !== undefined) return String(reason);
	return signal ? `, by ${signal}` : code === 0 || code === undefined ? '' : `, with exit code ${code}`;
}

function objectOf(data: unknown): Data {
	return typeof data === 'object' && data !== null ? (data as Data) : {};
}
