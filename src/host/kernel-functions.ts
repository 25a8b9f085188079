import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';

/** How a function can be probed that was asked for by its name in the kernel's source. */
export interface KernelFunction {
	/** That name; or those that a compiler gave the function, or its copies, when it changed them: x.isra.0, x.constprop.1. */
	names: string[];
	/** Why there are none: it may not be traced, or several functions have that name. */
	hindrance: 'untraceable' | 'ambiguous' | undefined;
}

/** Functions by the names they were asked for. One that the kernel does not have is not in the answer. */
export type FunctionLookup = (names: string[]) => Map<string, KernelFunction>;

/** The symbols are some ten megabytes, so each name is looked up once, and names asked for together in one reading. */
export function functionLookup(host: Host, tracefs: string | undefined): FunctionLookup {
	const known = new Map<string, KernelFunction | undefined>();
	return (names) => {
		const asked = new Set(names.filter((name) => !known.has(name)));
		const found = asked.size > 0 ? lookUp(host, tracefs, asked) : undefined;
		for (const name of asked) known.set(name, found?.get(name));
		const answer = new Map<string, KernelFunction>();
		for (const name of names) {
			const entry = known.get(name);
			if (entry) answer.set(name, entry);
		}
		return answer;
	};
}

interface KernelSymbol {
	name: string;
	/** How many functions have this very name. */
	count: number;
	/** The function has another name too, and other lists may know it by that one. */
	aliased: boolean;
}

function lookUp(host: Host, tracefs: string | undefined, asked: Set<string>): Map<string, KernelFunction> {
	const found = readSymbols(join(host.proc, 'kallsyms'), asked);
	const names = new Set([...found.values()].flat().map(({ name }) => name));
	const traceable = tracefs && listed(join(tracefs, 'available_filter_functions'), names);
	const refused = listed(join(host.sys, 'kernel/debug/kprobes/blacklist'), names);
	const mayBeTraced = ({ name, aliased }: KernelSymbol) =>
		!refused?.has(name) && (!traceable || aliased || traceable.has(name));
	const judge = (symbols: KernelSymbol[]): KernelFunction => {
		// Of a function's copies, all or none: who probes some of them misses calls without knowing it.
		if (!symbols.every(mayBeTraced)) return { names: [], hindrance: 'untraceable' };
		// The kernel refuses a probe on a name that fits several functions.
		if (symbols.some(({ count }) => count > 1)) return { names: [], hindrance: 'ambiguous' };
		return { names: symbols.map(({ name }) => name), hindrance: undefined };
	};
	return new Map([...found].map(([name, symbols]) => [name, judge(symbols)]));
}

/** What follows the name of a function that is still whole; .cold and .part.0 are pieces of one. */
const renaming = /^(\.(isra|constprop|llvm)\.\d+)+$/;

const [tab, newline, blank, dot] = [0x09, 0x0a, 0x20, 0x2e];

/** The function under its name in the source; only where there is none, what a compiler made of it. */
function readSymbols(path: string, asked: Set<string>): Map<string, KernelSymbol[]> {
	const match = matcher(asked);
	const found = new Map<string, Map<string, KernelSymbol>>();
	let width = 0;
	let address = 0;
	let last: KernelSymbol | undefined;
	// "ffffffffc0a2f0f0 t vhost_vq_reset.isra.0	[vhost]", in the order of addresses.
	eachLine(path, (bytes, start, end) => {
		width ||= bytes.indexOf(blank, start) - start;
		const before = address;
		address = lowHalf(bytes, start + width);
		if (last && address === before) last.aliased = true;
		last = undefined;
		const nameStart = start + width + 3;
		const name = match(bytes, nameStart, end);
		if (name === undefined || !isCode(bytes[start + width + 1])) return;
		const whole = bytes.toString('latin1', nameStart, endOfName(bytes, nameStart, end));
		if (whole !== name && !renaming.test(whole.slice(name.length))) return;
		const symbols = found.get(name) ?? new Map<string, KernelSymbol>();
		last = symbols.get(whole) ?? { name: whole, count: 0, aliased: address === before };
		last.count++;
		found.set(name, symbols.set(whole, last));
	});
	return new Map(
		[...found].map(([name, symbols]) => {
			const own = symbols.get(name);
			return [name, own ? [own] : [...symbols.values()]];
		}),
	);
}

function isCode(type: number | undefined): boolean {
	return type !== undefined && 'tTwW'.includes(String.fromCharCode(type));
}

/** The last eight digits of an address, which tell neighbours apart. Hidden addresses are all alike. */
function lowHalf(bytes: Buffer, end: number): number {
	let value = 0;
	for (let at = end - 8; at < end; at++) {
		const digit = bytes[at] as number;
		value = (value << 4) | ((digit & 15) + (digit >> 6) * 9);
	}
	return value;
}

/** Which of these names a list has, whose lines are "NAME [module]" or "ADDRESSES	NAME". Undefined when it may not be read. */
function listed(path: string, names: Set<string>): Set<string> | undefined {
	const found = new Set<string>();
	const match = matcher(new Set([...names].map((name) => name.split('.')[0] ?? name)));
	const readable = eachLine(path, (bytes, start, end) => {
		const nameStart = bytes[start] === 0x30 ? bytes.indexOf(tab, start) + 1 : start;
		if (match(bytes, nameStart, end) === undefined) return;
		const whole = bytes.toString('latin1', nameStart, endOfName(bytes, nameStart, end));
		if (names.has(whole)) found.add(whole);
	});
	return readable ? found : undefined;
}

function endOfName(bytes: Buffer, start: number, end: number): number {
	let at = start;
	while (at < end && bytes[at] !== tab && bytes[at] !== blank) at++;
	return at;
}

/** Finds names among bytes without making text of each: up to a dot, or what ends a name. */
function matcher(names: Set<string>): (bytes: Buffer, start: number, end: number) => string | undefined {
	const byHash = new Map<number, string[]>();
	for (const name of names) {
		const hash = [...Buffer.from(name, 'latin1')].reduce(mix, 0);
		byHash.set(hash, [...(byHash.get(hash) ?? []), name]);
	}
	return (bytes, start, end) => {
		let hash = 0;
		let at = start;
		for (; at < end; at++) {
			const byte = bytes[at] as number;
			if (byte === dot || byte === tab || byte === blank) break;
			hash = mix(hash, byte);
		}
		const candidates = byHash.get(hash);
		return candidates?.find((name) => name === bytes.toString('latin1', start, at));
	};
}

const mix = (hash: number, byte: number) => (Math.imul(hash, 31) + byte) | 0;

type Visit = (bytes: Buffer, start: number, end: number) => unknown;

/** Reads a file through one small buffer, until it ends or `visit` answers false. False when it may not be read. */
function eachLine(path: string, visit: Visit): boolean {
	let file: number;
	try {
		file = openSync(path, 'r');
	} catch {
		return false;
	}
	try {
		const buffer = Buffer.allocUnsafe(64 * 1024);
		let held = 0;
		for (;;) {
			const read = readSync(file, buffer, held, buffer.length - held, null);
			const filled = held + read;
			let start = 0;
			for (let end = buffer.indexOf(newline); end >= 0 && end < filled; end = buffer.indexOf(newline, start)) {
				if (visit(buffer, start, end) === false) return true;
				start = end + 1;
			}
			if (read === 0) return true;
			held = filled - start;
			// A line longer than the buffer is no symbol.
			if (held === buffer.length) held = 0;
			else buffer.copyWithin(0, start, filled);
		}
	} catch {
		return false;
	} finally {
		closeSync(file);
	}
}

/** Whether this process is shown where the kernel's symbols are. Otherwise all of them stand at address 0. */
export function symbolsAreVisible(host: Host): boolean {
	let visible = false;
	eachLine(join(host.proc, 'kallsyms'), (bytes, start) => {
		visible ||= /^0*[1-9a-f]/.test(bytes.toString('latin1', start, bytes.indexOf(blank, start)));
		return !visible;
	});
	return visible;
}
