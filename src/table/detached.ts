import type { Cell } from '../output/reader.ts';

/** A text cut out of a chunk of output keeps the whole chunk in memory; a copy does not. */
export function detached<C extends Cell>(cell: C): C {
	return typeof cell === 'string' ? (Buffer.from(cell).toString() as C) : cell;
}
