import { printable } from '../host/printable.ts';

/** A piece of a page, to stand in it as it is. Only html`` makes one of a text from outside. */
export class Markup {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Markup with parts put in: whatever is not markup itself is text, in an element or between the quotes of an attribute. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Markup {
	return new Markup(texts.map((text, index) => text + textOf(parts[index])).join(''));
}

function textOf(part: Part): string {
	if (part instanceof Markup) return part.text;
	if (typeof part === 'string') return escaped(part);
	if (typeof part === 'number') return String(part);
	return part === undefined ? '' : part.map(textOf).join('');
}

/** Lines stay lines; nothing else of what controls a terminal, turns text around or hides comes through. */
function escaped(text: string): string {
	return text
		.toWellFormed()
		.split('\n')
		.map(printable)
		.join('\n')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
}
