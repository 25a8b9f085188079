/** The fields of a message with this number that hold texts, bytes or messages. What is torn off at the end is left out. */
export function fieldsOf(message: Buffer, wanted: number): Buffer[] {
	const found: Buffer[] = [];
	for (let at = 0; at < message.length; ) {
		const tag = varint(message, at);
		const field = Math.floor(tag.value / 8);
		switch (tag.value % 8) {
			case 0:
				at = varint(message, tag.end).end;
				break;
			case 1:
				at = tag.end + 8;
				break;
			case 2: {
				const size = varint(message, tag.end);
				at = size.end + size.value;
				if (field === wanted && at <= message.length) found.push(message.subarray(size.end, at));
				break;
			}
			case 5:
				at = tag.end + 4;
				break;
			default:
				return found;
		}
	}
	return found;
}

export function textOf(message: Buffer, wanted: number): string | undefined {
	return fieldsOf(message, wanted).at(-1)?.toString('utf8');
}

/** Seven bits a byte, the lowest first; the last byte has its top bit clear. */
function varint(message: Buffer, start: number): { value: number; end: number } {
	let value = 0;
	for (let at = start, scale = 1; at < message.length; at++, scale *= 128) {
		const byte = message[at] ?? 0;
		value += (byte % 128) * scale;
		if (byte < 128) return { value, end: at + 1 };
	}
	return { value: 0, end: message.length };
}

/** A field that holds a text, bytes or a message. */
export function bytesField(field: number, bytes: Buffer): Buffer {
	return Buffer.concat([varintOf(field * 8 + 2), varintOf(bytes.length), bytes]);
}

/** A field that holds a whole number from 0. */
export function numberField(field: number, value: number): Buffer {
	return Buffer.concat([varintOf(field * 8), varintOf(value)]);
}

/** A field that holds many of them. */
export function numbersField(field: number, values: readonly number[]): Buffer {
	return bytesField(field, Buffer.concat(values.map(varintOf)));
}

function varintOf(value: number): Buffer {
	const bytes: number[] = [];
	let rest = BigInt(Math.max(0, Math.trunc(value)));
	do {
		const low = Number(rest & 127n);
		rest >>= 7n;
		bytes.push(rest > 0n ? low | 128 : low);
	} while (rest > 0n);
	return Buffer.from(bytes);
}
