/** Longer than any row a tool prints for people; short enough that no line can be made a weapon. */
const longestText = 16 * 1024;
const newline = 10;
const carriageReturn = 13;
/** UTF-8 takes at most three bytes for what is one unit of a string's length. */
const bytesPerUnit = 3;

/**
 * Cuts a stream of bytes into lines. A line over the limit is cut off and the
 * rest of it dropped, so that a tool that never ends its line cannot fill memory.
 * Bytes that are not UTF-8 become U+FFFD.
 */
export class LineSplitter {
	cut = 0;
	private held: Buffer[] = [];
	private heldBytes = 0;
	private readonly take: (line: string) => void;
	private readonly longest: number;

	constructor(take: (line: string) => void, longest = longestText) {
		this.take = take;
		this.longest = longest;
	}

	push(chunk: Buffer): void {
		const last = chunk.lastIndexOf(newline);
		if (last < 0) {
			this.hold(chunk);
			return;
		}
		let start = 0;
		if (this.heldBytes > 0) {
			start = chunk.indexOf(newline) + 1;
			this.hold(chunk.subarray(0, start - 1));
			this.release();
		}
		if (start <= last) this.splitWhole(chunk.toString('utf8', start, last));
		if (last + 1 < chunk.length) this.hold(chunk.subarray(last + 1));
	}

	end(): void {
		if (this.heldBytes > 0) this.release();
	}

	private splitWhole(text: string): void {
		let start = 0;
		for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
			this.emit(text.slice(start, end));
			start = end + 1;
		}
		this.emit(text.slice(start));
	}

	private hold(bytes: Buffer): void {
		// Enough bytes for one character more than the limit, whatever their width, so that a cut line can be told from a full one.
		const room = bytesPerUnit * (this.longest + 1) - this.heldBytes;
		if (room > 0) this.held.push(Buffer.from(bytes.subarray(0, room)));
		this.heldBytes += Math.max(0, Math.min(room, bytes.length));
	}

	private release(): void {
		const text = Buffer.concat(this.held).toString('utf8');
		this.held = [];
		this.heldBytes = 0;
		this.emit(text);
	}

	private emit(line: string): void {
		if (line.length > this.longest) {
			this.cut++;
			this.take(line.slice(0, this.longest));
		} else {
			this.take(line.charCodeAt(line.length - 1) === carriageReturn ? line.slice(0, -1) : line);
		}
	}
}
