import { expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { widthOf } from '../table/fit.ts';
import { type Block, markdownText, terminalText } from './blocks.ts';

const table = (rows: string[][]): Block => ({
	kind: 'table',
	columns: [
		{ name: 'command', align: 'left' },
		{ name: 'A', align: 'right' },
		{ name: 'also', align: 'left' },
	],
	rows,
});

test('nothing is wider than the terminal, and numbers stay whole', () => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const words = () => random.many(30, () => random.pick(['a', 'word', '漢字', 'x'.repeat(50), 'é'])).join(' ');
		const rows = random.many(5, () => [words(), String(random.below(1e9)), words()]);
		const width = 40 + random.below(100);
		const blocks: Block[] = [
			{ kind: 'heading', text: 'heading' },
			{ kind: 'text', text: words() },
			{ kind: 'items', items: [{ text: words(), under: [{ label: 'A', text: words() }] }] },
			table(rows),
		];
		const text = terminalText(blocks, width);
		for (const line of text.split('\n')) expect(widthOf(line), `seed ${seed}: ${line}`).toBeLessThanOrEqual(width);
		for (const [, number = ''] of rows) expect(text).toMatch(new RegExp(`\\b${number}\\b`));
	}
});

test('a table of few words takes no more room than it needs', () => {
	expect(terminalText([table([['bash', '12', '']])], 80)).toBe('command   A  also\nbash     12\n');
});

test('no name becomes markup in Markdown', () => {
	const text = markdownText([
		{ kind: 'text', text: '<b>x</b> [l](http://x) `c` *e* _u_ read_bytes\n# h' },
		table([['a|b', '1', '![i](x)']]),
	]);
	expect(text).toBe(
		[
			'\\<b\\>x\\</b\\> \\[l\\](http:\\//x) \\`c\\` \\*e\\* \\_u\\_ read\\_bytes \\# h',
			'',
			'| command | A | also |',
			'| --- | ---: | --- |',
			'| a\\|b | 1 | !\\[i\\](x) |',
			'',
		].join('\n'),
	);
});
