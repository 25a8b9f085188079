import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { at, makeSession, readingWith, secondOf } from '../support/made-session.ts';
import { bpftools } from '../support/program.ts';

const megabyte = 1024 * 1024;
/** What Node takes with the program and its catalog is 90 MB; the rest is room for the digest, whatever the session's size. */
const mostKilobytes = 350 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'large-'));
afterAll(() => rmSync(folder, { recursive: true }));

const heads: Record<string, string> = {
	biosnoop: 'TIME(s)     COMM           PID     DISK      T SECTOR     BYTES  LAT(ms)\n',
	pidstat: '# Time        UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command\n',
	profile: '',
	runqlat: '     usecs               : count    distribution\n',
	dmesg: '',
};

/** Every line is another one, as on a host where much goes on. Every other request of a disk is one process's. */
const lines: Record<string, (n: number) => string> = {
	biosnoop: (n) =>
		`${n / 100} ${n % 2 === 0 ? 'postgres' : `proc${n % 4001}`} ${n % 30_011} vda${n % 7} W ${n * 8} 4096 ${(n * 7919) % 100_003}.25\n`,
	pidstat: (n) =>
		`07:18:01 0 ${n % 20_011} ${n % 90}.00 ${n % 9}.00 0.00 ${n % 50}.00 ${n % 99}.00 ${n % 64} worker-${n % 3001}\n`,
	profile: (n) => `proc${n % 50};main;run_${n % 997};step_${n % 7919};call_${n % 104_729};leaf_${n} ${1 + (n % 5)}\n`,
	runqlat: (n) =>
		`${n % 18 === 0 ? `\npid = ${n % 401}\n${heads.runqlat}` : ''} ${2 ** (n % 18)} -> ${2 ** ((n % 18) + 1) - 1} : ${n % 1000} |**|\n`,
	dmesg: (n) => `[${n}.123456] device ${n % 77}: something happened that is told in a line of usual length\n`,
};

function fill(tool: string, path: string, bytes: number): void {
	const file = openSync(path, 'a');
	let written = 0;
	for (let n = 0; written < bytes; ) {
		const block: string[] = [];
		for (const end = n + 5000; n < end; n++) block.push(lines[tool]?.(n) ?? '');
		written += writeSync(file, block.join(''));
	}
	closeSync(file);
}

test('of a session of 200 MB the report has less than 10 MB, and is made in bounded memory', () => {
	const runs = Object.entries(heads).map(([tool, head]) => {
		const via = tool === 'pidstat' || tool === 'dmesg' ? 'classic' : tool === 'biosnoop' ? 'bcc' : 'libbpf';
		return { tool, via, output: [head] };
	});
	const session = makeSession(join(folder, 'session'), [], runs);
	for (const [index, { tool }] of runs.entries())
		fill(tool, join(session, 'runs', `0${index + 1}-${tool}`, 'output.log'), 28 * megabyte);
	const readings = Array.from({ length: 300 }, (_, n) =>
		readingWith({ check: `disk.check-${n % 5}`, resource: 'disk', device: `disk-${n}`, value: n }),
	);
	const events = join(session, 'events.ndjson');
	const second = (n: number) => secondOf(1000 * n, readings, n === 0 ? readings : readings.slice(0, 20));
	for (let n = 0; statSync(events).size < 60 * megabyte; n += 20) {
		const block = Array.from({ length: 20 }, (_, more) => second(n + more)).flat();
		appendFileSync(events, block.map((event) => `${JSON.stringify(event)}\n`).join(''));
	}
	appendFileSync(events, `${JSON.stringify({ at: at(1e9), type: 'note', text: 'the end' })}\n`);
	expect(Number(execFileSync('du', ['-sb', session], { encoding: 'utf8' }).split('\t')[0])).toBeGreaterThan(200 * 1e6);

	const [node, cli] = bpftools;
	const meter = `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))`;
	const argv = ['--import', `data:text/javascript,${encodeURIComponent(meter)}`, cli, 'session', 'report', session];
	const { status, stderr, stdout } = spawnSync(node, argv, { encoding: 'utf8' });
	expect([status, stdout.split('\n').length]).toEqual([0, 3]);
	expect(Number(stderr)).toBeLessThan(mostKilobytes);
	for (const file of ['report.html', 'report.md'])
		expect(statSync(join(session, file)).size).toBeLessThan(10 * megabyte);
	const page = readFileSync(join(session, 'report.html'), 'utf8');
	expect(page).toContain('the end');
	const sections = page.split('<section ');
	expect(sections).toHaveLength(runs.length + 1);
	const requests = Number(/<dt>Rows<\/dt><dd>(\d+)/.exec(sections[1] ?? '')?.[1]);
	expect(requests).toBeGreaterThan(400_000);
	expect(sections[1]).toContain(`<td>postgres</td><td class="n">${requests / 2}</td>`);
});
