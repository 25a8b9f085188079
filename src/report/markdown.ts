import { printable } from '../host/printable.ts';

/** Text that means nothing to a reader of Markdown but itself. */
export function plain(text: string): string {
	return printable(text.toWellFormed())
		.replace(/[\\`*_{}[\]<>#|~&$]/g, '\\$&')
		.replace(/:\/\//g, ':\\//');
}
