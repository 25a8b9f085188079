import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	cpSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { needs, titled } from './support/needs.ts';
import { bpftools, run, scratchFolder, start } from './support/program.ts';

/** A host's state folder with one session, and one of somebody else. */
function twoHosts(scratch: string) {
	const [here, there] = [join(scratch, 'here'), join(scratch, 'there')];
	const folder = join(here, 'bpftools/sessions/2026-01-01T00-00-00/runs/01-execsnoop');
	mkdirSync(folder, { recursive: true });
	mkdirSync(there);
	const session = {
		format: 1,
		program: 'bpftools',
		host: { hostname: 'zebra' },
		target: 'host',
		started: '',
		ended: null,
	};
	writeFileSync(join(folder, '../../session.json'), JSON.stringify(session));
	writeFileSync(join(folder, 'run.json'), JSON.stringify({ tool: 'execsnoop', provider: 'libbpf' }));
	writeFileSync(join(folder, 'output.log'), 'PCOMM PID PPID RET ARGS\nssh 1 2 0 /bin/ssh ada@10.1.2.3\n');
	writeFileSync(join(folder, 'timing.ndjson'), '');
	const on = (state: string) => ({ cwd: scratch, env: { ...process.env, XDG_STATE_HOME: state } });
	return { here: on(here), there: on(there) };
}

test('A session goes from one host to another, and what it says of the first is redacted', async () => {
	using scratch = scratchFolder();
	const { here, there } = twoHosts(scratch.path);
	const name = '2026-01-01T00-00-00';
	expect(await run(['session', 'export', name, '--redact'], here)).toMatchObject({
		code: 0,
		stdout: `${name}.tar.gz\n`,
	});
	expect(readdirSync(scratch.path).sort()).toEqual([`${name}.tar.gz`, 'here', 'there']);
	expect(await run(['session', 'import', `${name}.tar.gz`], there)).toMatchObject({ code: 0, stdout: `${name}\n` });
	const folder = join(scratch.path, 'there/bpftools/sessions', name);
	expect(readFileSync(join(folder, 'session.json'), 'utf8')).toContain('"host-1"');
	const rows = await run(['session', 'convert', name, '--to', 'csv'], there);
	expect(rows).toMatchObject({ code: 0, stderr: '' });
	expect(rows.stdout).toMatch(/^.*\n.*\/bin\/ssh arg-[0-9a-f]{8}\b.*\n$/);
});

test('A report in a session is written anew of what is redacted', async () => {
	using scratch = scratchFolder();
	const { here, there } = twoHosts(scratch.path);
	const name = '2026-01-01T00-00-00';
	const report = async (host: typeof here, state: string) => {
		expect(await run(['session', 'report', name], host)).toMatchObject({ code: 0 });
		return readFileSync(join(scratch.path, state, 'bpftools/sessions', name, 'report.html'), 'utf8');
	};
	expect(await report(here, 'here')).toMatch(/zebra.*ada@10\.1\.2\.3/s);
	expect(await run(['session', 'export', name, '--redact'], here)).toMatchObject({ code: 0 });
	expect(await run(['session', 'import', `${name}.tar.gz`], there)).toMatchObject({ code: 0 });
	const files = join(scratch.path, 'there/bpftools/sessions', name);
	for (const file of ['report.html', 'report.md']) {
		const text = readFileSync(join(files, file), 'utf8');
		expect(text).toMatch(/host-1.*arg-[0-9a-f]{8}/s);
		expect(text).not.toMatch(/zebra|\bada\b|10\.1\.2\.3/);
	}
});

test('A session of a newer program is refused by every command in one sentence, and left as it is', async () => {
	using scratch = scratchFolder();
	const { here, there } = twoHosts(scratch.path);
	const name = '2026-01-01T00-00-00';
	const sessions = join(scratch.path, 'here/bpftools/sessions');
	expect(await run(['session', 'export', name], here)).toMatchObject({ code: 0 });
	const file = join(sessions, name, 'session.json');
	const newer = JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), format: 2 });
	writeFileSync(file, newer);
	const before = readdirSync(sessions, { recursive: true }).sort();
	const commands = [
		['show', name],
		['show', name, '--json'],
		['replay', name],
		['report', name],
		['diff', name, name],
		['export', name, 'newer.tar.gz'],
		['export', name, 'newer.tar.gz', '--redact'],
		['convert', name, '--to', 'csv'],
		['convert', name, '--to', 'openmetrics'],
	];
	const refusal = /^bpftools: \S+ was written by a newer bpftools \(format 2; this one reads up to 1\)\.\n$/;
	for (const args of commands) {
		const { code, stdout, stderr } = await run(['session', ...args], here);
		expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
		expect(stderr).toMatch(refusal);
	}
	const listed = await run(['session', 'ls'], here);
	expect(listed).toMatchObject({
		code: 0,
		stdout: expect.stringMatching(/was written by a newer bpftools \(format 2;/),
	});
	expect(readdirSync(sessions, { recursive: true }).sort()).toEqual(before);
	expect(readFileSync(file, 'utf8')).toBe(newer);

	// Packed by that newer program, too.
	execFileSync('tar', ['-xzf', `${name}.tar.gz`], { cwd: scratch.path });
	const packed = join(scratch.path, name);
	const manifest = JSON.parse(readFileSync(join(packed, 'manifest.json'), 'utf8'));
	for (const each of manifest.files) {
		if (each.path !== 'session.json') continue;
		each.bytes = newer.length;
		each.sha256 = createHash('sha256').update(newer).digest('hex');
	}
	writeFileSync(join(packed, 'manifest.json'), JSON.stringify(manifest));
	writeFileSync(join(packed, 'session.json'), newer);
	const paths = ['manifest.json', ...manifest.files.map(({ path }: { path: string }) => path)].map((path) =>
		join(name, path),
	);
	execFileSync('tar', ['-czf', 'newer.tar.gz', '--format=ustar', '--owner=0', '--group=0', ...paths], {
		cwd: scratch.path,
	});
	const taken = await run(['session', 'import', 'newer.tar.gz'], there);
	expect(taken).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/is refused: .* newer bpftools/) });
	expect(readdirSync(join(scratch.path, 'there/bpftools/sessions'))).toEqual([]);

	expect(await run(['session', 'rm', name, '--yes'], here)).toMatchObject({ code: 0 });
	expect(readdirSync(sessions)).toEqual([]);
});

test('What a killed export leaves behind is gone with the next one', async () => {
	using scratch = scratchFolder();
	const { here } = twoHosts(scratch.path);
	const name = '2026-01-01T00-00-00';
	truncateSync(join(scratch.path, 'here/bpftools/sessions', name, 'runs/01-execsnoop/output.log'), 512 * 1024 ** 2);
	const unfinished = () => readdirSync(scratch.path).filter((each) => each.startsWith('.bpftools-unfinished-'));
	const { child, ended } = start([...bpftools, 'session', 'export', name], here);
	await eventually('it is being packed', () =>
		unfinished().some((folder) => readdirSync(join(scratch.path, folder)).includes(`${name}.tar.gz`)),
	);
	child.kill('SIGKILL');
	await ended;
	const [left = ''] = unfinished();
	expect(left).not.toBe('');
	// As if it had been killed a minute ago: who has just written may be where it can't be seen.
	const then = Date.now() / 1000 - 60;
	for (const path of [join(left, `${name}.tar.gz`), left]) utimesSync(join(scratch.path, path), then, then);
	truncateSync(join(scratch.path, 'here/bpftools/sessions', name, 'runs/01-execsnoop/output.log'), 100);
	expect(await run(['session', 'export', name], here)).toMatchObject({ code: 0 });
	expect(readdirSync(scratch.path).sort()).toEqual([`${name}.tar.gz`, 'here', 'there']);
});

test('A conversion that is ended leaves no half of a file behind', async () => {
	using scratch = scratchFolder();
	const { here } = twoHosts(scratch.path);
	const name = '2026-01-01T00-00-00';
	const output = join(scratch.path, 'here/bpftools/sessions', name, 'runs/01-execsnoop/output.log');
	writeFileSync(output, `PCOMM PID PPID RET ARGS\n${'ssh 1 2 0 /bin/ssh ada@10.1.2.3\n'.repeat(1_500_000)}`);
	const { child, ended } = start(
		[...bpftools, 'session', 'convert', name, '--to', 'csv', '--output', 'rows.csv'],
		here,
	);
	const files = () => readdirSync(`/proc/${child.pid}/fd`).map((fd) => linkAt(`/proc/${child.pid}/fd/${fd}`));
	await eventually('rows are written', () => files().some((file) => file?.endsWith('/rows.csv')));
	child.kill('SIGINT');
	expect(await ended).toEqual({ code: 3, signal: null, stdout: '', stderr: '' });
	expect(readdirSync(scratch.path).sort()).toEqual(['here', 'there']);
});

/** Files are closed while they are looked at. */
function linkAt(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

test('What the system refuses is told in one sentence', async () => {
	using scratch = scratchFolder();
	const { here, there } = twoHosts(scratch.path);
	const name = '2026-01-01T00-00-00';
	expect(await run(['session', 'export', name], here)).toMatchObject({ code: 0 });
	symlinkSync('nowhere', join(scratch.path, 'dangling'));
	const refused: [string[], RegExp][] = [
		[['session', 'ls', '--session-dir', `${name}.tar.gz`], /ENOTDIR/],
		[['session', 'import', `${name}.tar.gz`, '--session-dir', `${name}.tar.gz`], /EEXIST/],
		[['session', 'import', `${name}.tar.gz`, '--session-dir', 'dangling/sessions'], /EEXIST.*dangling/],
	];
	for (const [args, reason] of refused) {
		const { code, stdout, stderr } = await run(args, there);
		expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
		expect(stderr).toMatch(/^bpftools: It can't be done: .+\.\n$/);
		expect(stderr).toMatch(reason);
	}
});

const alone = needs('root');

test.skipIf(alone)(
	titled('A disk that is full gets no half of a file, and one that is read only is told so', alone),
	async () => {
		using scratch = scratchFolder();
		const { here } = twoHosts(scratch.path);
		const sessions = join(scratch.path, 'here/bpftools/sessions');
		const name = '2026-01-01T00-00-00';
		const disk = join(scratch.path, 'disk');
		mkdirSync(disk);
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
		try {
			cpSync(join(sessions, name), join(disk, name), { recursive: true });
			expect(() => writeFileSync(join(disk, 'filled'), Buffer.alloc(64 * 1024))).toThrow(/ENOSPC/);
			const before = readdirSync(disk);
			for (const args of [
				['convert', name, '--to', 'csv', '--output', join(disk, 'rows.csv')],
				['diff', join(disk, name), name, '--out', disk],
			]) {
				expect(await run(['session', ...args], here)).toMatchObject({
					code: 2,
					stdout: '',
					stderr: expect.stringMatching(/^bpftools: It can't be written: ENOSPC.*\.\n$/),
				});
				expect(readdirSync(disk)).toEqual(before);
			}
			execFileSync('mount', ['-o', 'remount,ro', disk]);
			expect(await run(['session', 'rm', name, '--yes', '--session-dir', disk], here)).toMatchObject({
				code: 2,
				stdout: '',
				stderr: expect.stringMatching(/^bpftools: It can't be done: EROFS.*\.\n$/),
			});
		} finally {
			execFileSync('umount', [disk]);
		}
	},
);

test('Wrong words are told in one sentence', async () => {
	using scratch = scratchFolder();
	const { here, there } = twoHosts(scratch.path);
	writeFileSync(join(scratch.path, 'text'), 'text');
	const wrong: [string[], RegExp][] = [
		[['session'], /session --help/],
		[['session', 'exprot'], /did you mean export\?/],
		[['session', 'export'], /takes a session/],
		[['session', 'export', 'nowhere'], /no session "nowhere"/],
		[['session', 'export', '../..'], /not a session/],
		[['session', 'import'], /takes one file/],
		[['session', 'import', 'nowhere'], /no file nowhere/],
		[['session', 'import', 'text'], /text is refused: /],
		[['session', 'convert', '2026-01-01T00-00-00'], /--to is one of/],
	];
	for (const [args, sentence] of wrong) {
		const { code, stdout, stderr } = await run(args, args.includes('import') ? there : here);
		expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
		expect(stderr).toMatch(/^bpftools: .+\n$/);
		expect(stderr).toMatch(sentence);
	}
});
