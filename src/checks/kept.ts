import type { Host } from '../host/host.ts';

/** What a reader of counters keeps from one sample to the next: one for each host, and process that stands for it. */
export function perHost<T>(make: (host: Host) => T): (host: Host) => T {
	const kept = new Map<string, T>();
	return (host) => {
		const key = `${host.proc} ${host.pid}`;
		const found = kept.get(key);
		if (found !== undefined) return found;
		const made = make(host);
		kept.set(key, made);
		return made;
	};
}

/** For what changes slowly: it is read anew once it is so many seconds old. */
export function aged<T>(seconds: number, read: (host: Host) => T): (host: Host) => T {
	const lastOf = perHost<{ at: number; value: T | undefined }>(() => ({
		at: Number.NEGATIVE_INFINITY,
		value: undefined,
	}));
	return (host) => {
		const last = lastOf(host);
		const now = performance.now();
		if (now - last.at >= seconds * 1000) {
			last.value = read(host);
			last.at = now;
		}
		return last.value as T;
	};
}

/** The last answer to a question that takes its time. None until the first one came. */
export interface Polled<T> {
	answer: T | undefined;
	/** Why the last question had no answer. */
	failure: string | undefined;
}

/**
 * For what can't be read at once, or may never answer: asked in the background, one
 * question at a time, when the last one is so many seconds old. A sample waits for none.
 */
export function polled<T>(
	seconds: number,
	ask: (host: Host, earlier: T | undefined) => Promise<T>,
): (host: Host) => Polled<T> {
	const stateOf = perHost<{ asked: number; waiting: boolean; last: Polled<T> }>(() => ({
		asked: Number.NEGATIVE_INFINITY,
		waiting: false,
		last: { answer: undefined, failure: undefined },
	}));
	return (host) => {
		const state = stateOf(host);
		const now = performance.now();
		if (!state.waiting && now - state.asked >= seconds * 1000) {
			state.asked = now;
			state.waiting = true;
			ask(host, state.last.answer)
				.then(
					(answer) => {
						state.last = { answer, failure: undefined };
					},
					(error: unknown) => {
						const failure = error instanceof Error ? error.message : String(error);
						state.last = { answer: undefined, failure };
					},
				)
				.finally(() => {
					state.waiting = false;
				});
		}
		return state.last;
	};
}
