import type { Column } from '../../catalog/tool.ts';
import type { Row } from '../../output/reader.ts';
import { cut, fitTo, widthOf } from '../../table/fit.ts';
import { alignsRight, formatCell } from '../../table/format-cell.ts';
import { glyphs } from '../theme.ts';

const widestText = 40;
const gap = 2;

export interface TableLines {
	header: string;
	rows: string[];
}

/** The rows in sight as lines of this width. Where they end, a text is cut, but never a number: 100 would become 10. */
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
	const ends = widths.map((_, index) => widths.slice(0, index + 1).reduce((sum, wide) => sum + wide + gap, -gap));
	const line = (cells: string[], isHeader: boolean) => {
		const fitted = columns.map(({ type }, index) => {
			const right = alignsRight(type);
			const isWhole = !right || isHeader || index === 0 || (ends[index] ?? 0) <= width;
			return fitTo(
				isWhole ? (cells[index] ?? '') : glyphs.more,
				widths[index] ?? 0,
				isWhole && right ? 'right' : 'left',
			);
		});
		return fitTo(cut(fitted.join(' '.repeat(gap)), width), width);
	};
	return { header: line(names, true), rows: texts.map((cells) => line(cells, false)) };
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
