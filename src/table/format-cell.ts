import type { ColumnType } from '../catalog/column-types.ts';
import { isNumeric } from '../output/cells.ts';
import type { Cell } from '../output/reader.ts';

/** The only place where a typed value becomes text for people. */
export function formatCell(cell: Cell, type: ColumnType): string {
	if (cell === null || cell === undefined) return '-';
	if (typeof cell === 'string') return cell;
	switch (type) {
		case 'bytes':
			return formatBytes(cell);
		case 'kilobytes':
			return formatBytes(cell * 1024);
		case 'percent':
			return cell.toFixed(1);
		case 'seconds':
			return formatSeconds(cell);
		case 'milliseconds':
			return formatSeconds(cell / 1e3);
		case 'microseconds':
			return formatSeconds(cell / 1e6);
		case 'float':
			return Number.isInteger(cell) ? String(cell) : cell.toFixed(2);
		default:
			return String(cell);
	}
}

export function formatBytes(bytes: number): string {
	const units = ['B', 'K', 'M', 'G', 'T', 'P'];
	let value = bytes;
	let unit = 0;
	// What would be rounded to 1024 is one of the next unit.
	while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	return unit === 0 ? `${value}` : `${value < 10 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

/** Three figures are what a glance takes in: 840us, 12.4ms, 3.02s, 5m10s. */
export function formatSeconds(seconds: number): string {
	const size = Math.abs(seconds);
	if (size === 0) return '0';
	if (size < 999.5e-6) return `${threeFigures(seconds * 1e6)}us`;
	if (size < 0.9995) return `${threeFigures(seconds * 1e3)}ms`;
	if (size < 59.95) return `${threeFigures(seconds)}s`;
	const whole = Math.round(seconds);
	if (Math.abs(whole) < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
	return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}

function threeFigures(value: number): string {
	const size = Math.abs(value);
	if (Math.abs(value - Math.round(value)) < 1e-9) return String(Math.round(value));
	return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function alignsRight(type: ColumnType): boolean {
	return isNumeric(type);
}
