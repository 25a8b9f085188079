import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { UsageError } from '../catalog/argv.ts';
import { type Manifest, type ManifestFile, manifestFormat, manifestName, plainName } from './manifest.ts';
import { readSessionFile } from './read-session.ts';
import { ArchiveError, endOfArchive, headerOf, mostFileBytes, paddingOf } from './tar.ts';
import { writeWhole } from './work-folder.ts';

/**
 * Writes a session's files into one compressed archive: first the manifest with
 * the checksum of each, then the files. They are read twice, never held.
 */
export async function exportSession(folder: string, file: string, redacted = false): Promise<Manifest> {
	readSessionFile(folder);
	if (existsSync(file)) throw new UsageError(`${file} is there already; name another file.`);
	const manifest: Manifest = {
		format: manifestFormat,
		session: plainName(basename(resolve(folder))),
		redacted,
		files: await Promise.all(pathsOf(folder).map((path) => describe(folder, path))),
	};
	try {
		await writeWhole(file, (unfinished) =>
			pipeline(Readable.from(entries(folder, manifest)), createGzip(), unfinished),
		);
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`The session can't be exported: ${(error as Error).message}.`);
	}
	return manifest;
}

/**
 * Plain files, in an order that does not change; not what a recorder has for itself, nor what it is replacing now, nor
 * the manifest of another archive, which whoever unpacked that by hand has, and whose checksums are of other files.
 */
export function pathsOf(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('.new'))
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)))
		.filter((path) => path !== manifestName)
		.sort();
}

async function describe(folder: string, path: string): Promise<ManifestFile> {
	const { size } = statSync(join(folder, path));
	if (size > mostFileBytes) throw new UsageError(`${path} is too large for an archive.`);
	const hash = createHash('sha256');
	let bytes = 0;
	for await (const chunk of beginningOf(join(folder, path), size)) {
		hash.update(chunk);
		bytes += chunk.length;
	}
	return { path, bytes, sha256: hash.digest('hex') };
}

/** A file that grows meanwhile is taken as it was at first. */
function beginningOf(path: string, bytes: number): AsyncIterable<Buffer> {
	return bytes === 0 ? Readable.from([]) : createReadStream(path, { end: bytes - 1 });
}

async function* entries(folder: string, manifest: Manifest): AsyncGenerator<Buffer> {
	const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
	const now = Date.now() / 1000;
	yield headerOf({ path: `${manifest.session}/${manifestName}`, bytes: text.length, changed: now });
	yield text;
	yield Buffer.alloc(paddingOf(text.length));
	for (const { path, bytes, sha256 } of manifest.files) {
		const source = join(folder, path);
		yield headerOf({ path: `${manifest.session}/${path}`, bytes, changed: statSync(source).mtimeMs / 1000 });
		const hash = createHash('sha256');
		for await (const chunk of beginningOf(source, bytes)) {
			hash.update(chunk);
			yield chunk;
		}
		if (hash.digest('hex') !== sha256) throw new ArchiveError(`${path} has changed meanwhile; try again`);
		yield Buffer.alloc(paddingOf(bytes));
	}
	yield endOfArchive;
}
