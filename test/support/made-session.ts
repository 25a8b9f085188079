import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reading } from '../../src/checks/check.ts';

/** When made sessions begin. */
export const begun = Date.parse('2026-03-01T10:00:00.000Z');

export const at = (ms: number) => new Date(begun + ms).toISOString();

export interface MadeRun {
	tool: string;
	via: string;
	/** What the tool wrote, a piece each second. */
	output: string[];
	stderr?: string;
	script?: string;
	/** What else its record holds. */
	about?: object;
}

/** A session as a recorder would have left it. */
export function makeSession(folder: string, events: object[], runs: MadeRun[] = [], about: object = {}): string {
	mkdirSync(folder, { recursive: true });
	const session = { format: 1, program: 'bpftools', host: { hostname: 'box', kernel: '6.12.0' }, target: 'host' };
	writeFileSync(join(folder, 'session.json'), JSON.stringify({ ...session, started: at(0), ended: null, ...about }));
	writeFileSync(join(folder, 'events.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
	for (const [index, run] of runs.entries()) makeRun(folder, index + 1, run);
	return folder;
}

function makeRun(session: string, number: number, { tool, via, output, stderr = '', script, about }: MadeRun): void {
	const folder = join(session, 'runs', `${String(number).padStart(2, '0')}-${tool.replaceAll('/', '-').slice(0, 150)}`);
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'output.log'), output.join(''));
	writeFileSync(join(folder, 'stderr.log'), stderr);
	if (script !== undefined) writeFileSync(join(folder, 'script.bt'), script);
	const timing = output.map((text, index) => ({ ms: 1000 * index, stream: 'stdout', bytes: Buffer.byteLength(text) }));
	writeFileSync(join(folder, 'timing.ndjson'), timing.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
	const run = {
		tool,
		provider: via,
		argv: [tool, '1'],
		target: 'host',
		narrowing: 'host',
		params: {},
		limit: 60,
		started: at(1000),
		bytesNotKept: 0,
		state: { state: 'ended', ending: 'exit', code: 0, signal: null },
		seconds: output.length,
		rows: 0,
		evidence: { badge: 'complete', why: 'the command reported no error' },
		cost: { processSeconds: 1, bpfSeconds: 0.5 },
		...about,
	};
	writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
}

const catalog = join(import.meta.dirname, '../../tools-catalog');

/** What a real tool printed, a piece for each line, without what the catalog says of it. */
export function sampleOutput(tool: string, via: string): string[] {
	const text = readFileSync(join(catalog, tool, 'samples', `${via}.txt`), 'utf8');
	const lines = text.split('\n').filter((line) => !/^# (?:command|version|kernel|excerpt): /.test(line));
	return lines.join('\n').split(/(?<=\n)/);
}

export function readingWith(part: Partial<Reading>): Reading {
	return {
		check: 'cpu.utilization',
		resource: 'cpu',
		kind: 'utilization',
		device: null,
		value: 10,
		unit: '%',
		verdict: 'ok',
		why: 'CPUs are 10 % busy',
		suspects: [],
		...part,
	};
}

/** The events of a second: whole readings of what turned, then all values. */
export function secondOf(ms: number, readings: Reading[], turned: Reading[] = []): object[] {
	return [
		...turned.map((reading) => ({ at: at(ms), type: 'verdict', reading })),
		{
			at: at(ms),
			type: 'readings',
			readings: readings.map(({ check, device, value, verdict }) => ({ check, device, value, verdict })),
		},
	];
}
