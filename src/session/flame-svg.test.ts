import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { needs, titled } from '../../test/support/needs.ts';
import { rowOf } from '../output/reader.ts';
import { stackTreeOf } from '../table/stack-tree.ts';
import { flameSvg } from './flame-svg.ts';

const about = { title: 'profile', subtitle: 'host1, 60 s', unit: 'samples' };
const svg = (rows: [number, string, string][]) => flameSvg(stackTreeOf(rows.map((row) => rowOf(row))), about);

const folder = mkdtempSync(join(tmpdir(), 'flame-svg-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The document as a parser of XML reads it: every element's name, attributes and text. */
function parsed(text: string): { tag: string; attributes: Record<string, string>; text: string }[] {
	mkdirSync(folder, { recursive: true });
	const file = join(folder, 'flame.svg');
	writeFileSync(file, text);
	const program = [
		'import json, sys, xml.etree.ElementTree as tree',
		'elements = tree.parse(sys.argv[1]).getroot().iter()',
		'print(json.dumps([dict(tag=e.tag.split("}")[1], attributes=e.attrib, text=e.text or "") for e in elements]))',
	].join('\n');
	return JSON.parse(execFileSync('python3', ['-c', program, file], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}

const lacking = needs({ program: 'python3' });

describe.skipIf(lacking)(titled('a flame graph as SVG, read by a parser of XML', lacking), () => {
	const frames = (text: string) => parsed(text).filter(({ attributes }) => attributes.class === 'frame');

	test('has every frame with its name, samples and share', () => {
		const text = svg([
			[3, 'bash', 'main;read'],
			[1, 'curl', ''],
		]);
		expect(
			frames(text).map(({ attributes }) => [
				attributes['data-name'],
				attributes['data-total'],
				attributes['data-depth'],
			]),
		).toEqual([
			['all', '4', '0'],
			['bash', '3', '1'],
			['curl', '1', '1'],
			['main', '3', '2'],
			['read', '3', '3'],
		]);
		const titles = parsed(text).filter(({ tag }) => tag === 'title');
		expect(titles.map((title) => title.text)).toContain('read (3 samples, 75.00%)');
	});

	test('no name can become markup, an attribute or a script', () => {
		const names = [
			'<script>alert(1)</script>',
			'" onclick="x',
			"'&amp;]]>",
			'a\u0001b\ufffe',
			'\ud800',
			'operator<< <int>',
			'漢字',
		];
		const text = svg(names.map((name, index) => [index + 1, name, name]));
		const elements = parsed(text);
		expect(elements.filter(({ tag }) => tag === 'script')).toHaveLength(1);
		for (const { attributes } of elements)
			expect(Object.keys(attributes).filter((name) => name.startsWith('on'))).toEqual([]);
		const shown = frames(text).map(({ attributes }) => attributes['data-name']);
		for (const name of ['<script>alert(1)</script>', '" onclick="x', "'&amp;]]>", 'operator<< <int>', '漢字'])
			expect(shown).toContain(name);
	});

	test('frames lie within their callers', () => {
		const text = svg([
			[5, 'a', 'x;y'],
			[7, 'a', 'x;z'],
			[11, 'b', 'x'],
		]);
		const boxes = frames(text).map(({ attributes }) => attributes as Record<string, string>);
		for (const box of boxes) {
			const outer = boxes.filter((each) => Number(each['data-depth']) === Number(box['data-depth']) - 1);
			const from = Number(box['data-from']);
			const to = from + Number(box['data-share']);
			const holds = (each: Record<string, string>) =>
				Number(each['data-from']) <= from + 1e-6 && Number(each['data-from']) + Number(each['data-share']) >= to - 1e-6;
			if (box['data-depth'] !== '0') expect(outer.filter(holds).length).toBeGreaterThan(0);
		}
	});

	test('what is too narrow to be seen is left out and counted', () => {
		const text = svg([
			[1_000_000, 'busy', 'main'],
			[1, 'idle', 'main;read'],
		]);
		expect(frames(text)).toHaveLength(3);
		expect(text).toContain('left out: 3 frames too narrow to show');
	});

	test('of nothing is still a document', () => {
		expect(frames(svg([]))).toEqual([]);
	});

	test('of very many frames stays of a size that a browser opens', () => {
		const rows = Array.from({ length: 60_000 }, (_, n): [number, string, string] => [
			1,
			`p${n % 300}`,
			`f${n % 200};g${n}`,
		]);
		const text = svg(rows);
		expect(frames(text).length).toBeLessThanOrEqual(20_000);
		expect(text).toMatch(/left out: \d+ frames too narrow/);
	});
});

test('it names no place outside of itself', () => {
	const text = svg([[1, 'bash', 'main']]);
	const addresses = text.match(/\w+:\/\/[^"'\s]+/g) ?? [];
	expect(addresses).toEqual(['http://www.w3.org/2000/svg']);
	expect(text).not.toMatch(/\b(?:href|src|url\(|import|fetch)\b/);
});

test('its script is one that engines read', () => {
	const [, script = ''] = /<!\[CDATA\[([\s\S]*)\]\]>/.exec(svg([[1, 'bash', 'main']])) ?? [];
	expect(() => new Script(script)).not.toThrow();
	expect(script).not.toContain(']]>');
	expect(script).not.toMatch(/innerHTML|eval|document\.write/);
});
