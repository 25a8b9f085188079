import { basename, dirname, resolve } from 'node:path';
import { UsageError } from '../catalog/argv.ts';
import type { Host } from '../host/host.ts';
import { printable } from '../host/printable.ts';
import { shellLine } from '../host/shell-line.ts';
import type { Target } from '../host/target.ts';
import { writeReport } from '../report/write-report.ts';
import { type Recorder, sessionsFolder } from '../session/recorder.ts';
import { startRecording } from '../session/start-recording.ts';
import { readOwnKeep } from './own-keep.ts';

/** Begins a session for a command without a screen. What users should know of where it lies is told on stderr. */
export async function recordInto(sessions: string, host: Host, target: Target): Promise<Recorder> {
	const keep = await readOwnKeep();
	try {
		const { recorder, lostWithout } = startRecording(sessions, host, target, keep);
		if (lostWithout) say(`The session is lost with this container; to keep it, start it with ${lostWithout}.`);
		recorder.tidy();
		return recorder;
	} catch (error) {
		throw new UsageError(`No session can be recorded in ${printable(sessions)}: ${(error as Error).message}.`);
	}
}

/** Where the session is, and what of it was not kept. */
export function recordedText(recorder: Recorder): string {
	const stopped = recorder.failure === undefined ? [] : [`Recording has stopped: ${recorder.failure}`];
	const lines = [...recorder.takeNotices(), ...stopped, `session: ${recorder.folder}`];
	return lines.map((line) => `${printable(line)}\n`).join('');
}

export const recordingOptions = { record: { type: 'boolean' }, 'session-dir': { type: 'string' } } as const;

/** Where to record; undefined when nobody asked for it. */
export function recordingFolder(values: { record?: boolean; 'session-dir'?: string }): string | undefined {
	return values.record ? (values['session-dir'] ?? sessionsFolder()) : undefined;
}

/** Where the report of a session that has ended is; undefined where none could be written, which is told on stderr. */
export async function reportOn({ folder }: Recorder): Promise<string | undefined> {
	try {
		return (await writeReport(folder, folder)).html;
	} catch (error) {
		say(`No report could be written: ${(error as Error).message}.`);
		return undefined;
	}
}

/** How whoever has looked at this host gives the session to somebody who has not. */
export function handOverText({ folder }: Recorder, report: string | undefined): string {
	const name = dirname(resolve(folder)) === resolve(sessionsFolder()) ? basename(folder) : resolve(folder);
	const line = shellLine(['bpftools', 'session', 'export', name, '--redact']);
	const lines = [
		...(report === undefined ? [] : [`report: ${report}`]),
		`hand it over: ${line} (or without --redact, names and addresses as they are)`,
	];
	return lines.map((each) => `${printable(each)}\n`).join('');
}

function say(text: string): void {
	process.stderr.write(`${printable(text)}\n`);
}
