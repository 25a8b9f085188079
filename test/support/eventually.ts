import { setTimeout as sleep } from 'node:timers/promises';

const pollMilliseconds = 100;

/** Waits until `look` finds something, and fails with `what` and the last that was seen. */
export async function eventually<T>(
	what: string,
	look: () => T | undefined | false | Promise<T | undefined | false>,
	seconds = 15,
	seen: () => string | Promise<string> = () => '',
): Promise<T> {
	for (let waited = 0; waited <= seconds * 1000; waited += pollMilliseconds) {
		const found = await look();
		if (found !== undefined && found !== false) return found;
		await sleep(pollMilliseconds);
	}
	throw new Error(`Within ${seconds} seconds: ${what}\n${await seen()}`);
}
