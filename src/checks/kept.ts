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

/** What samples of a host have asked so far. */
const questionsOf = perHost(() => new Set<() => Promise<void>>());

/**
 * For what can't be read at once, or may never answer: asked in the background, one
 * question at a time, when the last one is so many seconds old. A sample waits for none.
 */
export function polled<T>(
	seconds: number,
	ask: (host: Host, earlier: T | undefined) => Promise<T>,
): (host: Host) => Polled<T> {
	const questionOf = perHost((host) => {
		const question = new Question(host, ask);
		questionsOf(host).add(() => question.ask());
		return question;
	});
	return (host) => {
		const question = questionOf(host);
		if (performance.now() - question.asked >= seconds * 1000) void question.ask();
		return question.last;
	};
}

class Question<T> {
	asked = Number.NEGATIVE_INFINITY;
	last: Polled<T> = { answer: undefined, failure: undefined };
	private underWay: Promise<void> | undefined;
	private readonly host: Host;
	private readonly put: (host: Host, earlier: T | undefined) => Promise<T>;

	constructor(host: Host, put: (host: Host, earlier: T | undefined) => Promise<T>) {
		this.host = host;
		this.put = put;
	}

	/** Until there is an answer, or word that there is none. */
	ask(): Promise<void> {
		if (this.underWay) return this.underWay;
		this.asked = performance.now();
		this.underWay = this.answer().finally(() => {
			this.underWay = undefined;
		});
		return this.underWay;
	}

	private async answer(): Promise<void> {
		try {
			this.last = { answer: await this.put(this.host, this.last.answer), failure: undefined };
		} catch (error) {
			this.last = { answer: undefined, failure: error instanceof Error ? error.message : String(error) };
		}
	}
}

const patience = 3000;

/** Asks again what samples of this host have asked, and waits for the answers: for who takes two samples only. */
export async function answersOf(host: Host): Promise<void> {
	await new Promise<void>((resolve) => {
		const late = setTimeout(resolve, patience);
		void Promise.all([...questionsOf(host)].map((ask) => ask())).then(() => {
			clearTimeout(late);
			resolve();
		});
	});
}
