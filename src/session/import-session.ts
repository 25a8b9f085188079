import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, mkdirSync, openSync, renameSync, statfsSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../catalog/argv.ts';
import { makeFolders } from '../host/folder.ts';
import { printable } from '../host/printable.ts';
import { limits, type Manifest, type ManifestFile, manifestName, readManifest } from './manifest.ts';
import { readSessionFile } from './read-session.ts';
import { makeFolder } from './recorder.ts';
import { ArchiveError, blockBytes, paddingOf, readHeader } from './tar.ts';
import { WorkFolder } from './work-folder.ts';

/** Text that repeats itself packs well; no more than this is believed of what is unpacked beyond the first bytes. */
const bestRatio = 400;
const bytesOfAnyRatio = 32 * 1024 * 1024;

/**
 * Unpacks an archive beside the other sessions under a name that none of them
 * has. Everything is verified before the folder gets that name; what is refused
 * leaves nothing behind.
 */
export async function importSession(file: string, parent: string): Promise<{ folder: string; manifest: Manifest }> {
	makeFolders(parent);
	const work = new WorkFolder(parent);
	const unverified = join(work.path, 'session');
	mkdirSync(unverified);
	try {
		const manifest = await unpack(file, unverified, parent);
		readSessionFile(unverified);
		const folder = makeFolder(parent, manifest.session);
		// An empty folder gives way to another that takes its name, so nobody else can have it in between.
		renameSync(unverified, folder);
		return { folder, manifest };
	} catch (error) {
		const reason = reasonOf(error as NodeJS.ErrnoException)
			.replaceAll(unverified, 'its session')
			.replace(/\.$/, '');
		throw new UsageError(`${file} is refused: ${printable(reason)}.`);
	} finally {
		work.remove();
	}
}

/** What was cut short or changed on its way can be had again; gzip's own words don't say so. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
	if (code === 'Z_BUF_ERROR') return 'it is not whole; copy it again';
	if (code === 'Z_DATA_ERROR') return 'it is damaged, or not what "session export" wrote; copy it again';
	return message;
}

async function unpack(file: string, folder: string, parent: string): Promise<Manifest> {
	const packed = createReadStream(file);
	const unpacked = createGunzip();
	packed.on('error', (error) => unpacked.destroy(error));
	const unpacker = new Unpacker(folder, parent);
	let bytes = 0;
	try {
		for await (const chunk of packed.pipe(unpacked) as AsyncIterable<Buffer>) {
			bytes += chunk.length;
			if (bytes > bytesOfAnyRatio && bytes > bestRatio * packed.bytesRead) {
				throw new ArchiveError(`it unpacks to more than ${bestRatio} times its size`);
			}
			unpacker.take(chunk);
		}
		return unpacker.end();
	} finally {
		unpacker.close();
		packed.destroy();
	}
}

type Part =
	| { kind: 'header' }
	| { kind: 'manifest'; name: string; left: number; text: Buffer[] }
	| { kind: 'file'; left: number; hash: Hash; output: number; expected: ManifestFile }
	| { kind: 'padding'; left: number }
	| { kind: 'end' };

/** Takes an archive as it comes, in pieces of any size, and writes the files that its manifest promised. */
class Unpacker {
	private part: Part = { kind: 'header' };
	private header = Buffer.alloc(0);
	private manifest: Manifest | undefined;
	private expected = new Map<string, ManifestFile>();
	private readonly folder: string;
	private readonly parent: string;

	constructor(folder: string, parent: string) {
		this.folder = folder;
		this.parent = parent;
	}

	take(chunk: Buffer): void {
		for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(this.takeSome(rest));
	}

	end(): Manifest {
		if (this.part.kind !== 'end') throw new ArchiveError('it ends too early');
		if (!this.manifest) throw new ArchiveError(`it has no ${manifestName}`);
		const [missing] = this.expected.keys();
		if (missing !== undefined) throw new ArchiveError(`${missing} is missing`);
		return this.manifest;
	}

	close(): void {
		if (this.part.kind === 'file') closeSync(this.part.output);
		this.part = { kind: 'end' };
	}

	private takeSome(bytes: Buffer): number {
		const { part } = this;
		if (part.kind === 'header') {
			const some = bytes.subarray(0, blockBytes - this.header.length);
			this.header = Buffer.concat([this.header, some]);
			if (this.header.length === blockBytes) this.begin();
			return some.length;
		}
		if (part.kind === 'end') {
			if (bytes.some((byte) => byte !== 0)) throw new ArchiveError('something follows its end');
			return bytes.length;
		}
		const some = bytes.subarray(0, part.left);
		part.left -= some.length;
		if (part.kind === 'manifest') part.text.push(Buffer.from(some));
		if (part.kind === 'file') {
			part.hash.update(some);
			for (let written = 0; written < some.length; ) written += writeSync(part.output, some, written);
		}
		if (part.left === 0) this.finish();
		return some.length;
	}

	private begin(): void {
		const header = readHeader(this.header);
		this.header = Buffer.alloc(0);
		if (!header) {
			this.part = { kind: 'end' };
			return;
		}
		const { path, bytes } = header;
		this.part = this.manifest ? this.fileOf(this.manifest, path, bytes) : manifestOf(path, bytes);
		if (bytes === 0) this.finish();
	}

	private fileOf(manifest: Manifest, path: string, bytes: number): Part {
		const inside = path.startsWith(`${manifest.session}/`) ? path.slice(manifest.session.length + 1) : path;
		const expected = inside === path ? undefined : this.expected.get(inside);
		if (!expected) throw new ArchiveError(`${path.slice(0, 100)} is not in its list of files, or is there twice`);
		if (expected.bytes !== bytes) throw new ArchiveError(`${inside} has not the size that it should have`);
		this.expected.delete(inside);
		mkdirSync(dirname(join(this.folder, inside)), { recursive: true });
		return {
			kind: 'file',
			left: bytes,
			hash: createHash('sha256'),
			output: openSync(join(this.folder, inside), 'wx'),
			expected,
		};
	}

	/** The part is complete; its last block may not be. */
	private finish(): void {
		const { part } = this;
		let bytes = 0;
		if (part.kind === 'manifest') {
			const text = Buffer.concat(part.text);
			bytes = text.length;
			this.manifest = readManifest(text.toString('utf8'));
			if (part.name !== this.manifest.session) throw new ArchiveError(`its ${manifestName} is of another session`);
			this.expected = new Map(this.manifest.files.map((file) => [file.path, file]));
			this.checkRoom(this.manifest);
		}
		if (part.kind === 'file') {
			const { expected, output, hash } = part;
			this.part = { kind: 'header' };
			closeSync(output);
			if (hash.digest('hex') !== expected.sha256) throw new ArchiveError(`${expected.path} has a wrong checksum`);
			bytes = expected.bytes;
		}
		const left = part.kind === 'padding' ? 0 : paddingOf(bytes);
		this.part = left > 0 ? { kind: 'padding', left } : { kind: 'header' };
	}

	private checkRoom({ files }: Manifest): void {
		const { bavail, bsize } = statfsSync(this.parent);
		const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
		if (needed > bavail * bsize)
			throw new ArchiveError(`it needs ${needed} bytes, and ${this.parent} has ${bavail * bsize}`);
	}
}

function manifestOf(path: string, bytes: number): Part {
	const [name = '', file, ...more] = path.split('/');
	if (file !== manifestName || more.length > 0) throw new ArchiveError(`it does not begin with a ${manifestName}`);
	if (bytes === 0 || bytes > limits.manifestBytes) throw new ArchiveError(`its ${manifestName} is empty or too large`);
	return { kind: 'manifest', name, left: bytes, text: [] };
}
