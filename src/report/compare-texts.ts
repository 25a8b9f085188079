/** A text, of which lines between its ends may have been left out. */
export interface Ends {
	first: readonly string[];
	last: readonly string[];
	total: number;
}

/** Lines that only one side has, whatever their numbers; of long texts their ends only. */
export interface TextChanges {
	onlyInA: string[];
	onlyInB: string[];
	/** Whether lines between the ends were left out. */
	isCut: boolean;
}

export function compareTexts(a: Ends, b: Ends): TextChanges {
	const isCut = [a, b].some(({ first, last, total }) => total > first.length + last.length);
	return { onlyInA: linesNotIn(a, b), onlyInB: linesNotIn(b, a), isCut };
}

/** Each once. */
function linesNotIn(lines: Ends, others: Ends): string[] {
	const known = new Set(linesOf(others).map(withoutNumbers));
	return linesOf(lines).filter((line) => {
		const words = withoutNumbers(line);
		if (words === '' || known.has(words)) return false;
		known.add(words);
		return true;
	});
}

function linesOf({ first, last }: Ends): string[] {
	return [...first, ...last];
}

/** Times, pids and amounts differ from one moment to the next; what is said of them does not. */
function withoutNumbers(line: string): string {
	return line
		.replace(/\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b/g, '#')
		.replace(/\s+/g, ' ')
		.replace(/ ?# ?/g, '#')
		.trim();
}
