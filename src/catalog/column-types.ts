/** Numbers whose sum, average and largest value say something. */
export const measuredTypes = [
	'int',
	'float',
	'percent',
	'bytes',
	'kilobytes',
	'seconds',
	'milliseconds',
	'microseconds',
] as const;

/** How a cell reads and prints. All but text and time are numbers; an id is one that names something (a pid, a port) and is never added up. */
export const columnTypes = ['text', 'time', 'id', ...measuredTypes] as const;

export type ColumnType = (typeof columnTypes)[number];
