import {
	appendFileSync,
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	renameSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { stateFolder } from '../host/state-folder.ts';
import type { Run } from '../runs/run.ts';
import type { ShownRun } from '../runs/shown-run.ts';

export const formatVersion = 1;

/** Raw output of one run beyond this is shown and not kept; the run's record says so. */
const mostBytesPerRun = 256 * 1024 * 1024;

/** What a run's program was given to read: argv and this file are all that it takes to run it again. */
const scriptFile = 'script.bt';

export interface SessionFile {
	format: number;
	program: string;
	host: Record<string, unknown>;
	target: string;
	started: string;
	ended: string | null;
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
	events = 0;
	private readonly session: SessionFile;
	private runs = 0;
	/** Held open for as long as it is written, for others to see (src/session/writer.ts). */
	private held: number | undefined;
	private readonly folders = new WeakMap<ShownRun, string>();

	constructor(parent: string, about: Pick<SessionFile, 'host' | 'target' | 'program'>) {
		const started = new Date();
		const stamp = started.toISOString().slice(0, 19).replaceAll(':', '-');
		this.folder = makeFolder(parent, stamp);
		this.session = { format: formatVersion, ...about, started: started.toISOString(), ended: null };
		this.writeSession();
		this.guard(() => {
			this.held = openSync(this.folder, 'r');
		});
	}

	event(type: string, data: object = {}): void {
		this.guard(() => {
			const line = `${JSON.stringify({ at: new Date().toISOString(), type, ...data })}\n`;
			appendFileSync(join(this.folder, 'events.ndjson'), line);
			this.events++;
		});
	}

	/** Follows a run to its end. Returns the run's folder inside the session. */
	follow(run: Run): string {
		const number = String(++this.runs).padStart(2, '0');
		const name = join('runs', `${number}-${run.request.tool.name}`);
		const folder = join(this.folder, name);
		this.folders.set(run, folder);
		this.guard(() => mkdirSync(folder, { recursive: true }));
		this.writeRun(folder, run, 0);
		const { input } = run;
		if (input !== undefined) this.guard(() => writeFileSync(join(folder, scriptFile), input));
		this.event('run-started', { run: name, argv: run.argv });
		const files = this.openRunFiles(folder);
		let kept = 0;
		let seen = 0;
		run.onBytes((stream, bytes) => {
			const at = Date.now() - run.startedAt;
			seen += bytes.length;
			if (!files || kept + bytes.length > mostBytesPerRun) return;
			this.guard(() => {
				writeAll(files[stream], bytes);
				writeAll(files.timing, Buffer.from(`${JSON.stringify({ ms: at, stream, bytes: bytes.length })}\n`));
				kept += bytes.length;
			});
		});
		this.keepHandedOver(run, folder);
		void run.ended.then(() => {
			if (files) for (const file of Object.values(files)) closeSync(file);
			this.writeRun(folder, run, seen - kept);
			this.event('run-ended', { run: name, ...summaryOf(run) });
		});
		return name;
	}

	/** Puts a file beside what is kept of a run. Returns its path, or undefined when recording has stopped. */
	keep(run: ShownRun, name: string, text: string): string | undefined {
		const path = join(this.folders.get(run) ?? this.folder, name);
		this.guard(() => writeFileSync(path, text));
		if (this.failure) return undefined;
		this.event('saved', { file: relative(this.folder, path) });
		return path;
	}

	/** The file that is kept of what a run's tool wrote for a second program. */
	keptOf(run: ShownRun): string | undefined {
		const [folder, { kept }] = [this.folders.get(run), run.request.provider];
		const path = folder && kept && join(folder, kept.as);
		return path && existsSync(path) ? path : undefined;
	}

	/** A run's folder inside the session. */
	nameOf(run: ShownRun): string {
		return relative(this.folder, this.folders.get(run) ?? this.folder);
	}

	close(): void {
		this.session.ended = new Date().toISOString();
		this.writeSession();
		if (this.held !== undefined) closeSync(this.held);
		this.held = undefined;
	}

	private openRunFiles(folder: string): { stdout: number; stderr: number; timing: number } | undefined {
		let files: { stdout: number; stderr: number; timing: number } | undefined;
		this.guard(() => {
			files = {
				stdout: openSync(join(folder, 'output.log'), 'a'),
				stderr: openSync(join(folder, 'stderr.log'), 'a'),
				timing: openSync(join(folder, 'timing.ndjson'), 'a'),
			};
		});
		return files;
	}

	private keepHandedOver(run: Run, folder: string): void {
		const { kept } = run.request.provider;
		if (!kept) return;
		let left = mostBytesPerRun;
		this.guard(() => {
			const file = openSync(join(folder, kept.as), 'a');
			run.onHandedOver((bytes) => {
				left -= bytes.length;
				if (left >= 0) this.guard(() => writeAll(file, bytes));
			});
			void run.ended.then(() => closeSync(file));
		});
	}

	private writeSession(): void {
		this.guard(() => replaceFile(join(this.folder, 'session.json'), this.session));
	}

	private writeRun(folder: string, run: Run, bytesNotKept: number): void {
		const { tool, provider, values, limit, scope, narrowing } = run.request;
		this.guard(() =>
			replaceFile(join(folder, 'run.json'), {
				tool: tool.name,
				provider: provider.via,
				argv: run.argv,
				...(run.input === undefined ? {} : { input: scriptFile }),
				target: scope.target.name,
				narrowing,
				params: values,
				limit,
				started: new Date(run.startedAt).toISOString(),
				bytesNotKept,
				...summaryOf(run),
			}),
		);
	}

	private guard(write: () => void): void {
		if (this.failure) return;
		try {
			write();
		} catch (error) {
			this.failure = (error as Error).message;
		}
	}
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
	mkdirSync(parent, { recursive: true });
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

/** The old file or the new one, never half of either. */
function replaceFile(path: string, content: unknown): void {
	writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`);
	renameSync(`${path}.new`, path);
}

function writeAll(file: number, bytes: Buffer): void {
	for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}
