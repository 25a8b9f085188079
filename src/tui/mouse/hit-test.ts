import { gridColumnAt } from '../Checklist.tsx';
import type { Layout, Tile } from '../layout.ts';
import type { State } from '../state.ts';

/** What is drawn at a place. Lines count from the first line of the part that they are in. */
export type Hit =
	| { kind: 'checklist-cell'; row: number; column: number }
	| { kind: 'tools'; line: number }
	| { kind: 'pane'; tile: Tile; line: number; x: number }
	| { kind: 'nothing' };

/** The line of the grid's titles. */
const gridTitles = 1;

/** The place is counted from the upper left corner of what the header and the line of keys leave. */
export function hitTest(layout: Layout, { resources }: Pick<State, 'resources'>, x: number, y: number): Hit {
	const tile = layout.columns.flat().find((tile) => isIn(tile, x, y));
	if (tile) return { kind: 'pane', tile, line: y - tile.y, x: x - tile.x };
	if (x < 0 || y < 0 || x >= layout.left) return { kind: 'nothing' };
	const row = y - gridTitles;
	if (row >= 0 && row < resources.length) {
		const column = gridColumnAt(layout.left, x);
		return column === undefined ? { kind: 'nothing' } : { kind: 'checklist-cell', row, column };
	}
	// Under the grid: the way through it in one line, why, and the tools.
	const line = y - (gridTitles + resources.length + 1 + layout.why);
	return line >= 0 && line < layout.tools ? { kind: 'tools', line } : { kind: 'nothing' };
}

function isIn(tile: Tile, x: number, y: number): boolean {
	return x >= tile.x && x < tile.x + tile.width && y >= tile.y && y < tile.y + tile.height;
}

/** The word of a header line that is nearest to this place: words are apart by two blanks, and none has one in it. */
export function wordAt(header: string, x: number): string | undefined {
	const words = [...header.matchAll(/\S+/g)].map((match) => ({ word: match[0], from: match.index }));
	const distance = ({ word, from }: (typeof words)[number]) => Math.max(from - x, x - (from + word.length - 1), 0);
	return words.toSorted((a, b) => distance(a) - distance(b))[0]?.word;
}
