const zero = 0x30;
const nine = 0x39;
const newline = 0x0a;
const space = 0x20;
const tab = 0x09;

/** Walks over a table of the kernel's without splitting it: at hundreds of lines a second that is most of what reading costs. */
export class Scanner {
	private at = 0;
	private readonly text: string;

	constructor(text: string) {
		this.text = text;
	}

	get atEnd(): boolean {
		return this.at >= this.text.length;
	}

	/** The next decimal number of this line; NaN where it has no more. */
	number(): number {
		this.skipBlanks();
		let digit = this.text.charCodeAt(this.at);
		if (!(digit >= zero && digit <= nine)) return Number.NaN;
		let value = 0;
		do {
			value = value * 10 + (digit - zero);
			this.at += 1;
			digit = this.text.charCodeAt(this.at);
		} while (digit >= zero && digit <= nine);
		return value;
	}

	/** What comes next, up to a blank, the end of the line or this character, which is left out. */
	word(end = ' '): string {
		const last = end.charCodeAt(0);
		this.skipBlanks();
		const from = this.at;
		let each = this.text.charCodeAt(from);
		while (each !== last && each !== space && each !== tab && each !== newline && !Number.isNaN(each)) {
			this.at += 1;
			each = this.text.charCodeAt(this.at);
		}
		const word = this.text.slice(from, this.at);
		if (each === last) this.at += 1;
		return word;
	}

	nextLine(): void {
		const end = this.text.indexOf('\n', this.at);
		this.at = end < 0 ? this.text.length : end + 1;
	}

	private skipBlanks(): void {
		let each = this.text.charCodeAt(this.at);
		while (each === space || each === tab) {
			this.at += 1;
			each = this.text.charCodeAt(this.at);
		}
	}
}
