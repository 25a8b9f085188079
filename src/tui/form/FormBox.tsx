import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Tool } from '../../catalog/tool.ts';
import { cut, fitTo, widthOf, wrap } from '../../table/fit.ts';
import { PickList } from '../PickList.tsx';
import type { Overlay } from '../state.ts';
import { color, glyphs, type Tone } from '../theme.ts';
import { type Field, type Form, isPicked, matches, problemOf } from './form.ts';
import type { Preview } from './form-actions.ts';

interface Props {
	overlay: Overlay & { kind: 'form' };
	width: number;
	height: number;
}

interface Line {
	text: string;
	tone?: Tone;
	bold?: boolean;
	/** Where the cursor's value stands in the text. */
	value?: { from: number; to: number; replaced: boolean };
	/** It belongs to what has the cursor, and stays in sight. */
	here?: boolean;
}

/**
 *     opensnoop: Files that are opened
 *     ▸ pid       812_          Only this process (Space lists)
 *         what is wrong with it
 *       duration  60            Seconds until it is stopped
 *     Command by libbpf, on host (y copies)
 *     /usr/sbin/opensnoop -p 812
 */
export function FormBox({ overlay: { form, preview }, width, height }: Props) {
	const field = form.fields[form.at];
	if (form.picker && field) {
		const lines = matches(form.picker).map(({ value, text }) => ({ key: value, text }));
		return (
			<PickList
				title={`${form.tool.name} --${field.name} (Enter chooses, letters narrow the list): ${form.picker.filter}_`}
				lines={lines}
				empty={
					form.picker.choices.length === 0 ? (emptyTexts[field.type] ?? 'There is none.') : 'None has that in its name.'
				}
				cursor={form.picker.cursor}
				width={width}
				height={height}
			/>
		);
	}
	const lines = [...headLines(form, width), ...fieldLines(form, width), ...commandLines(form, preview, width)];
	const top = topOf(lines, height, form.scroll);
	const below = lines.length - top - height;
	const shown = lines.slice(top, top + height);
	if (below > 0) shown[shown.length - 1] = { text: `(↓ ${below + 1} more lines)`, tone: 'quiet' };
	return (
		<Box flexDirection="column" width={width} height={height}>
			{shown.map((line, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity than their place.
				<Text key={index} wrap="truncate" bold={line.bold ?? false} {...(line.tone ? color(line.tone) : {})}>
					{marked(line)}
				</Text>
			))}
		</Box>
	);
}

const emptyTexts: Partial<Record<Field['type'], string>> = {
	pid: 'No process can be seen from here.',
	interface: 'No interface of the target can be seen from here.',
	device: 'There is no block device with a size.',
	container: 'No container is seen to run here.',
};

/** The value under the cursor stands out; text at an edge of nothing is left alone, as blanks at the end would be selected with it. */
function marked({ text, value }: Line): ReactNode {
	if (!value) return text || ' ';
	return (
		<>
			{text.slice(0, value.from)}
			<Text inverse={value.replaced}>{text.slice(value.from, value.to)}</Text>
			{value.replaced ? '' : '_'}
			{text.slice(value.to + (value.replaced ? 0 : 1))}
		</>
	);
}

function headLines({ tool }: Form, width: number): Line[] {
	return [
		{ text: cut(`${tool.name}: ${tool.title}`, width), bold: true },
		...wrap(tool.question, width).map((text): Line => ({ text, tone: 'quiet' })),
		{ text: '' },
	];
}

function fieldLines({ tool, fields, at, fresh, tried }: Form, width: number): Line[] {
	const names = Math.max(...fields.map(({ name }) => widthOf(name)), 0);
	const values = Math.min(24, Math.max(10, ...fields.map(({ text }) => widthOf(text) + 2)));
	return fields.flatMap((field, index) => {
		const here = index === at;
		const before = `${here ? glyphs.pointer : ' '} ${fitTo(field.name, names)}  `;
		const shown = shownValue(field, values - 2);
		const hint = `${field.help}${hintOf(tool, field)}`;
		const text = cut(`${before}${fitTo(shown, values)} ${hint}`, width);
		const value = { from: before.length, to: before.length + shown.length, replaced: fresh && field.type !== 'flag' };
		const line: Line = here ? { text, here, ...(field.type === 'flag' ? { bold: true } : { value }) } : { text };
		const problem = tried || field.text !== '' ? problemOf(tool, field) : undefined;
		if (!problem) return [line];
		return [line, ...wrap(problem, width - 4).map((text): Line => ({ text: `    ${text}`, tone: 'bad', here }))];
	});
}

/** The end of what is typed is what one looks at. */
function shownValue({ type, text }: Field, room: number): string {
	if (type === 'flag') return text === 'true' ? '[x]' : '[ ]';
	return widthOf(text) <= room ? text : text.slice(-room);
}

function hintOf({ params }: Tool, { type, name }: Field): string {
	if (type === 'flag') return ' (Space turns it on and off)';
	const param = params[name];
	const needed = param && !param.optional && param.default === undefined ? 'needed' : '';
	const list = isPicked(type) ? 'Space lists them' : '';
	const all = [needed, list].filter(Boolean).join('; ');
	return all ? ` (${all})` : '';
}

function commandLines({ tool, at, fields }: Form, { planned, problem }: Preview, width: number): Line[] {
	const here = at === fields.length;
	const pointer = here ? glyphs.pointer : ' ';
	if (!planned) {
		const wrong = fields.some((field) => problemOf(tool, field) !== undefined);
		const text = wrap(wrong ? 'The command line comes here once every field is right.' : problem, width - 2);
		return [
			{ text: '' },
			...text.map((line, index): Line => ({ text: `${index === 0 ? pointer : ' '} ${line}`, tone: 'quiet', here })),
		];
	}
	const whole = planned.narrowing === 'not' ? 'WHOLE HOST' : planned.target;
	return [
		{ text: '' },
		{ text: `${pointer} Command by ${planned.via}, on ${whole} (Ctrl-Y copies)`, bold: true, here },
		...planned.line
			.lines(width)
			.flatMap((line) => slices(line, width).map((text): Line => ({ text, tone: 'accent', here }))),
	];
}

/** A script's lines may be longer than the screen is wide. */
function slices(line: string, width: number): string[] {
	const slices: string[] = [];
	let rest = line;
	do {
		const slice = cut(rest, width) || rest.slice(0, 1);
		slices.push(slice);
		rest = rest.slice(slice.length);
	} while (rest !== '');
	return slices;
}

/** What has the cursor is in sight: its last line, and before that its first. */
function topOf(lines: Line[], height: number, scroll: number): number {
	const first = lines.findIndex(({ here }) => here);
	const last = lines.findLastIndex(({ here }) => here);
	const below = Math.max(0, last + 2 - height);
	return Math.max(0, Math.min(Math.min(below, first) + scroll, lines.length - height));
}
