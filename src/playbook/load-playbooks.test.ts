import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { loadPlaybooks } from './load-playbooks.ts';

const { tools } = loadCatalog(join(import.meta.dirname, '../../tools-catalog'));

/** What is wrong with a playbook of this one step, and in which line. */
function faultsOf(...step: string[]): string[] {
	const folder = mkdtempSync(join(tmpdir(), 'playbooks-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	writeFileSync(
		join(folder, 'mine.yaml'),
		['title: T', 'about: A', 'steps:', '  - look: L', ...step.map((line) => `    ${line}`), ''].join('\n'),
	);
	const { playbooks, bad } = loadPlaybooks(folder, tools);
	expect(playbooks.length).toBe(bad.length === 0 ? 1 : 0);
	return bad.map(({ line, reason }) => `${line}: ${reason}`);
}

const say = 'say: [{ text: Fine. }]';

test('A playbook that names only what there is has no faults', () => {
	expect(
		faultsOf(
			'tool: vmstat',
			'values: { all: {} }',
			'say: [{ when: all.run_avg > 2*cpus, text: "{all.run_avg}" }, { text: "{seconds}" }]',
		),
	).toEqual([]);
	expect(faultsOf('checks: [cpu]')).toEqual([]);
});

test.each([
	['neither tool nor checks', [say], /^4: a step has either tool or checks/],
	['a tool that there is not', ['tool: vmstatt', say], /^5: there is no tool vmstatt/],
	['a tool that takes the terminal', ['tool: htop', say], /^5: htop takes the whole terminal/],
	['a parameter that the tool lacks', ['tool: vmstat', 'with: { frob: 1 }', say], /^6: vmstat has no parameter --frob/],
	['a key that there is not', ['tool: vmstat', 'frob: 1', say], /frob/],
	['a resource that there is not', ['checks: [cpus]'], /^5: steps\.0\.checks/],
	['sentences about checks', ['checks: [cpu]', say], /^6: say belongs to a tool/],
	['no sentence', ['tool: vmstat'], /a tool needs a sentence/],
	[
		'a last sentence with a condition',
		['tool: vmstat', 'values: { all: {} }', 'say: [{ when: all.count > 1, text: X }]'],
		/^7: the last sentence/,
	],
	['a sentence that is never said', ['tool: vmstat', 'say: [{ text: X }, { text: Y }]'], /^6: what follows/],
	[
		'a column that the tool lacks',
		['tool: vmstat', 'values: { all: { by: [frob] } }', say],
		/^6: vmstat has no column frob/,
	],
	['a filter that is none', ['tool: vmstat', 'values: { all: { where: frob>1 } }', say], /^6: there is no column frob/],
	[
		'a value that is sorted by nothing',
		['tool: vmstat', 'values: { all: { most: run } }', say],
		/^6: there is no run of its groups; they have count, .*run_sum/,
	],
	[
		'a percentile of what is no histogram',
		['tool: vmstat', 'values: { all: { percentile: 99 } }', say],
		/^6: vmstat prints no histograms/,
	],
	[
		'a text with a value that there is not',
		['tool: vmstat', 'say: [{ text: "{top.count}" }]'],
		/^6: there is no value top/,
	],
	[
		'a text with a column that there is not',
		['tool: vmstat', 'values: { top: {} }', 'say: [{ text: "{top.run}" }]'],
		/^7: top has no run; it has count/,
	],
	[
		'a share of what does not add up',
		['tool: pidstat', 'values: { top: { by: [command], most: cpu_max } }', 'say: [{ text: "{top.share}" }]'],
		/^7: top has no share/,
	],
	[
		'a text with a word that there is not',
		['tool: vmstat', 'say: [{ text: "{second}" }]'],
		/^6: \{second\} is neither/,
	],
	[
		'a condition that is none',
		['tool: vmstat', 'say: [{ when: often, text: X }, { text: Y }]'],
		/^6: "often" is no condition/,
	],
	[
		'a condition on words',
		['tool: pidstat', 'values: { top: { by: [command] } }', 'say: [{ when: top.command > 1, text: X }, { text: Y }]'],
		/^7: top\.command is no number/,
	],
	[
		'a condition with a wrong unit',
		['tool: vmstat', 'values: { all: {} }', 'say: [{ when: all.run_avg > 1ms, text: X }, { text: Y }]'],
		/^7: all\.run_avg can't be compared with 1ms/,
	],
])('%s is told with its line', (_, step, fault) => {
	const faults = faultsOf(...step);
	expect(faults.length).toBeGreaterThan(0);
	expect(faults.join('\n')).toMatch(fault);
});
