import stringWidth from 'string-width';

const plain = /^[\x20-\x7e]*$/;

/** Columns of the terminal that a text takes. */
export function widthOf(text: string): number {
	return plain.test(text) ? text.length : stringWidth(text);
}

/** Text in exactly this many columns: cut off, or filled up with spaces on the other side of its alignment. */
export function fitTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
	return padTo(cut(text, width), width, align);
}

/** Text in at least this many columns. */
export function padTo(text: string, width: number, align: 'left' | 'right'): string {
	const space = ' '.repeat(Math.max(0, width - widthOf(text)));
	return align === 'left' ? text + space : space + text;
}

export function cut(text: string, width: number): string {
	if (plain.test(text)) return text.length <= width ? text : text.slice(0, Math.max(0, width));
	let used = 0;
	let end = 0;
	for (const { segment } of segmenter.segment(text)) {
		used += stringWidth(segment);
		if (used > width) break;
		end += segment.length;
	}
	return text.slice(0, end);
}

const segmenter = new Intl.Segmenter();

/** Words in lines of at most this width; a word that is longer is broken. */
export function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		const longer = line === '' ? word : `${line} ${word}`;
		if (widthOf(longer) <= width) {
			line = longer;
			continue;
		}
		if (line !== '') lines.push(line);
		line = word;
		while (widthOf(line) > width && width > 0) {
			const head = cut(line, width);
			if (head === '') break;
			lines.push(head);
			line = line.slice(head.length);
		}
	}
	if (line !== '') lines.push(line);
	return lines;
}
