/** Where in a text something was found: from, and up to. */
export type Found = readonly [from: number, to: number];

export interface Search {
	matches(text: string): boolean;
	/** Every place, in order. */
	places(text: string): Found[];
}

/**
 * A text anywhere, whatever its case, or a regular expression between slashes.
 * Undefined for no text; a sentence for an expression that is none.
 */
export function searchFor(text: string): Search | string | undefined {
	if (text === '' || text === '/') return undefined;
	try {
		const source = /^\/(.+?)\/?$/.exec(text)?.[1] ?? escaped(text);
		const pattern = new RegExp(source, 'giu');
		return { matches: (where) => placesOf(where, pattern).length > 0, places: (where) => placesOf(where, pattern) };
	} catch (error) {
		return (error as Error).message;
	}
}

/** A search that finds nothing, where the text is no search. */
export function searchOrNone(text: string): Search | undefined {
	const search = searchFor(text);
	return typeof search === 'string' ? undefined : search;
}

function placesOf(text: string, pattern: RegExp): Found[] {
	const places: Found[] = [];
	// An expression that matches nothing at all, as x* does, marks nothing.
	for (const { index, 0: match } of text.matchAll(pattern))
		if (match !== '') places.push([index, index + match.length]);
	return places;
}

function escaped(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
