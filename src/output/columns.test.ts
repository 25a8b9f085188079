import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { Found, firstProvider, toolOf } from '../../test/fixtures/tools.ts';
import type { Column } from '../catalog/tool.ts';
import { ColumnsReader } from './columns.ts';

const opened: Column[] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
	{ name: 'fd', type: 'int' },
	{ name: 'path', type: 'text' },
];
const header = { PID: 'pid', COMM: 'command', FD: 'fd', PATH: 'path' };

function read(
	text: string,
	{ columns = opened, places = header as Record<string, string> | string[] | undefined, noise = [] as string[] } = {},
) {
	const tool = toolOf({
		output: { class: 'event-stream', columns },
		providers: [{ via: 'classic', run: ['x'], columns: places, noise, package: 'x' }],
	});
	const found = new Found(columns.length);
	const reader = new ColumnsReader(columns, firstProvider(tool), 'blanks', found);
	for (const line of text.split('\n')) reader.line(line);
	reader.end();
	return found;
}

describe('a table of words', () => {
	test('becomes typed rows under its header', () => {
		const found = read('PID COMM FD PATH\n 12 sh 3 /etc/passwd\n13 cat -1 /x\n');
		expect(found.rows).toEqual([
			[12, 'sh', 3, '/etc/passwd'],
			[13, 'cat', -1, '/x'],
		]);
		expect(found.unreadLines).toEqual([]);
	});

	test('may have its columns in another order', () => {
		expect(read('FD PATH PID COMM\n3 /x 12 sh').rows).toEqual([[12, 'sh', 3, '/x']]);
	});

	test('may have columns that nobody asked for', () => {
		expect(read('UID PID COMM FLAGS FD PATH\nnobody 12 sh 0x8 3 /x').rows).toEqual([]);
		expect(read('PID UID COMM FLAGS FD PATH\n12 0 sh 0x8 3 /x').unreadLines).toHaveLength(2);
		expect(read('PID COMM UID FD FLAGS PATH\n12 sh root 3 O_RDONLY /x').rows).toEqual([[12, 'sh', 3, '/x']]);
	});

	test('may lack a column, which is then not known', () => {
		expect(read('PID COMM PATH\n12 sh /x').rows).toEqual([[12, 'sh', null, '/x']]);
	});

	test('may mark its header with a #', () => {
		expect(read('# PID COMM FD PATH\n12 sh 3 /x').rows).toEqual([[12, 'sh', 3, '/x']]);
	});

	test('begins anew with each header', () => {
		const found = read('PID COMM FD PATH\n1 a 3 /x\n\nPID COMM FD PATH\n2 b 3 /y');
		expect(found.begun).toBe(2);
		expect(found.rows).toHaveLength(2);
	});

	test('may have the time before its header, and sums after it', () => {
		const columns: Column[] = [
			{ name: 'time', type: 'time' },
			{ name: 'cpu', type: 'text' },
			{ name: 'user', type: 'percent' },
		];
		const places = { Time: 'time', CPU: 'cpu', '%usr': 'user' };
		const text =
			'10:00:01 CPU %usr\n10:00:02 all 1.5\n\n10:00:02 CPU %usr\n10:00:03 0 2\n\nAverage: CPU %usr\nAverage: all 1.7';
		const found = read(text, { columns, places, noise: ['^Average:'] });
		expect(found.begun).toBe(2);
		expect(found.rows).toEqual([
			['10:00:02', 'all', 1.5],
			['10:00:03', '0', 2],
		]);
		expect(found.unreadLines).toEqual([]);
	});

	test('may have no header where its columns are known', () => {
		expect(read('12 sh 3 /x', { places: ['pid', 'command', 'fd', 'path'] }).rows).toEqual([[12, 'sh', 3, '/x']]);
	});

	test('has dashes where a number is not known', () => {
		expect(read('PID COMM FD PATH\n- sh -- /x').rows).toEqual([[null, 'sh', null, '/x']]);
	});

	test('has names with spaces in it', () => {
		const found = read('PID COMM FD PATH\n12 Web Content 3 /srv/my files/a b\n13 (sd-pam) 4 /x');
		expect(found.rows).toEqual([
			[12, 'Web Content', 3, '/srv/my files/a b'],
			[13, '(sd-pam)', 4, '/x'],
		]);
	});

	test('may end with a text that is missing', () => {
		expect(read('PID COMM FD PATH\n12 sh 3\n12 my shell 3').rows).toEqual([
			[12, 'sh', 3, ''],
			[12, 'my shell', 3, ''],
		]);
	});

	test('reads numbers of every shape', () => {
		const columns: Column[] = [
			{ name: 'a', type: 'float' },
			{ name: 'b', type: 'bytes' },
		];
		const found = read('1.5 0\n-0.25 12345678901\n1e3 007', { columns, places: ['a', 'b'] });
		expect(found.rows).toEqual([
			[1.5, 0],
			[-0.25, 12345678901],
			[1000, 7],
		]);
	});
});

describe('a line that is no row', () => {
	test.each([
		['too few words', '12 sh'],
		['a word where a number belongs', 'twelve sh 3 /x'],
		['prose', 'Possibly lost 3 samples'],
	])('%s is not read, and is told', (_, line) => {
		const found = read(`PID COMM FD PATH\n${line}\n12 sh 3 /x`);
		expect(found.unreadLines).toEqual([line]);
		expect(found.rows).toHaveLength(1);
	});

	test.each(['12x sh 3 /x', '12 sh 3G /x', '1.2.3 sh 3 /x'])(
		'%s: what only begins like a number is not read',
		(line) => {
			const found = read(`PID COMM FD PATH\n${line}`);
			expect(found.rows).toEqual([]);
			expect(found.unreadLines).toEqual([line]);
		},
	);

	test('is told when it comes before any header', () => {
		expect(read('12 sh 3 /x').unreadLines).toEqual(['12 sh 3 /x']);
	});

	test('is passed over where it is known noise, or blank', () => {
		const found = read('Tracing...\n\n   \nPID COMM FD PATH\n12 sh 3 /x', { noise: ['^Tracing'] });
		expect(found.unreadLines).toEqual([]);
		expect(found.rows).toHaveLength(1);
	});
});

test('names and paths of any words between numbers are read as they were written', () => {
	const word = ['a', 'kworker/0:1H', 'Web', 'x=1', '(sd-pam)', 'é', '漢字', '#', '[x]', "it's"];
	for (let seed = 1; seed <= 500; seed++) {
		const random = new Random(seed);
		const name = [random.pick(word), ...random.many(3, () => random.pick(word))].join(' ');
		const path = random.many(3, () => random.pick(word)).join(' ');
		const [pid, fd] = [random.below(100_000), random.below(30) - 1];
		const gap = () => ' '.repeat(1 + random.below(3));
		const line = `${pid}${gap()}${name}${gap()}${fd}${path && gap()}${path}`;
		const found = read(`PID COMM FD PATH\n${line}`);
		expect(found.rows, `seed ${seed}: ${line}`).toEqual([[pid, name, fd, path]]);
	}
});
