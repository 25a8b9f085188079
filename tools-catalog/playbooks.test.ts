import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../src/catalog/load-catalog.ts';
import type { Step } from '../src/catalog/playbook.ts';
import type { Provider, Tool } from '../src/catalog/tool.ts';
import { LineSplitter } from '../src/output/lines.ts';
import { readerFor } from '../src/output/reader-for.ts';
import { ResultReader } from '../src/playbook/conclusion.ts';
import { loadPlaybooks } from '../src/playbook/load-playbooks.ts';

const { tools } = loadCatalog(import.meta.dirname);
const folder = join(import.meta.dirname, 'playbooks');
const { playbooks, bad } = loadPlaybooks(folder, tools);

test('every file is a playbook', () => {
	expect(bad).toEqual([]);
	expect(playbooks.map(({ name }) => name)).toEqual(['bcc-checklist', 'linux-60s']);
});

test('they are the ten commands, after the checklist, and the eleven tools', () => {
	const names = playbooks.map(({ steps }) => steps.map(({ tool = 'checks' }) => tool));
	expect(names).toEqual([
		'execsnoop opensnoop fsslower biolatency biosnoop cachestat tcpconnect tcpaccept tcpretrans runqlat profile'.split(
			' ',
		),
		'checks uptime dmesg vmstat mpstat pidstat iostat free sar-dev sar-tcp top'.split(' '),
	]);
});

describe.each(playbooks)('$name', ({ name, steps }) => {
	test('has one sentence for the sample of every provider', async () => {
		const lines = steps.flatMap((step) => {
			const tool = tools.find((known) => known.name === step.tool);
			return (tool?.providers ?? []).map((provider) => {
				const { mark, text } = readingOf(tool as Tool, provider, step);
				return `${tool?.name} by ${provider.via}: ${mark}. ${text}`;
			});
		});
		for (const line of lines) expect(line).toMatch(/: (ok|look)\. \S/);
		expect(lines.filter((line) => /[{}]|undefined|NaN/.test(line))).toEqual([]);
		await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(folder, `${name}.samples.txt`));
	});
});

const complete = { badge: 'complete', why: 'nothing was lost' } as const;

function readingOf(tool: Tool, provider: Provider, step: Step) {
	const file = join(tool.folder, 'samples', `${provider.via}.txt`);
	const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
	const reader = new ResultReader(tool, step);
	const output = readerFor(tool, provider, {
		begin: () => reader.begin(),
		row: (row) => reader.row(row),
		remark() {},
		unread() {},
	});
	const lines = new LineSplitter((line) => output.line(line), output.longestLine);
	lines.push(Buffer.from(text.replace(/^(?:# (?:command|version|kernel|excerpt): .*\n)+/, '')));
	lines.end();
	output.end();
	return reader.conclude(complete, { seconds: 10, cpus: 2 });
}
