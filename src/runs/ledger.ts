import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readText } from '../host/host.ts';

export interface Change {
	path: string;
	old: string;
	new: string;
}

/**
 * Every change made to the host, with its old value. Each is undone when the
 * last that asked for it lets go; if the console is killed outright, a small
 * guardian process outlives it just long enough to undo the change.
 */
export class Ledger {
	private readonly held = new Map<string, { change: Change; holders: number; guardian: ChildProcess | undefined }>();
	private readonly onChange: (change: Change, what: 'made' | 'undone') => void;

	constructor(onChange: (change: Change, what: 'made' | 'undone') => void = () => {}) {
		this.onChange = onChange;
	}

	/** Sets a kernel setting while it is needed. A setting that stands right already, or may not be written, is left alone. */
	hold(path: string, value: string): () => void {
		const known = this.held.get(path);
		if (known) known.holders++;
		else if (!this.make(path, value)) return () => {};
		let released = false;
		return () => {
			if (released) return;
			released = true;
			this.release(path);
		};
	}

	undoAll(): void {
		for (const path of this.held.keys()) this.undo(path);
	}

	changes(): Change[] {
		return [...this.held.values()].map(({ change }) => change);
	}

	private make(path: string, value: string): boolean {
		const old = readText(path)?.trim();
		if (old === undefined || old === value) return false;
		const guardian = startGuardian(path, old);
		try {
			writeFileSync(path, value);
		} catch {
			dismiss(guardian);
			return false;
		}
		const change = { path, old, new: value };
		this.held.set(path, { change, holders: 1, guardian });
		this.onChange(change, 'made');
		return true;
	}

	private release(path: string): void {
		const entry = this.held.get(path);
		if (entry && --entry.holders === 0) this.undo(path);
	}

	private undo(path: string): void {
		const entry = this.held.get(path);
		if (!entry) return;
		this.held.delete(path);
		try {
			writeFileSync(path, entry.change.old);
			this.onChange(entry.change, 'undone');
		} catch {
			// The guardian, which is still there, is the second try.
			return;
		}
		dismiss(entry.guardian);
	}
}

/** Waits for the end of its input, which comes when the console ends in whatever way, and writes the old value back. */
function startGuardian(path: string, old: string): ChildProcess | undefined {
	const guardian = spawn('/bin/sh', ['-c', 'cat >/dev/null; printf %s "$1" >"$2"', 'bpftools-guardian', old, path], {
		stdio: ['pipe', 'ignore', 'ignore'],
		detached: true,
	});
	guardian.on('error', () => {});
	guardian.unref();
	return guardian.pid === undefined ? undefined : guardian;
}

function dismiss(guardian: ChildProcess | undefined): void {
	if (guardian?.pid === undefined) return;
	try {
		process.kill(-guardian.pid, 'SIGKILL');
	} catch {
		// It has ended already.
	}
}
