import type { Row } from '../output/reader.ts';

/** A column's value in each interval: the sum over the rows that are chosen, null where none of them has one. */
export function seriesOf(
	intervals: readonly { rows: readonly Row[] }[],
	column: number,
	chosen: (row: Row) => boolean = () => true,
): (number | null)[] {
	return intervals.map(({ rows }) => {
		let sum: number | null = null;
		for (const row of rows) {
			const cell = chosen(row) ? row.cell(column) : null;
			if (typeof cell === 'number' && Number.isFinite(cell)) sum = (sum ?? 0) + cell;
		}
		return sum;
	});
}
