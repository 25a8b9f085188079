import { printable } from '../host/printable.ts';
import { ArchiveError } from './tar.ts';

export const manifestFormat = 1;

/** The first file of an archive; it is about the archive, so an import does not keep it. */
export const manifestName = 'manifest.json';

export interface ManifestFile {
	/** Inside the session's folder. */
	path: string;
	bytes: number;
	sha256: string;
}

export interface Manifest {
	format: number;
	/** The name of the session's folder. */
	session: string;
	redacted: boolean;
	files: ManifestFile[];
}

/** More than any console writes, and what a host that imports can bear. */
export const limits = {
	manifestBytes: 16 * 1024 * 1024,
	files: 20_000,
	bytes: 16 * 1024 ** 3,
	depth: 8,
};

/** A session's name in an archive, whatever its user has called its folder: one that no file system and no shell takes amiss. */
export function plainName(name: string): string {
	const plain = name.replace(/[^\w.:+-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
	return plain.slice(0, 100) || 'session';
}

/** What an archive says that it holds, once all of it has been found harmless. */
export function readManifest(text: string): Manifest {
	let found: Partial<Manifest> | null;
	try {
		found = JSON.parse(text);
	} catch {
		throw new ArchiveError(`its ${manifestName} can't be read`);
	}
	const { format, session, files } = found ?? {};
	if (typeof format !== 'number') throw new ArchiveError(`its ${manifestName} is none of a session`);
	if (format > manifestFormat) {
		throw new ArchiveError(`a newer bpftools wrote it (format ${format}; this one reads up to ${manifestFormat})`);
	}
	if (typeof session !== 'string' || session !== plainName(session)) {
		throw new ArchiveError('the name of its session is none');
	}
	if (!Array.isArray(files)) throw new ArchiveError(`its ${manifestName} lists no files`);
	if (files.length > limits.files) throw new ArchiveError(`it holds more than ${limits.files} files`);
	for (const file of files) check(file);
	const sum = files.reduce((sum, { bytes }) => sum + bytes, 0);
	if (sum > limits.bytes) throw new ArchiveError(`it holds more than ${limits.bytes / 1024 ** 3} GB`);
	const paths = new Set(files.map(({ path }) => path));
	if (paths.size < files.length) throw new ArchiveError('it names a file twice');
	if (!paths.has('session.json')) throw new ArchiveError('it has no session.json');
	return { format, session, redacted: found?.redacted === true, files };
}

function check(file: unknown): void {
	const { path, bytes, sha256 } = (file ?? {}) as Partial<ManifestFile>;
	if (typeof path !== 'string' || !isInside(path)) {
		throw new ArchiveError(`it names a file outside its folder (${printable(String(path)).slice(0, 100)})`);
	}
	if (!Number.isSafeInteger(bytes) || (bytes as number) < 0 || !/^[0-9a-f]{64}$/.test(String(sha256))) {
		throw new ArchiveError(`its ${manifestName} is damaged at ${path}`);
	}
}

/** A plain path that goes down only, in characters that no file system and no terminal takes amiss. */
function isInside(path: string): boolean {
	const parts = path.split('/');
	return (
		parts.length <= limits.depth &&
		path === printable(path) &&
		!path.includes('\\') &&
		parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.length <= 100)
	);
}
