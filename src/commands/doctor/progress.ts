/** A line that the next one overwrites; nothing where nobody watches. */
export function showProgress(text: string): void {
	if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
