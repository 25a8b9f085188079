import type { Reading, Verdict } from '../../src/checks/check.ts';
import type { Watcher } from './watcher.ts';

/** Where a fault is caused, so that nothing but what was made for it suffers. */
export type Place =
	| 'this host'
	| 'a process'
	| 'a container'
	| 'a control group'
	| 'a network namespace'
	| 'a loop device'
	| 'the lab VM';

/** Something that goes wrong for real, and what the checklist must say of it. */
export interface Fault {
	/** In words, as it stands in docs/faults.md. */
	name: string;
	where: Place;
	check: string;
	/** Where no file of the kernel's tells, and the check leads to a tool that does. */
	tool?: string;
	/** What it must turn to at least. */
	verdict: Exclude<Verdict, 'ok' | 'unknown'>;
	/** Seconds that it may take to be shown, where that takes longer than ten. */
	patience?: number;
	/** Other load can turn this check as well; then it is enough that the culprit comes and goes. */
	others?: 'compete';
	/** It changes what others are proven by, so none may be caused beside it. */
	alone?: true;
	/** Why it could not be seen in the last seconds, where other load has kept it from being a fault. */
	hidden?: (recent: readonly (readonly Reading[])[]) => string | undefined;
	/** Why it can't be caused on this machine; asked before its test runs, so that the title can tell. */
	whyNot?: () => string | undefined;
	/** Makes ready all that the fault needs. What it makes is gone after the test, whatever happens. */
	stage: () => Promise<Stage>;
}

export interface Stage {
	watcher: Watcher;
	/** What the reading speaks of; null for the resource as a whole. */
	device: string | null;
	/** Comes back when the fault is there. */
	cause: () => Caused | Promise<Caused>;
}

export interface Caused {
	/** What a suspect or the sentence must name. */
	culprit: RegExp;
	/** As an administrator would. */
	undo: () => unknown;
}
