import type { Run } from './run.ts';

/** Why a run showed nothing, where its provider is to blame. A lasting reason holds for the next try too. */
export interface OwnFailure {
	why: string;
	lasting: boolean;
}

/** What is wrong with this moment, or with what else is installed, and may be mended before the next try. */
const passing =
	/cannot allocate memory|no space left|too many open files|resource (?:temporarily unavailable|busy)|could not be started|kernel headers|ModuleNotFoundError|ImportError|error while loading shared libraries|command not found/i;
const rights =
	/operation not permitted|permission denied|\bEPERM\b|\bEACCES\b|must be root|root (?:privileges|permissions)|not have permission/i;
/** The kernel's verifier answers with "permission denied" too, and then says at length what it does not like. */
const verifier = /PROG LOAD LOG|processed \d+ insns|Kernel error log/;

/** Signals by which a program ends through its own fault. */
const crashes = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE']);

/** Where other BPF programs were loaded (`mayLoad`), a refusal is not about rights: a kernel refuses what it lacks in the same words. */
export function ownFailure(
	{ state, judgement, evidence, stderr, request }: Run,
	mayLoad: boolean,
): OwnFailure | undefined {
	// A classic command does not depend on the kernel's version.
	if (state.state !== 'ended' || judgement.badge !== 'blind' || request.provider.via === 'classic') return undefined;
	const crashed = state.signal !== null && crashes.has(state.signal);
	const saidSo = evidence.failures.length > 0;
	// One that was stopped may only have been slow to start; one that was killed did not fail by itself.
	if (state.ending !== 'exit' ? !saidSo : state.signal !== null && !crashed) return undefined;
	const said = (words: RegExp) => [...evidence.failures, ...stderr].some((line) => words.test(line));
	const refused = said(rights) && !said(verifier) && !mayLoad;
	const ordinary = request.scope.target.kind === 'host' && hasUsualValues(request);
	const lasting = (saidSo || crashed) && ordinary && !refused && !said(passing);
	return { why: saidSo ? judgement.why : [judgement.why, ...stderr.slice(-1)].join(': '), lasting };
}

/** A value that the user chose may itself be the reason. */
function hasUsualValues({ tool, values }: Run['request']): boolean {
	return Object.entries(values).every(([name, value]) => value === tool.params[name]?.default);
}
