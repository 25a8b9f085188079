const unprintable = /[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const everyUnprintable = new RegExp(unprintable, 'g');

/** Text from outside as it may be shown: whatever could move a cursor, turn text around or hide is a dot. */
export function printable(text: string): string {
	return unprintable.test(text) ? text.replace(everyUnprintable, '·') : text;
}
