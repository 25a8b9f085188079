import type { Column } from '../../catalog/tool.ts';
import type { Row } from '../../output/reader.ts';
import { cut, fitTo, widthOf } from '../../table/fit.ts';
import { alignsRight, formatCell } from '../../table/format-cell.ts';
import { glyphs } from '../theme.ts';

const widestText = 40;

export interface TableLines {
	header: string;
	rows: string[];
}

/** The rows in sight as lines of this width. The last column takes what the others leave. */
export function tableLines(
	columns: readonly Column[],
	rows: readonly Row[],
	width: number,
	sort: { by: string | undefined; reverse: boolean },
): TableLines {
	const names = columns.map(({ name, type }) => name + sortMark(name, alignsRight(type), sort));
	const texts = rows.map((row) => columns.map(({ type }, index) => formatCell(row.cell(index), type)));
	const widths = columns.map((_, index) => {
		const widest = Math.max(widthOf(names[index] ?? ''), ...texts.map((cells) => widthOf(cells[index] ?? '')));
		return index === columns.length - 1 ? widest : Math.min(widest, widestText);
	});
	const line = (cells: string[]) => {
		const fitted = columns.map(({ type }, index) =>
			fitTo(cells[index] ?? '', widths[index] ?? 0, alignsRight(type) ? 'right' : 'left'),
		);
		return fitTo(cut(fitted.join('  '), width), width);
	};
	return { header: line(names), rows: texts.map(line) };
}

/** Numbers come largest first unless reversed, texts the other way around. */
function sortMark(
	name: string,
	numeric: boolean,
	{ by, reverse }: { by: string | undefined; reverse: boolean },
): string {
	if (name !== by) return '';
	return numeric === reverse ? glyphs.up : glyphs.down;
}
