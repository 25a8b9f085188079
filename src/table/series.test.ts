import { expect, test } from 'vitest';
import { rowOf } from '../output/reader.ts';
import { seriesOf } from './series.ts';

const intervals = [
	{ rows: [rowOf(['vda', 1]), rowOf(['vdb', 2])] },
	{ rows: [rowOf(['vdb', 5])] },
	{ rows: [rowOf(['vda', null]), rowOf(['vdb', Number.POSITIVE_INFINITY])] },
	{ rows: [] },
];

test('sums a column over the rows of each interval; what is unknown is no 0', () => {
	expect(seriesOf(intervals, 1)).toEqual([3, 5, null, null]);
});

test('follows one row', () => {
	expect(seriesOf(intervals, 1, (row) => row.cell(0) === 'vda')).toEqual([1, null, null, null]);
});
