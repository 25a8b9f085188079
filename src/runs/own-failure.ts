import type { Run } from './run.ts';

/** Why a run showed nothing, where its provider is to blame. A lasting reason holds for the next try too. */
export interface OwnFailure {
	why: string;
	lasting: boolean;
}

/** What is wrong with this moment, or with this console's rights, and not with the tool. */
const passing =
	/cannot allocate memory|no space left|too many open files|resource (?:temporarily unavailable|busy)|could not be started|kernel headers|ModuleNotFoundError|ImportError|error while loading shared libraries|command not found/i;
const rights =
	/operation not permitted|permission denied|\bEPERM\b|\bEACCES\b|must be root|root (?:privileges|permissions)|not have permission/i;
/** The kernel's verifier answers with "permission denied" too, and then says at length what it does not like. */
const verifier = /PROG LOAD LOG|processed \d+ insns|Kernel error log/;

/** Signals by which a program ends through its own fault. */
const crashes = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE']);

export function ownFailure({ state, judgement, evidence, stderr, request }: Run): OwnFailure | undefined {
	// A classic command does not depend on the kernel's version.
	if (state.state !== 'ended' || judgement.badge !== 'blind' || request.provider.via === 'classic') return undefined;
	const crashed = state.signal !== null && crashes.has(state.signal);
	const saidSo = evidence.failures.length > 0;
	// One that was stopped may only have been slow to start; one that was killed did not fail by itself.
	if (state.ending !== 'exit' ? !saidSo : state.signal !== null && !crashed) return undefined;
	const words = [...evidence.failures, ...stderr];
	if (words.some((line) => rights.test(line)) && !words.some((line) => verifier.test(line))) return undefined;
	const ordinary = request.scope.target.kind === 'host' && isOrdinary(request);
	const lasting = (saidSo || crashed) && ordinary && !words.some((line) => passing.test(line));
	return { why: saidSo ? judgement.why : [judgement.why, ...stderr.slice(-1)].join(': '), lasting };
}

/** A value that the user chose may itself be the reason. */
function isOrdinary({ tool, values }: Run['request']): boolean {
	return Object.entries(values).every(([name, value]) => value === tool.params[name]?.default);
}
