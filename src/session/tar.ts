/** The part of the ustar format that a session needs: plain files, nothing else. GNU tar reads what is written here. */

export const blockBytes = 512;

export interface TarHeader {
	path: string;
	bytes: number;
	/** Seconds since 1970. */
	changed: number;
}

/** Why an archive can't be read; a sentence without its full stop. */
export class ArchiveError extends Error {}

/** A name of up to 100 bytes, a place for 155 more before a slash. */
const nameBytes = 100;
const prefixBytes = 155;
/** Eleven octal digits. */
export const mostFileBytes = 8 ** 11 - 1;

export function headerOf({ path, bytes, changed }: TarHeader): Buffer {
	const { prefix, name } = splitPath(path);
	const block = Buffer.alloc(blockBytes);
	block.write(name, 0);
	block.write('0000644\0', 100);
	block.write('0000000\0', 108);
	block.write('0000000\0', 116);
	block.write(`${octal(bytes)}\0`, 124);
	block.write(`${octal(changed)}\0`, 136);
	block.write('0', 156);
	block.write('ustar\x0000', 257);
	block.write(prefix, 345);
	block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148);
	return block;
}

/** What fills a file's last block. */
export function paddingOf(bytes: number): number {
	return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

/** Two blocks of zeros. */
export const endOfArchive = Buffer.alloc(2 * blockBytes);

/** A header as it was read, or undefined for the block of zeros that ends an archive. */
export function readHeader(block: Buffer): TarHeader | undefined {
	if (block.every((byte) => byte === 0)) return undefined;
	if (numberAt(block, 148, 8) !== checksumOf(block)) throw new ArchiveError('it is damaged, or no tar archive');
	if (block.toString('latin1', 257, 262) !== 'ustar')
		throw new ArchiveError('it is not of the kind of tar that sessions use');
	const [name, prefix] = [textAt(block, 0, nameBytes), textAt(block, 345, prefixBytes)];
	const path = prefix === '' ? name : `${prefix}/${name}`;
	const type = block.toString('latin1', 156, 157);
	if (type !== '0') throw new ArchiveError(`it holds ${kinds[type] ?? 'something that is no plain file'} (${path})`);
	return { path, bytes: numberAt(block, 124, 12), changed: numberAt(block, 136, 12) };
}

const kinds: Record<string, string> = {
	'1': 'a hard link',
	'2': 'a symbolic link',
	'3': 'a character device',
	'4': 'a block device',
	'5': 'a folder of its own',
	'6': 'a named pipe',
};

function splitPath(path: string): { prefix: string; name: string } {
	if (Buffer.byteLength(path) <= nameBytes) return { prefix: '', name: path };
	for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) {
		const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
		if (Buffer.byteLength(prefix) <= prefixBytes && Buffer.byteLength(name) <= nameBytes) return { prefix, name };
	}
	throw new ArchiveError(`the path ${path} is too long for an archive`);
}

function octal(value: number): string {
	return Math.min(Math.max(0, Math.floor(value)), mostFileBytes)
		.toString(8)
		.padStart(11, '0');
}

/** The sum of all bytes, with blanks in place of the sum itself. */
function checksumOf(block: Buffer): number {
	let sum = 8 * 32;
	for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
	return sum;
}

function textAt(block: Buffer, start: number, length: number): string {
	const end = block.indexOf(0, start);
	return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

function numberAt(block: Buffer, start: number, length: number): number {
	const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString('latin1', start, start + length))?.[1];
	if (digits === undefined) throw new ArchiveError('it is damaged: a number in it is none');
	return Number.parseInt(digits, 8);
}
