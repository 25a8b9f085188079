import { join } from 'node:path';
import { readText } from '../host/host.ts';
import type { KernelFeatures } from '../host/kernel-features.ts';

/** SYMBOLS(subsystem/event, field, @map, …) in a script of ours. */
const request = /\bSYMBOLS\((\w+\/\w+), (\w+), (@\w+(?:, @\w+)*)\)/g;

/**
 * What a field's numbers mean changes between kernels; this one's own names for them are put into the script's maps.
 * A field that has several tables of names fills as many maps.
 */
export function withSymbols(script: string, { tracefs }: KernelFeatures): string {
	return script.replace(request, (_, event: string, field: string, maps: string) => {
		const format = tracefs === undefined ? '' : (readText(join(tracefs, 'events', event, 'format')) ?? '');
		const tables = tablesOf(format, field);
		return maps
			.split(', ')
			.flatMap((map, index) => assignments(map, tables[index] ?? []))
			.join(' ');
	});
}

function assignments(map: string, table: [number, string][]): string[] {
	// A map that nothing is ever put into has no type, and bpftrace refuses it.
	if (table.length === 0) return [`${map}[0] = "";`];
	return table.map(([number, name]) => `${map}[${number}] = "${name}";`);
}

function tablesOf(format: string, field: string): [number, string][][] {
	const table = new RegExp(`__print_symbolic\\(REC->${field}\\b[^{]*((?:\\{[^{}]*\\},?\\s*)+)`, 'g');
	return [...format.matchAll(table)].map(([, entries = '']) =>
		[...entries.matchAll(/\{\s*(\w+),\s*"([\w .:/()-]+)"\s*\}/g)].flatMap(([, number, name = '']) =>
			Number.isInteger(Number(number)) ? [[Number(number), name] as [number, string]] : [],
		),
	);
}
