import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSession } from '../../test/support/read-session.ts';
import { exportSession } from './export-session.ts';
import { importSession } from './import-session.ts';
import { Recorder } from './recorder.ts';
import { endOfArchive, headerOf, paddingOf } from './tar.ts';

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'archive-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

const about = { program: 'bpftools', host: { hostname: 'box' }, target: 'host' };
const sessionFile = JSON.stringify({ format: 1, ...about, started: '', ended: null });

/** A session with a run of this output. */
function session(output: Buffer): string {
	const recorder = new Recorder(temporaryFolder(), about);
	recorder.event('note', { text: 'é 👍' });
	const run = join(recorder.folder, 'runs/01-says');
	mkdirSync(run, { recursive: true });
	writeFileSync(join(run, 'run.json'), '{"tool":"says"}');
	writeFileSync(join(run, 'output.log'), output);
	writeFileSync(join(run, 'stderr.log'), '');
	recorder.close();
	return recorder.folder;
}

function contentsOf(folder: string): Record<string, string> {
	const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
	return Object.fromEntries(
		files.map((entry) => {
			const path = join(entry.parentPath, entry.name);
			return [path.slice(folder.length), createHash('sha256').update(readFileSync(path)).digest('hex')];
		}),
	);
}

async function exported(folder: string): Promise<string> {
	const file = join(temporaryFolder(), 'session.tar.gz');
	await exportSession(folder, file);
	return file;
}

describe('an exported session', () => {
	test.each([0, 1, 511, 512, 513, 3_000_001])('comes back byte for byte, with an output of %i bytes', async (bytes) => {
		const folder = session(Buffer.alloc(bytes, 'any\xff\0bytes', 'latin1'));
		const { folder: imported } = await importSession(await exported(folder), temporaryFolder());
		expect(contentsOf(imported)).toEqual(contentsOf(folder));
		expect(readSession(imported).warnings).toEqual([]);
	});

	test('that is still written holds what there is, and nothing that only its recorder needs', async () => {
		const recorder = new Recorder(temporaryFolder(), about);
		onTestFinished(() => recorder.close());
		recorder.event('note', { text: 'so far' });
		const { folder, manifest } = await importSession(await exported(recorder.folder), temporaryFolder());
		expect(manifest.files.map(({ path }) => path)).toEqual(['events.ndjson', 'session.json']);
		expect(readSession(folder)).toMatchObject({ events: [{ type: 'note' }], session: { ended: null } });
	});

	test('is read by GNU tar, its manifest first, and sha256sum agrees with that', async () => {
		const file = await exported(session(Buffer.from('output\n')));
		const listed = execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).trim().split('\n');
		expect(listed[0]).toMatch(/^[^/]+\/manifest\.json$/);
		const folder = temporaryFolder();
		execFileSync('tar', ['xzf', file, '-C', folder, '--strip-components=1']);
		const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
		const sums = files.map(({ path, sha256 }: Record<string, string>) => `${sha256}  ${path}\n`).join('');
		execFileSync('sha256sum', ['--check', '--strict', '--quiet'], { cwd: folder, input: sums });
		expect(files).toHaveLength(listed.length - 1);
	});

	test.each([
		['before the change, kunde müller', 'before-the-change-kunde-m-ller'],
		['-rf', 'rf'],
		['a\nb', 'a-b'],
		['…', 'session'],
		['x'.repeat(200), 'x'.repeat(100)],
	])('whose folder is called %j comes back as %s', async (called, name) => {
		const renamed = join(temporaryFolder(), called);
		renameSync(session(Buffer.from('x')), renamed);
		const { folder } = await importSession(await exported(renamed), temporaryFolder());
		expect(basename(folder)).toBe(name);
		expect(contentsOf(folder)).toEqual(contentsOf(renamed));
	});

	test('that was unpacked by hand is exported without the manifest of its archive', async () => {
		const folder = temporaryFolder();
		execFileSync('tar', ['xzf', await exported(session(Buffer.from('x'))), '-C', folder, '--strip-components=1']);
		const { manifest } = await importSession(await exported(folder), temporaryFolder());
		expect(readdirSync(folder)).toContain('manifest.json');
		expect(manifest.files.map(({ path }) => path)).not.toContain('manifest.json');
	});

	test('stands beside one of the same name', async () => {
		const file = await exported(session(Buffer.from('x')));
		const parent = temporaryFolder();
		const first = await importSession(file, parent);
		const second = await importSession(file, parent);
		expect(second.folder).toBe(`${first.folder}-2`);
	});

	test('does not write over a file, and not half of one', async () => {
		const folder = session(Buffer.from('x'));
		const file = await exported(folder);
		await expect(exportSession(folder, file)).rejects.toThrow(/is there already/);
		await expect(exportSession(folder, join(folder, 'none/x.tar.gz'))).rejects.toThrow(
			/Nothing can be written in .*\/none: ENOENT/,
		);
	});
});

type Entry = { path: string; text: string; type?: string; link?: string };

function tar(entries: Entry[]): Buffer {
	const blocks = entries.flatMap(({ path, text, type, link }) => {
		const header = headerOf({ path, bytes: Buffer.byteLength(text), changed: 0 });
		if (type) {
			header.write(type, 156);
			header.write(link ?? '', 157);
			header.fill(' ', 148, 156);
			const sum = header.reduce((sum, byte) => sum + byte, 0);
			header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
		}
		return [header, Buffer.from(text), Buffer.alloc(paddingOf(Buffer.byteLength(text)))];
	});
	return Buffer.concat([...blocks, endOfArchive]);
}

const listed = (path: string, text: string) => ({
	path,
	bytes: Buffer.byteLength(text),
	sha256: createHash('sha256').update(text).digest('hex'),
});

function manifest(files: object[], more: object = {}): Entry {
	const text = JSON.stringify({ format: 1, session: 's', redacted: false, files, ...more });
	return { path: 's/manifest.json', text };
}

const whole = [manifest([listed('session.json', sessionFile)]), { path: 's/session.json', text: sessionFile }];

/** What is wrong with an archive whose manifest admits to a file of this path. */
const withFile = (path: string, text = 'x', entry: Partial<Entry> = {}) =>
	tar([
		manifest([listed('session.json', sessionFile), listed(path, text)]),
		{ path: 's/session.json', text: sessionFile },
		{ path: `s/${path}`, text, ...entry },
	]);

async function expectRefused(packed: Buffer, reason: RegExp): Promise<void> {
	const outer = temporaryFolder();
	const parent = join(outer, 'state/sessions');
	mkdirSync(parent, { recursive: true });
	const file = join(outer, 'archive.tar.gz');
	writeFileSync(file, packed);
	await expect(importSession(file, parent)).rejects.toThrow(reason);
	expect(readdirSync(parent)).toEqual([]);
	expect(readdirSync(outer).sort()).toEqual(['archive.tar.gz', 'state']);
}

describe('an archive is refused, and leaves nothing behind, that', () => {
	const damaged = (change: (tar: Buffer) => void) => {
		const bytes = tar(whole);
		change(bytes);
		return bytes;
	};
	const cases: [string, Buffer, RegExp][] = [
		['climbs out of its folder', withFile('../../evil'), /outside its folder \(\.\.\/\.\.\/evil\)/],
		['climbs out in the middle', withFile('runs/../../../evil'), /outside its folder/],
		['has an absolute path', withFile('/etc/evil'), /outside its folder/],
		['has a path that moves the cursor', withFile('runs/\x1b[2J'), /outside its folder \(runs\/·\[2J\)/],
		['is a maze of folders', withFile(`${'a/'.repeat(20)}x`), /outside its folder/],
		['has a session name that climbs', tar([manifest([], { session: '..' })]), /name of its session/],
		[
			'climbs behind the back of its manifest',
			tar([...whole, { path: 's/../../evil', text: 'x' }]),
			/not in its list of files/,
		],
		['has a file twice', tar([...whole, whole[1] as Entry]), /is there twice/],
		[
			'lists a file twice',
			tar([manifest([listed('session.json', 'a'), listed('session.json', 'b')])]),
			/names a file twice/,
		],
		[
			'has a file that is a folder too',
			tar([
				manifest([listed('session.json', sessionFile), listed('a', 'x'), listed('a/b', 'x')]),
				{ path: 's/a', text: 'x' },
				{ path: 's/a/b', text: 'x' },
			]),
			/EEXIST|ENOTDIR/,
		],
		['holds a symbolic link', withFile('link', '', { type: '2', link: '/etc/passwd' }), /a symbolic link \(s\/link\)/],
		['holds a hard link', withFile('link', '', { type: '1', link: '/etc/passwd' }), /a hard link/],
		['holds a device', withFile('disk', '', { type: '4' }), /a block device/],
		['holds a pipe', withFile('pipe', '', { type: '6' }), /a named pipe/],
		['holds long names of another dialect', withFile('x', 'y', { type: 'L' }), /no plain file/],
		['lacks a file', tar(whole.slice(0, 1)), /session\.json is missing/],
		['has no manifest first', tar(whole.slice(1)), /does not begin with a manifest\.json/],
		['is empty', tar([]), /has no manifest\.json/],
		['has a manifest that is none', tar([{ path: 's/manifest.json', text: '{' }]), /can't be read/],
		['has a manifest of numbers', tar([{ path: 's/manifest.json', text: '7' }]), /none of a session/],
		[
			'has another content',
			tar([whole[0] as Entry, { path: 's/session.json', text: sessionFile.replace('box', 'bax') }]),
			/session\.json has a wrong checksum/,
		],
		['has another size', tar([whole[0] as Entry, { path: 's/session.json', text: `${sessionFile} ` }]), /size/],
		['is torn', tar(whole).subarray(0, 1200), /ends too early/],
		['goes on after its end', Buffer.concat([tar(whole), Buffer.from('x')]), /something follows its end/],
		['has a damaged header', damaged((bytes) => bytes.write('q', 5)), /damaged/],
		['claims a size that is no number', withFile('x').fill('9', 512 * 2 + 124, 512 * 2 + 130), /damaged/],
		[
			'is of a newer format',
			tar([manifest([], { format: 2 })]),
			/newer bpftools wrote it \(format 2; this one reads up to 1\)/,
		],
		[
			'holds a session of a newer format',
			((text) => tar([manifest([listed('session.json', text)]), { path: 's/session.json', text }]))('{"format":9}'),
			/its session was written by a newer bpftools \(format 9/,
		],
		[
			'claims to be larger than any session',
			tar([manifest([{ ...listed('session.json', ''), bytes: 2 ** 50 }])]),
			/more than 16 GB/,
		],
		[
			'has more files than any session',
			tar([manifest(Array.from({ length: 20_001 }, (_, n) => listed(`${n}`, '')))]),
			/more than 20000 files/,
		],
	];
	test.each(cases)('%s', (_, bytes, reason) => expectRefused(gzipSync(bytes), reason));

	test('is no archive at all', async () => {
		await expectRefused(Buffer.from('hello'), /damaged, or not what "session export" wrote; copy it again/);
		await expectRefused(gzipSync('x'.repeat(2000)), /damaged/);
	});

	test('is cut off within its compression', () =>
		expectRefused(gzipSync(tar(whole)).subarray(0, -20), /not whole; copy it again/));

	test('is a bomb, however its manifest vouches for it', async () => {
		const zeros = Buffer.alloc(200 * 1024 * 1024);
		const bomb = manifest([
			listed('session.json', sessionFile),
			{ path: 'zeros', bytes: zeros.length, sha256: createHash('sha256').update(zeros).digest('hex') },
		]);
		const header = headerOf({ path: 's/zeros', bytes: zeros.length, changed: 0 });
		const start = tar([bomb]).subarray(0, -endOfArchive.length);
		await expectRefused(gzipSync(Buffer.concat([start, header, zeros])), /more than 400 times its size/);
		await expectRefused(gzipSync(Buffer.concat([tar(whole), zeros])), /more than 400 times its size/);
	});

	test('GNU tar made with a link, a device or a path that climbs', async () => {
		const folder = temporaryFolder();
		mkdirSync(join(folder, 's'));
		for (const { path, text } of whole) writeFileSync(join(folder, path), text);
		symlinkSync('/etc/passwd', join(folder, 's/link'));
		execFileSync('mkfifo', [join(folder, 's/pipe')]);
		writeFileSync(join(folder, 'evil'), 'x');
		const made = (...paths: string[]) =>
			execFileSync('tar', ['czPf', '-', '--format=ustar', ...whole.map(({ path }) => path), ...paths], { cwd: folder });
		await expectRefused(made('s/link'), /a symbolic link/);
		await expectRefused(made('s/pipe'), /a named pipe/);
		await expectRefused(made('s/../evil'), /not in its list of files/);
		await expectRefused(made(join(folder, 'evil')), /not in its list of files/);
	});
});

test('what a plain GNU tar packed in the same order is taken in', async () => {
	const folder = temporaryFolder();
	mkdirSync(join(folder, 's'));
	for (const { path, text } of whole) writeFileSync(join(folder, path), text);
	const file = join(folder, 's.tar.gz');
	execFileSync('tar', ['czf', file, '--format=ustar', ...whole.map(({ path }) => path)], { cwd: folder });
	expect(gunzipSync(readFileSync(file)).length).toBeGreaterThan(0);
	const { folder: imported } = await importSession(file, join(folder, 'sessions'));
	expect(readSession(imported).session).toMatchObject(about);
});
