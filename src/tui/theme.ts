import type { Verdict } from '../checks/check.ts';
import type { Badge } from '../runs/evidence.ts';
import type { Finding } from './state.ts';

/** Every colour once, by meaning. A colour only repeats what a mark or word says already. */
const colors = {
	ok: 'green',
	warn: 'yellow',
	bad: 'red',
	unknown: 'gray',
	quiet: 'gray',
	accent: 'cyan',
} as const;

export type Tone = keyof typeof colors;

/** https://no-color.org */
const colorless = Boolean(process.env.NO_COLOR);

export function color(tone: Tone): { color?: string } {
	return paint(tone, look);
}

export function paint(tone: Tone, { colors: has }: Look): { color?: string } {
	return has ? { color: colors[tone] } : {};
}

/** A console without UTF-8 shows boxes where it should show marks. */
const utf8 = /utf-?8/i.test(process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || 'utf-8');

/** What a terminal can show. */
export interface Look {
	utf8: boolean;
	colors: boolean;
}

export const look: Look = { utf8, colors: !colorless };

export const marks: Record<Verdict, string> = utf8
	? { ok: '✓', warn: '!', bad: '✗', unknown: '?' }
	: { ok: '.', warn: '!', bad: 'X', unknown: '?' };

/** What the user has said of a cell; ASCII, to be told from a verdict at once. */
export const findingMarks: Record<Finding, string> = { 'looked at': 'v', suspicious: '*', skipped: '-' };

export const glyphs = utf8
	? { bar: '█', rule: '─', divider: '│', pointer: '▸', down: '▼', up: '▲', dot: '·', more: '›', ellipsis: '…' }
	: { bar: '#', rule: '-', divider: '|', pointer: '>', down: 'v', up: '^', dot: '-', more: '>', ellipsis: '...' };

export const badgeTones: Record<Badge, Tone> = {
	starting: 'quiet',
	complete: 'ok',
	lossy: 'warn',
	partial: 'warn',
	blind: 'bad',
};
