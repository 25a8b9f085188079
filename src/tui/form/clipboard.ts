/**
 * Asks the terminal to put a text into the clipboard of whoever sits at it, over ssh and
 * containers as well (OSC 52). No terminal says whether it did.
 */
export function copy(text: string): void {
	process.stdout.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
}
