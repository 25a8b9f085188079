import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Host } from '../host/host.ts';
import { effectiveCapabilities, type KernelFeatures } from '../host/kernel-features.ts';
import { printable } from '../host/printable.ts';
import { stateFolder } from '../host/state-folder.ts';
import { scriptOf } from './script.ts';
import type { Provider, Tool } from './tool.ts';

/** One way to run a tool, on one kernel and with these rights. */
interface Attempt {
	tool: string;
	via: string;
	/** Tells a catalog entry from its later versions: of its command line and script. */
	entry: string;
	program: string;
	/** Tells a program from its later builds. */
	size: number;
	modified: number;
	kernel: string;
	capabilities: string;
}

interface Failure extends Attempt {
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
	private readonly here: Pick<Attempt, 'kernel' | 'capabilities'>;
	private readonly file: string;
	private lasting: Failure[];
	/** They count in this console only. */
	private passing: Failure[] = [];

	constructor(host: Host, kernel: KernelFeatures, file = join(stateFolder(), 'failures.json')) {
		this.here = { kernel: kernel.release, capabilities: effectiveCapabilities(host).toString(16) };
		this.file = file;
		this.lasting = this.read();
	}

	/** Why not to try it again, with the date. */
	reasonAgainst(tool: Tool, provider: Provider, program: string): string | undefined {
		const known = [...this.lasting, ...this.passing].filter((failure) => failure.tool === tool.name);
		if (known.length === 0) return undefined;
		const attempt = this.attempt(tool, provider, program);
		const same = known.find((failure) => isSame(failure, attempt));
		return same && printable(`it failed here on ${same.at.slice(0, 10)}: ${same.why}`);
	}

	/** A lasting failure is kept for later consoles; any other may be gone at the next try. */
	add(tool: Tool, provider: Provider, program: string, why: string, lasting: boolean): void {
		const attempt = this.attempt(tool, provider, program);
		const failure = { ...attempt, why: why.slice(0, 200), at: new Date().toISOString() };
		const withIt = (failures: Failure[]) => [...failures.filter((other) => !isSame(other, attempt)), failure];
		if (lasting) this.change(withIt);
		else this.passing = withIt(this.passing);
	}

	/** It works after all. */
	remove(tool: Tool, provider: Provider, program: string): void {
		if (!this.reasonAgainst(tool, provider, program)) return;
		const attempt = this.attempt(tool, provider, program);
		const withoutIt = (failures: Failure[]) => failures.filter((other) => !isSame(other, attempt));
		this.passing = withoutIt(this.passing);
		this.change(withoutIt);
	}

	/** Where all providers have failed, those that may work the next time are worth another try. */
	forgetPassing(tool: Tool): void {
		this.passing = this.passing.filter((failure) => failure.tool !== tool.name);
	}

	private attempt(tool: Tool, provider: Provider, program: string): Attempt {
		const names = { tool: tool.name, via: provider.via, entry: entryOf(tool, provider) };
		return { ...names, program, ...buildOf(program), ...this.here };
	}

	private read(): Failure[] {
		try {
			const content: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
			return Array.isArray(content) ? content.filter(isFailure) : [];
		} catch {
			return [];
		}
	}

	/** Another console may have written to the file since. */
	private change(change: (failures: Failure[]) => Failure[]): void {
		this.lasting = change(this.lasting);
		const unfinished = `${this.file}.${process.pid}`;
		try {
			mkdirSync(dirname(this.file), { recursive: true });
			const kept = change(this.read()).slice(-mostKept);
			writeFileSync(unfinished, `${JSON.stringify(kept, null, '\t')}\n`);
			renameSync(unfinished, this.file);
		} catch {
			// Where nothing can be kept, a later console finds out anew.
		}
	}
}

const attemptKeys = ['tool', 'via', 'entry', 'program', 'size', 'modified', 'kernel', 'capabilities'] as const;

function isSame(a: Attempt, b: Attempt): boolean {
	return attemptKeys.every((key) => a[key] === b[key]);
}

function isFailure(value: unknown): value is Failure {
	if (typeof value !== 'object' || value === null) return false;
	const fields = value as Record<string, unknown>;
	const numbers = ['size', 'modified'];
	return [...attemptKeys, 'why', 'at'].every(
		(key) => typeof fields[key] === (numbers.includes(key) ? 'number' : 'string'),
	);
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
