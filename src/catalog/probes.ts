/** A probe of a script of ours: "kprobe:old_name|new_name" where its name changed between kernels. */
export interface Probe {
	kind: string;
	/** As in the tool's needs: functions, or subsystem/event. */
	entry: string;
	/** Its block reads the function's arguments by their place. */
	readsArguments: boolean;
}

interface PlacedProbe extends Probe {
	start: number;
	end: number;
}

/** One block: the probes that stand before it, and its text from the first of them to its closing brace. */
interface Block {
	probes: PlacedProbe[];
	end: number;
}

// Comments and strings may hold anything; what else matters are braces, probes and arguments.
const token = /\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|[{}]|\barg\d\b|\b([a-z]+):[^\s,{/"]+/g;

function blocksOf(script: string): Block[] {
	const blocks: Block[] = [];
	let probes: PlacedProbe[] = [];
	let depth = 0;
	for (const { 0: text, 1: kind, index } of script.matchAll(token)) {
		if (text === '{') depth++;
		else if (text === '}') {
			depth--;
			if (depth === 0 && probes.length > 0) blocks.push({ probes, end: index + 1 });
			if (depth === 0) probes = [];
		} else if (text.startsWith('arg') && kind === undefined) for (const probe of probes) probe.readsArguments = true;
		else if (kind !== undefined && depth === 0) {
			const name = text.slice(kind.length + 1);
			const entry = kind === 'tracepoint' ? name.replaceAll(':', '/') : name;
			probes.push({ entry, kind, readsArguments: false, start: index, end: index + text.length });
		}
	}
	return blocks;
}

export function probesOf(script: string): Probe[] {
	return blocksOf(script).flatMap(({ probes }) => probes);
}

/** The script with other names for its probes. A probe that has none is left out, and so is a block without probes. */
export function withNames(script: string, names: Map<string, string[]>): string {
	let text = script;
	for (const { probes, end } of blocksOf(script).reverse()) {
		const [first, last] = [probes[0] as PlacedProbe, probes.at(-1) as PlacedProbe];
		const before = probes.map(({ start, end }) => script.slice(start, end));
		const after = probes.flatMap(({ kind, entry }, index) => {
			const found = names.get(entry);
			return found ? found.map((name) => `${kind}:${name.replace('/', ':')}`) : [before[index] as string];
		});
		if (after.join() === before.join()) continue;
		text = text.slice(0, first.start) + (after.length ? after.join(', ') + text.slice(last.end) : text.slice(end));
	}
	return text;
}
