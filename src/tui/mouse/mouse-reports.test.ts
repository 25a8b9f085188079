import { expect, test } from 'vitest';
import { Random } from '../../../test/fixtures/random.ts';
import { knowsMouse, type MouseReport, MouseSplitter } from './mouse-reports.ts';

test.each<[string, Partial<MouseReport>]>([
	['\x1b[<0;1;1M', { does: 'press', button: 0, x: 0, y: 0 }],
	['\x1b[<0;12;5m', { does: 'release', button: 0, x: 11, y: 4 }],
	['\x1b[<2;300;70M', { does: 'press', button: 2, x: 299, y: 69 }],
	['\x1b[<64;3;4M', { does: 'wheel-up', x: 2, y: 3 }],
	['\x1b[<65;3;4M', { does: 'wheel-down' }],
	['\x1b[<81;3;4M', { does: 'wheel-down' }],
	['\x1b[<66;3;4M', { does: 'other' }],
	['\x1b[<35;3;4M', { does: 'move' }],
])('%j is read', (text, report) => {
	expect(new MouseSplitter().push(text)).toEqual({ keys: '', reports: [expect.objectContaining(report)] });
});

test('keys and reports come apart, wherever the terminal cuts them', () => {
	const keys = ['a', '\x1b[A', '\x1b[1;5C', '\x1bOP', 'é', '\r', '\x1b[3~', '<', '[', '0;1;1M', '\x1b[200~', '\x1bx'];
	for (let seed = 1; seed <= 500; seed++) {
		const random = new Random(seed);
		const typed: string[] = [];
		const seen: [number, number][] = [];
		const sent = random
			.many(30, () => {
				if (random.below(2) === 0) {
					const key = random.pick(keys);
					typed.push(key);
					return key;
				}
				const place: [number, number] = [random.below(400), random.below(400)];
				seen.push(place);
				return `\x1b[<${random.pick([0, 1, 2, 64, 65])};${place[0] + 1};${place[1] + 1}${random.pick(['M', 'm'])}`;
			})
			.join('');
		const splitter = new MouseSplitter();
		const parts = random.pieces(Buffer.from(sent, 'utf8'), 6).map((piece) => splitter.push(piece.toString('latin1')));
		const left = parts.map(({ keys }) => keys).join('') + splitter.flush();
		expect(Buffer.from(left, 'latin1').toString('utf8'), `seed ${seed}`).toBe(typed.join(''));
		expect(
			parts.flatMap(({ reports }) => reports.map(({ x, y }) => [x, y])),
			`seed ${seed}`,
		).toEqual(seen);
	}
});

test('Esc is held back, and given back when nothing follows', () => {
	const splitter = new MouseSplitter();
	expect(splitter.push('\x1b')).toEqual({ keys: '', reports: [] });
	expect(splitter.holdsKey).toBe(true);
	expect(splitter.flush()).toBe('\x1b');
	expect(splitter.holdsKey).toBe(false);
	expect(splitter.push('q')).toEqual({ keys: 'q', reports: [] });
});

test('what begins as a report and goes on forever is not held forever', () => {
	const splitter = new MouseSplitter();
	const text = `\x1b[<${'1'.repeat(1000)}`;
	expect(splitter.push(text)).toEqual({ keys: text, reports: [] });
});

test('terminals without a mouse are known', () => {
	expect(['xterm-256color', 'tmux', 'screen', 'foot', 'alacritty'].filter(knowsMouse)).toHaveLength(5);
	expect(['dumb', 'linux', '', undefined].filter(knowsMouse)).toEqual([]);
});
