import { writeFileSync } from 'node:fs';
import { readText } from '../host/host.ts';
import { Guardian } from './guardian.ts';

export interface Change {
	path: string;
	old: string;
	new: string;
}

/** A setting that somebody needs for now. */
export interface Hold {
	renew(): void;
	release(): void;
}

/**
 * Every change made to the host, with its old value. Each is undone when the
 * last that asked for it lets go; if the console is killed outright, a small
 * guardian process outlives it just long enough to undo the change.
 */
export class Ledger {
	private readonly held = new Map<string, { change: Change; holders: number; guardian: Guardian }>();
	private readonly onChange: (change: Change, what: 'made' | 'undone') => void;

	constructor(onChange: (change: Change, what: 'made' | 'undone') => void = () => {}) {
		this.onChange = onChange;
	}

	/**
	 * Sets a kernel setting while it is needed. One that stands right already, or may not be written, is left
	 * alone; renew() sets it again when another program, done with it, has put it back.
	 */
	hold(path: string, value: string): Hold {
		const known = this.held.get(path);
		let holding = known !== undefined || this.make(path, value);
		if (known) known.holders++;
		return {
			renew: () => {
				if (readText(path)?.trim() === value) return;
				if (this.held.has(path)) this.write(path, value);
				else holding = this.make(path, value);
			},
			release: () => {
				if (holding) this.release(path);
				holding = false;
			},
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
		const guardian = new Guardian('printf %s "$1" >"$2"', old, path);
		if (!this.write(path, value)) {
			guardian.dismiss();
			return false;
		}
		const change = { path, old, new: value };
		this.held.set(path, { change, holders: 1, guardian });
		this.onChange(change, 'made');
		return true;
	}

	private write(path: string, value: string): boolean {
		try {
			writeFileSync(path, value);
			return true;
		} catch {
			return false;
		}
	}

	private release(path: string): void {
		const entry = this.held.get(path);
		if (entry && --entry.holders === 0) this.undo(path);
	}

	private undo(path: string): void {
		const entry = this.held.get(path);
		if (!entry) return;
		this.held.delete(path);
		// Where it fails, the guardian is the second try.
		if (!this.write(path, entry.change.old)) return;
		this.onChange(entry.change, 'undone');
		entry.guardian.dismiss();
	}
}
