import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../src/checks/check.ts';
import { Watch } from '../../src/checks/watch.ts';
import { type Host, openHost } from '../../src/host/host.ts';
import { hostTarget, type Target } from '../../src/host/target.ts';

/** A console that can be started again and again. */
export interface Watcher {
	start: () => Promise<Watching>;
}

/** Its readings from second to second, settled as they are shown. */
export interface Watching {
	next: () => Promise<Reading[]>;
	end: () => unknown;
}

const second = 1000;

/** This test's own process sees what is mounted and made here, whatever the host's first process may. */
export const thisHost = openHost({ pid: process.pid });

/** The checklist as the console runs it. */
export function watch(host: Host = thisHost, target: Target = hostTarget(host)): Watcher {
	return {
		start: async () => {
			const watch = new Watch(host, target);
			let due = performance.now();
			return {
				next: async () => {
					due += second;
					await sleep(Math.max(0, due - performance.now()));
					return watch.next();
				},
				end: () => {},
			};
		},
	};
}
