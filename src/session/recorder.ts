import {
	appendFileSync,
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	rmSync,
	utimesSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { makeFolders } from '../host/folder.ts';
import { stateFolder } from '../host/state-folder.ts';
import type { Stream } from '../runs/intake.ts';
import type { Run } from '../runs/run.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { formatBytes } from '../table/format-cell.ts';
import { formatVersion, type SessionFile } from './format.ts';
import { type Keep, usualKeep } from './keep.ts';
import { dropRawOutput, rawBytesOf, rawFiles, replaceFile } from './raw-output.ts';
import { tidy } from './tidy.ts';

/** What a run's program was given to read: argv and this file are all that it takes to run it again. */
const scriptFile = 'script.bt';

/** Room for the last words of a session whose disk is full. */
const reserveFile = '.reserve';
const reserveBytes = 16 * 1024;

/** Whoever can't see this process takes a session that was not touched for twice as long for one that has ended. */
const touchMilliseconds = 5000;

/** A run that is written down. */
interface Followed {
	run: Run;
	name: string;
	folder: string;
	files: Record<keyof typeof rawFiles, number> | undefined;
	/** What its tool writes for a second program. */
	handedOver: number | undefined;
	/** Which build of the tool it was. */
	version: string | undefined;
	/** Bytes of its output that came, and those of them that are kept. */
	seen: number;
	kept: number;
	/** All that is kept of what it wrote, and when it came. */
	stored: number;
	/** What was stored and has gone since. */
	dropped: number;
	/** A run can only be read from its beginning, so after a gap nothing more is kept of it. */
	isFull: boolean;
	hasEnded: boolean;
}

/** Where sessions go unless the user names a folder. */
export function sessionsFolder(): string {
	return join(stateFolder(), 'sessions');
}

/**
 * Writes a session as it happens. Every line is handed to the kernel at once, so
 * that a console that is killed leaves all it saw. A disk that is full stops the
 * recording, never the console.
 */
export class Recorder {
	readonly folder: string;
	/** Why recording stopped, if it did. */
	failure: string | undefined;
	/** The user has turned it off. */
	isOff = false;
	events = 0;
	eventBytes = 0;
	readonly keep: Keep;
	/** What users should know of what was not kept, until somebody tells them. */
	private notices: string[] = [];
	private readonly session: SessionFile;
	private readonly followed: Followed[] = [];
	private bytes = 0;
	private bytesWhenTidied = 0;
	private screens = 0;
	/** Held open for as long as it is written, for others to see (src/session/writer.ts). */
	private held: number | undefined;
	private readonly touching: NodeJS.Timeout;

	constructor(parent: string, about: Pick<SessionFile, 'host' | 'target' | 'program' | 'version'>, keep = usualKeep) {
		this.keep = keep;
		const started = new Date();
		const stamp = started.toISOString().slice(0, 19).replaceAll(':', '-');
		this.folder = makeFolder(parent, stamp);
		this.session = { format: formatVersion, ...about, started: started.toISOString(), ended: null };
		this.guard(() => {
			this.held = openSync(this.folder, 'r');
			this.writeSession();
			writeFileSync(join(this.folder, reserveFile), Buffer.alloc(reserveBytes));
		});
		this.touching = setInterval(() => this.touch(), touchMilliseconds).unref();
	}

	get isRecording(): boolean {
		return !this.failure && !this.isOff;
	}

	event(type: string, data: object = {}): void {
		this.guard(() => {
			const line = Buffer.from(lineOf(type, data));
			appendFileSync(join(this.folder, 'events.ndjson'), line);
			this.events++;
			this.eventBytes += line.length;
			this.bytes += line.length;
		});
	}

	/** What was recorded stays. Of what runs meanwhile nothing more is kept, also when it is on again. */
	turn(isOn: boolean): void {
		if (isOn !== this.isOff) return;
		if (isOn) this.isOff = false;
		this.event('recording', { on: isOn });
		if (isOn) return;
		for (const each of this.followed) each.isFull ||= !each.hasEnded;
		this.isOff = true;
	}

	/** Follows a run to its end. Returns the run's folder inside the session; undefined while recording is off. */
	follow(run: Run, version?: Promise<string | undefined>): string | undefined {
		if (this.isOff) return undefined;
		const number = String(this.followed.length + 1).padStart(2, '0');
		const name = join('runs', `${number}-${run.request.tool.name}`);
		const folder = join(this.folder, name);
		const each: Followed = {
			...{ run, name, folder, files: undefined, handedOver: undefined, version: undefined },
			...{ seen: 0, kept: 0, stored: 0, dropped: 0, isFull: false, hasEnded: false },
		};
		this.followed.push(each);
		this.guard(() => mkdirSync(folder, { recursive: true }));
		this.guard(() => writeRun(each));
		const { input } = run;
		if (input !== undefined) this.guard(() => writeFileSync(join(folder, scriptFile), input));
		this.event('run-started', { run: name, argv: run.argv });
		this.guard(() => {
			each.files = openRawFiles(folder);
			const { kept } = run.request.provider;
			if (kept) each.handedOver = openSync(join(folder, kept.as), 'a');
		});
		run.onBytes((stream, bytes) => this.take(each, stream, bytes));
		run.onHandedOver((bytes) => {
			if (each.handedOver !== undefined) this.store(each, [{ file: each.handedOver, bytes }]);
		});
		void version?.then((known) => {
			each.version = known;
			this.guard(() => writeRun(each));
		});
		void run.ended.then(() => this.finish(each));
		return name;
	}

	/** Puts a file beside what is kept of a run. Returns its path, or undefined when nothing is recorded. */
	keepFile(run: ShownRun, name: string, text: string): string | undefined {
		const folder = this.followed.find((each) => each.run === run)?.folder;
		return folder === undefined ? undefined : this.saveFile(join(folder, name), text);
	}

	/** Keeps what stands on the screen, as text. Returns its path, or undefined when nothing is recorded. */
	keepScreen(text: string): string | undefined {
		if (!this.isRecording) return undefined;
		this.guard(() => mkdirSync(join(this.folder, 'screens'), { recursive: true }));
		const number = String(++this.screens).padStart(2, '0');
		return this.saveFile(join(this.folder, 'screens', `${number}.txt`), text);
	}

	/** The file that is kept of what a run's tool wrote for a second program. */
	keptOf(run: ShownRun): string | undefined {
		const folder = this.followed.find((each) => each.run === run)?.folder;
		const { kept } = run.request.provider;
		const path = folder && kept && join(folder, kept.as);
		return path && existsSync(path) ? path : undefined;
	}

	/** A run's folder inside the session; of one that is not recorded, that of the session itself. */
	nameOf(run: ShownRun): string {
		return this.followed.find((each) => each.run === run)?.name ?? '';
	}

	/** Brings all that is kept beside this session within its bounds. */
	tidy(): void {
		this.bytesWhenTidied = this.bytes;
		const done = tidy(dirname(this.folder), this.keep);
		if (done === undefined) return;
		this.notices.push(done);
		this.event('tidied', { what: done });
	}

	/** What was dropped since this was asked last. */
	takeNotices(): string[] {
		const told = this.notices;
		this.notices = [];
		return told;
	}

	close(): void {
		clearInterval(this.touching);
		this.session.ended = new Date().toISOString();
		this.insist(() => rmSync(join(this.folder, reserveFile), { force: true }));
		this.insist(() => this.writeSession());
		if (this.held !== undefined) closeSync(this.held);
		this.held = undefined;
	}

	private take(each: Followed, stream: Stream, bytes: Buffer): void {
		each.seen += bytes.length;
		const { files } = each;
		if (!files) return;
		const ms = Date.now() - each.run.startedAt;
		const timing = Buffer.from(`${JSON.stringify({ ms, stream, bytes: bytes.length })}\n`);
		const parts = [
			{ file: files[stream], bytes },
			{ file: files.timing, bytes: timing },
		];
		if (this.store(each, parts)) each.kept += bytes.length;
	}

	/** Whether all of it is kept. */
	private store(each: Followed, parts: { file: number; bytes: Buffer }[]): boolean {
		if (each.isFull || !this.isRecording) return false;
		const size = parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
		if (!this.hasRoomFor(each, size)) {
			each.isFull = true;
			this.notices.push(`${basename(each.name)} goes on; no more of its output is kept.`);
			return false;
		}
		this.guard(() => {
			for (const { file, bytes } of parts) writeAll(file, bytes);
			each.stored += size;
			this.bytes += size;
		});
		if (this.bytes - this.bytesWhenTidied > this.keep.sessionBytes / 16) this.tidy();
		return this.isRecording;
	}

	/** For one run there is a quarter of a session; the oldest output goes to make room for what is new. */
	private hasRoomFor(each: Followed, bytes: number): boolean {
		const { sessionBytes } = this.keep;
		if (each.stored + bytes > sessionBytes / 4) return false;
		while (this.bytes + bytes > sessionBytes) {
			const oldest = this.followed.find(({ hasEnded, stored, dropped }) => hasEnded && stored > 0 && dropped === 0);
			if (!oldest) return false;
			this.drop(oldest);
		}
		return true;
	}

	private drop(each: Followed): void {
		each.dropped = rawBytesOf(each.folder);
		this.guard(() => {
			dropRawOutput(each.folder);
			this.bytes -= each.dropped;
			this.event('output-dropped', { run: each.name, bytes: each.dropped });
			const size = formatBytes(this.keep.sessionBytes);
			this.notices.push(`The output of ${basename(each.name)} went, to keep this session within ${size}.`);
		});
	}

	private finish(each: Followed): void {
		for (const file of [...Object.values(each.files ?? {}), each.handedOver]) if (file !== undefined) closeSync(file);
		each.hasEnded = true;
		if (this.isOff) return;
		this.insist(() => writeRun(each));
		this.event('run-ended', { run: each.name, ...summaryOf(each.run) });
	}

	private saveFile(path: string, text: string): string | undefined {
		if (this.isOff) return undefined;
		this.guard(() => writeFileSync(path, text));
		if (this.failure) return undefined;
		this.event('saved', { file: relative(this.folder, path) });
		return path;
	}

	private writeSession(): void {
		replaceFile(join(this.folder, 'session.json'), this.session);
	}

	private touch(): void {
		const now = new Date();
		try {
			utimesSync(join(this.folder, 'events.ndjson'), now, now);
		} catch {
			// Nothing has happened yet, or somebody removed it; the next event will tell.
		}
	}

	private guard(write: () => void): void {
		if (!this.isRecording) return;
		try {
			write();
		} catch (error) {
			this.failure = (error as Error).message;
			// What was being written may have been torn, so this begins on a line of its own.
			this.insist(() => {
				rmSync(join(this.folder, reserveFile), { force: true });
				const line = lineOf('recording-stopped', { why: this.failure });
				appendFileSync(join(this.folder, 'events.ndjson'), `\n${line}`);
			});
		}
	}

	/** What is small and says how it ended is tried also when recording has stopped. */
	private insist(write: () => void): void {
		try {
			write();
		} catch (error) {
			this.failure ??= (error as Error).message;
		}
	}
}

function lineOf(type: string, data: object): string {
	return `${JSON.stringify({ at: new Date().toISOString(), type, ...data })}\n`;
}

function openRawFiles(folder: string): Record<keyof typeof rawFiles, number> {
	const open = (name: string) => openSync(join(folder, name), 'a');
	return { stdout: open(rawFiles.stdout), stderr: open(rawFiles.stderr), timing: open(rawFiles.timing) };
}

function writeRun({ run, folder, version, seen, kept, dropped }: Followed): void {
	const { tool, provider, values, limit, scope, narrowing } = run.request;
	replaceFile(join(folder, 'run.json'), {
		tool: tool.name,
		provider: provider.via,
		...(provider.kept ? { kept: provider.kept.as } : {}),
		...(version === undefined ? {} : { version }),
		argv: run.argv,
		...(run.input === undefined ? {} : { input: scriptFile }),
		target: scope.target.name,
		narrowing,
		params: values,
		limit,
		started: new Date(run.startedAt).toISOString(),
		bytesNotKept: run.state.state === 'ended' ? seen - kept : 0,
		...(dropped > 0 ? { bytesDropped: dropped } : {}),
		...summaryOf(run),
	});
}

function summaryOf(run: Run) {
	const { processSeconds, bpfSeconds } = run.cost;
	return {
		state: run.state,
		seconds: run.seconds,
		rows: run.table.total,
		evidence: run.judgement,
		cost: { processSeconds, bpfSeconds },
	};
}

/** Two consoles may start within the same second. */
export function makeFolder(parent: string, stamp: string): string {
	makeFolders(parent);
	for (let n = 1; ; n++) {
		const folder = join(parent, n === 1 ? stamp : `${stamp}-${n}`);
		try {
			mkdirSync(folder);
			return folder;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
	}
}

function writeAll(file: number, bytes: Buffer): void {
	for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}
