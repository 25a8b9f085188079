import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { printable } from '../host/printable.ts';
import { stateFolder } from '../host/state-folder.ts';
import { scriptOf } from './script.ts';
import type { Provider, Tool } from './tool.ts';

/** One way to run a tool that failed on one kernel, with one build of its program. */
interface Failure {
	tool: string;
	via: string;
	kernel: string;
	program: string;
	/** Tells a program from its later builds. */
	size: number;
	modified: number;
	/** Tells a catalog entry from its later versions: of its command line and script. */
	entry: string;
	why: string;
	at: string;
}

const mostKept = 200;

/**
 * The providers that were seen to fail here though all that they need is there:
 * distributions' tools lag behind kernels. It is only an aid: what can't be
 * read or written is as good as empty.
 */
export class KnownFailures {
	private readonly kernel: string;
	private readonly file: string;
	private known: Failure[];

	constructor(kernel: string, file = join(stateFolder(), 'failures.json')) {
		this.kernel = kernel;
		this.file = file;
		this.known = this.read();
	}

	/** Why not to try it again, with the date. */
	reasonAgainst(tool: Tool, provider: Provider, program: string): string | undefined {
		const same = this.known.find((failure) => this.isOf(failure, tool, provider, program));
		return same && printable(`it failed here on ${same.at.slice(0, 10)}: ${same.why}`);
	}

	/** A lasting failure is kept for later consoles; any other counts in this one only. */
	add(tool: Tool, provider: Provider, program: string, why: string, lasting: boolean): void {
		const { size, modified } = buildOf(program);
		const failure: Failure = {
			...{ tool: tool.name, via: provider.via, kernel: this.kernel },
			...{ program, size, modified, entry: entryOf(tool, provider) },
			why: why.slice(0, 200),
			at: new Date().toISOString(),
		};
		this.known = [...this.known.filter((other) => !this.isOf(other, tool, provider, program)), failure];
		if (lasting) this.write((kept) => [...kept.filter((other) => !this.isOf(other, tool, provider, program)), failure]);
	}

	/** It works after all. */
	remove(tool: Tool, provider: Provider, program: string): void {
		const rest = (failures: Failure[]) => failures.filter((other) => !this.isOf(other, tool, provider, program));
		if (rest(this.known).length === this.known.length) return;
		this.known = rest(this.known);
		this.write(rest);
	}

	private isOf(failure: Failure, tool: Tool, provider: Provider, program: string): boolean {
		if (failure.tool !== tool.name || failure.via !== provider.via || failure.kernel !== this.kernel) return false;
		const { size, modified } = buildOf(program);
		return (
			failure.program === program &&
			failure.size === size &&
			failure.modified === modified &&
			failure.entry === entryOf(tool, provider)
		);
	}

	private read(): Failure[] {
		try {
			const content: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
			return Array.isArray(content) ? content.filter(isFailure) : [];
		} catch {
			return [];
		}
	}

	/** Another console may have written since. */
	private write(change: (kept: Failure[]) => Failure[]): void {
		const unfinished = `${this.file}.${process.pid}`;
		try {
			mkdirSync(dirname(this.file), { recursive: true });
			writeFileSync(unfinished, `${JSON.stringify(change(this.read()).slice(-mostKept), null, '\t')}\n`);
			renameSync(unfinished, this.file);
		} catch {
			// A disk that is full or read-only costs no more than a second try.
		}
	}
}

function isFailure(value: unknown): value is Failure {
	const texts = ['tool', 'via', 'kernel', 'program', 'entry', 'why', 'at'];
	const numbers = ['size', 'modified'];
	if (typeof value !== 'object' || value === null) return false;
	const has = (name: string, type: string) => typeof (value as Record<string, unknown>)[name] === type;
	return texts.every((name) => has(name, 'string')) && numbers.every((name) => has(name, 'number'));
}

function buildOf(program: string): { size: number; modified: number } {
	const { size = 0, mtimeMs = 0 } = statSync(program, { throwIfNoEntry: false }) ?? {};
	return { size, modified: Math.round(mtimeMs) };
}

function entryOf(tool: Tool, provider: Provider): string {
	const script = provider.script === undefined ? '' : scriptOf(tool, provider);
	const words = JSON.stringify([provider.run, provider.args, provider.through, script]);
	return createHash('sha256').update(words).digest('hex').slice(0, 16);
}
