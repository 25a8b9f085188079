import { describe, expect, test } from 'vitest';
import { Random } from '../../test/fixtures/random.ts';
import { Found, firstProvider, type ToolDraft, toolOf } from '../../test/fixtures/tools.ts';
import type { Tool } from '../catalog/tool.ts';
import { LineSplitter } from './lines.ts';
import { columnsOf, readerFor } from './reader-for.ts';

type ProviderDraft = NonNullable<ToolDraft['providers']>[number];

function toolReading(output: NonNullable<ToolDraft['output']>, provider: Partial<ProviderDraft>): Tool {
	return toolOf({ output, providers: [{ via: 'libbpf', run: ['x'], package: 'x', ...provider }] });
}

const twoColumns: NonNullable<ToolDraft['output']>['columns'] = [
	{ name: 'pid', type: 'int' },
	{ name: 'command', type: 'text' },
];

/** A tool of every dialect. */
const dialects: Record<string, Tool> = {
	columns: toolReading({ class: 'event-stream', columns: twoColumns }, { columns: { PID: 'pid', COMM: 'command' } }),
	'columns without a header': toolReading({ class: 'event-stream', columns: twoColumns }, {}),
	tabs: toolReading(
		{ class: 'event-stream', columns: twoColumns },
		{ via: 'bpftrace', columns: { PID: 'pid', COMM: 'command' } },
	),
	'bpftrace-map': toolReading(
		{
			class: 'interval-table',
			columns: [
				{ name: 'name', type: 'text' },
				{ name: 'count', type: 'int' },
			],
		},
		{ via: 'bpftrace' },
	),
	'bpftrace-map of stacks': toolReading({ class: 'stacks' }, { via: 'bpftrace' }),
	'bpftrace-hist': toolReading({ class: 'histogram' }, { via: 'bpftrace' }),
	'log2-text': toolReading({ class: 'histogram' }, {}),
	folded: toolReading({ class: 'stacks' }, {}),
	'stack-blocks': toolReading({ class: 'stacks' }, { reads: 'stack-blocks' }),
	'perf-script': toolReading({ class: 'stacks' }, { via: 'perf' }),
	'name-value': toolReading(
		{
			class: 'keyvalue',
			columns: [
				{ name: 'name', type: 'text' },
				{ name: 'value', type: 'int' },
			],
		},
		{},
	),
	lines: toolReading({ class: 'text' }, {}),
	pattern: toolReading(
		{ class: 'interval-table', columns: [{ name: 'time', type: 'time' }, ...twoColumns] },
		{
			patterns: ['^at (?<time>\\S+)$', '^of (?<command>.+)$', '^pid (?:(?<pid>\\w+)|\\?)$'],
			noise: ['^-'],
		},
	),
	json: toolReading(
		{ class: 'interval-table', columns: [{ name: 'time', type: 'seconds' }, ...twoColumns] },
		{ reads: 'json', columns: { at: 'time', pid: 'pid', 'task.comm': 'command' }, noise: ['^#'] },
	),
};

function read(tool: Tool, output: Buffer | string): Found {
	const found = new Found(columnsOf(tool).length);
	const reader = readerFor(tool, firstProvider(tool), found);
	const lines = new LineSplitter((line) => reader.line(line), reader.longestLine);
	lines.push(Buffer.from(output as string));
	lines.end();
	reader.end();
	return found;
}

describe('histograms as text', () => {
	const histogram = (key: string, ...counts: number[]) =>
		[key, '     usecs : count    distribution', ...counts.map((n, i) => `  ${i} -> ${i} : ${n}  |***  |`), ''].join(
			'\n',
		);
	const dialect = dialects['log2-text'] as Tool;

	test('without a key begin anew each time', () => {
		const found = read(dialect, histogram('', 1, 2) + histogram('', 3));
		expect(found.begun).toBe(2);
		expect(found.rows).toEqual([
			['', 0, 0, 1],
			['', 1, 1, 2],
			['', 0, 0, 3],
		]);
	});

	test('with keys begin anew when a key comes again', () => {
		const found = read(
			dialect,
			histogram('disk = vda', 1) + histogram('disk = vdb', 2) + histogram('disk = vda', 3) + histogram('disk = vdb', 4),
		);
		expect(found.begun).toBe(2);
		expect(found.rows.map(([key, , , count]) => `${key} ${count}`)).toEqual(['vda 1', 'vdb 2', 'vda 3', 'vdb 4']);
	});

	test('have a key of several words, made harmless', () => {
		expect(read(dialect, histogram('pid = 12 a\u001b[2Jb', 1)).rows[0]?.[0]).toBe('12 a·[2Jb');
	});

	test('have lines that are not read', () => {
		expect(read(dialect, 'lost 3 samples\n').unreadLines).toEqual(['lost 3 samples']);
	});
});

test('histograms of single values have them as both bounds', () => {
	const text = '   runqlen : count    distribution\n    1 : 27 |***|\n    2 : 35 |***|\n';
	expect(read(dialects['log2-text'] as Tool, text).rows).toEqual([
		['', 1, 1, 27],
		['', 2, 2, 35],
	]);
});

describe('stacks', () => {
	test('folded have a process, frames and a count', () => {
		const found = read(dialects.folded as Tool, 'my app;main;read 12\nidle 3\n\nno count here\n');
		expect(found.rows).toEqual([
			[12, 'my app', 'main;read'],
			[3, 'idle', ''],
		]);
		expect(found.unreadLines).toEqual(['no count here']);
	});

	test('of perf script are samples of one each, frames turned around', () => {
		const text = `my app    2630/2630      204.300853: cpu-clock:ppp:
	ffffffff85e9f090 leaf+0x10
	ffffffff85ea0a4f operator;(x)
	    55d2c0 main (/usr/bin/my app)

kworker/0:1-ev    17      204.5: cpu-clock:
	ffffffff85e9f090 idle
`;
		const found = read(dialects['perf-script'] as Tool, text);
		expect(found.rows).toEqual([
			[1, 'my app', 'main;operator:(x);leaf'],
			[1, 'kworker/0:1-ev', 'idle'],
		]);
		expect(found.unreadLines).toEqual([]);
	});

	test('of perf script without a sample above them are not read', () => {
		expect(read(dialects['perf-script'] as Tool, '\tffff main\n').unreadLines).toHaveLength(1);
	});
});

test('stacks in blocks end with who they are of, and how much', () => {
	const text = `    schedule
    do_nanosleep+0x1
    [unknown]
    -                my (app) (15090)
        1033

    -                idle (0)
        61
`;
	const found = read(dialects['stack-blocks'] as Tool, text);
	expect(found.rows).toEqual([
		[1033, 'my (app)', '[unknown];do_nanosleep;schedule'],
		[61, 'idle', ''],
	]);
	expect(found.unreadLines).toEqual([]);
	expect(read(dialects['stack-blocks'] as Tool, 'what is this\n').unreadLines).toEqual(['what is this']);
});

describe('lines that fit patterns', () => {
	const lines = (...texts: string[]) => read(dialects.pattern as Tool, texts.map((text) => `${text}\n`).join(''));

	test('are rows where they fit the last, with what fitted the others before', () => {
		expect(lines('at 10:00', 'of sh', 'pid 1', 'pid 2', 'of cat', 'pid 3').rows).toEqual([
			['10:00', 1, 'sh'],
			['10:00', 2, 'sh'],
			['10:00', 3, 'cat'],
		]);
	});

	test('have nothing of what was found before an earlier pattern fitted again', () => {
		expect(lines('at 10:00', 'of sh', 'pid 1', 'at 10:01', 'pid 2').rows).toEqual([
			['10:00', 1, 'sh'],
			['10:01', 2, null],
		]);
	});

	test('leave a cell empty whose group took no part', () => {
		expect(lines('pid 1', 'pid ?').rows).toEqual([
			[null, 1, null],
			[null, null, null],
		]);
	});

	test('begin anew with each other time', () => {
		expect(lines('at 10:00', 'pid 1', 'at 10:00', 'pid 2', 'at 10:01', 'pid 3').begun).toBe(2);
	});

	test('are told where they fit none, or hold a word where a number belongs', () => {
		const found = lines('', '--', 'else', 'pid one', 'pid 1');
		expect(found.unreadLines).toEqual(['else', 'pid one']);
		expect(found.rows).toHaveLength(1);
	});
});

describe('JSON', () => {
	const lines = (...texts: string[]) => read(dialects.json as Tool, texts.map((text) => `${text}\n`).join(''));

	test('is a row for an object, and a table for an array of them', () => {
		const found = lines('{"pid":1,"task":{"comm":"sh"}}', '[{"pid":2,"x":0},{"task":{"comm":"cat"}}]', '[]');
		expect(found.rows).toEqual([
			[null, 1, 'sh'],
			[null, 2, null],
			[null, null, 'cat'],
		]);
		expect(found.begun).toBe(2);
		expect(found.unreadLines).toEqual([]);
	});

	test('begins anew with each other time', () => {
		expect(lines('{"at":1.5,"pid":1}', '{"at":1.5,"pid":2}', '{"at":2.5,"pid":1}').begun).toBe(2);
	});

	test('has numbers as texts, and remarks in their place', () => {
		expect(lines('{"at":"1.50","pid":"<not supported>","task":{"comm":7}}').rows).toEqual([[1.5, null, '7']]);
	});

	test.each(['not JSON', '7', 'null', '{}', '[{"pid":1},{"else":1}]', '{"pid":{"a":1}}'])(
		'%s is not read, and is told',
		(text) => {
			const found = lines(text, '# a remark', '');
			expect(found.rows).toEqual([]);
			expect(found.unreadLines).toEqual([text]);
		},
	);
});

test('names with values may be followed by anything', () => {
	const found = read(dialects['name-value'] as Tool, 'TcpInSegs 12 0.0\nIpOut -3\nNot a number\nAlone\n');
	expect(found.rows).toEqual([
		['TcpInSegs', 12],
		['IpOut', -3],
	]);
	expect(found.unreadLines).toEqual(['Not a number', 'Alone']);
});

test('the first name again begins the next interval; another one twice does not', () => {
	const found = read(dialects['name-value'] as Tool, 'In 1\nOut 2\nOut 3\nIn 4\nOut 5\n');
	expect(found.begun).toBe(1);
	expect(found.rows.map(([name, value]) => `${name} ${value}`)).toEqual(['In 1', 'Out 2', 'Out 3', 'In 4', 'Out 5']);
});

test('plain lines stay as they are, blank ones too', () => {
	expect(read(dialects.lines as Tool, '  indented\n\nlast').rows).toEqual([['  indented'], [''], ['last']]);
});

/** A cell may hold nothing that moves a cursor, turns text around, or can't be seen. */
const harmful = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const nasty = [
	'\u001b[2J',
	'\u0007',
	'\r',
	'\u009b1m',
	'\u202e',
	'\u2066',
	'\u061c',
	'\u200b',
	'\u2060',
	'\ufeff',
	'\u2028',
];

test.each(nasty.map((text) => [`U+${text.charCodeAt(0).toString(16).padStart(4, '0')}`, text]))(
	'%s never survives into a cell, in any dialect',
	(_, text) => {
		const json = (record: object) => `${JSON.stringify(record)}\n`;
		const outputs: Record<string, string> = {
			columns: `PID COMM\n1 a${text}b\n1 a${text}b c\n`,
			'columns without a header': `1 a${text}b\n`,
			tabs: json({ type: 'printf', data: 'PID\tCOMM\n' }) + json({ type: 'printf', data: `1\ta${text}b\n` }),
			'bpftrace-map': json({ type: 'map', data: { '@': { [`a${text}b`]: 1 } } }),
			'bpftrace-map of stacks': json({ type: 'map', data: { '@': { [`a${text}b,\nf${text}g,\nm${text}n\n`]: 1 } } }),
			'bpftrace-hist': json({ type: 'hist', data: { '@': { [`a${text}b`]: [{ min: 0, max: 1, count: 1 }] } } }),
			'log2-text': `pid = a${text}b\n x : count\n 0 -> 1 : 1 |*|\n`,
			folded: `a${text}b;f${text}g 1\n`,
			'stack-blocks': `    f${text}g\n    -                a${text}b (12)\n        3\n`,
			'perf-script': `a${text}b 1 1.0: x:\n\tff f${text}g\n`,
			'name-value': `a${text}b 1\n`,
			lines: `a${text}b\n`,
			pattern: `of a${text}b\npid 1\n`,
			json: json({ pid: 1, task: { comm: `a${text}b` } }),
		};
		for (const [name, tool] of Object.entries(dialects)) {
			const { rows, unreadLines } = read(tool, outputs[name] as string);
			const texts = rows.flat().filter((cell) => typeof cell === 'string');
			expect(
				texts.filter((cell) => harmful.test(cell)),
				name,
			).toEqual([]);
			expect(rows.length + unreadLines.length, `${name} hides nothing`).toBeGreaterThan(0);
		}
	},
);

/** What tools print, to be mixed and torn. */
const scraps = [
	'PID COMM\n',
	'12 sh\n',
	'# PID COMM',
	'pid = 3\n',
	'     usecs : count    distribution\n',
	'  0 -> 1 : 3 |**|\n',
	'a;b;c 12\n',
	'sh 12/12 1.5: cpu:\n\tffff main+0x1\n\n',
	'TcpIn 3\n',
	'\n',
	'\t',
	' ',
	'-',
	'{"type":"printf","data":"1\\tsh\\n"}\n',
	'{"type":"map","data":{"@":{"a":1}}}\n',
	'{"type":"hist","data":{"@":{"k":[{"min":0,"max":1,"count":2}]}}}\n',
	'{"type":"join","data":"a b"}\n',
	'{"type":"attached_probes","data":{"probes":1}}\n',
	'{"type":',
	'"data":null}',
	'{"type":"map","data":',
	'{"type":"hist","data":',
	'[1,null]',
	'{"@":null}',
	'}\n',
	'at 1\n',
	'pid 3\n',
	'[{"pid":1,"task":{"comm":"a"}}]\n',
	'    -                sh (12)\n        3\n',
];

/** Any JSON value, often of the shapes that bpftrace writes. */
function anyValue(random: Random, depth = 3): unknown {
	const leaves = [null, 0, -1, 1.5, '', 'a\tb\n', true, '\u001b[2J'];
	if (depth === 0 || random.below(3) === 0) return random.pick(leaves);
	const inner = () => anyValue(random, depth - 1);
	if (random.below(3) === 0) return random.many(3, inner);
	const names = ['@', 'k', 'min', 'max', 'count', 'probes', 'events', 'msg'];
	return Object.fromEntries(random.many(3, () => [random.pick(names), inner()]));
}

const recordTypes = [
	'printf',
	'join',
	'time',
	'map',
	'stats',
	'hist',
	'attached_probes',
	'lost_events',
	'helper_error',
];

test.each(Object.entries(dialects))('%s: no record of any shape makes the reader fail', (_, tool) => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const record = JSON.stringify({ type: random.pick(recordTypes), data: anyValue(random) });
		expect(() => read(tool, record), `seed ${seed}: ${record}`).not.toThrow();
	}
});

test.each(Object.entries(dialects))('%s: no bytes whatever make the reader fail', (_, tool) => {
	for (let seed = 1; seed <= 300; seed++) {
		const random = new Random(seed);
		const parts = random.many(12, () =>
			random.below(4) === 0
				? Buffer.from(random.many(20, () => random.below(256)))
				: Buffer.from(random.pick(scraps)).subarray(random.below(8) === 0 ? random.below(10) : 0),
		);
		let found: Found | undefined;
		expect(
			() => {
				found = read(tool, Buffer.concat(parts));
			},
			`seed ${seed}: ${JSON.stringify(Buffer.concat(parts).toString())}`,
		).not.toThrow();
		const texts = (found?.rows.flat() ?? []).filter((cell) => typeof cell === 'string');
		expect(
			texts.filter((cell) => /\p{Cc}/u.test(cell)),
			`seed ${seed}`,
		).toEqual([]);
	}
});
