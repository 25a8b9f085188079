import { setTimeout as sleep } from 'node:timers/promises';
import { type ParamValues, paramValues, UsageError } from '../../catalog/argv.ts';
import type { KnownFailures } from '../../catalog/known-failures.ts';
import { candidates } from '../../catalog/resolve.ts';
import type { Provider, Tool } from '../../catalog/tool.ts';
import type { Host } from '../../host/host.ts';
import type { KernelFeatures } from '../../host/kernel-features.ts';
import type { Scope } from '../../host/target.ts';
import { Ledger } from '../../runs/ledger.ts';
import { type OwnFailure, ownFailure } from '../../runs/own-failure.ts';
import { Run } from '../../runs/run.ts';
import { advice, type Finding, missing, unknown, works } from './finding.ts';
import { showProgress } from './progress.ts';

interface Machine {
	host: Host;
	kernel: KernelFeatures;
	scope: Scope;
	failures: KnownFailures;
	/** A BPF program of some kind was loaded before. */
	mayLoad: boolean;
}

interface Candidate {
	tool: Tool;
	provider: Provider;
	program: string;
}

/** Runs every tool whose output can be read through every provider that could serve, two at a time, and remembers which of them fail. */
export async function tryTools(tools: Tool[], machine: Machine): Promise<Finding[]> {
	const { kernel, scope } = machine;
	const readable = tools.filter(({ output }) => output.class !== 'terminal');
	const all = readable.flatMap((tool) => candidates(tool, kernel, scope).map((candidate) => ({ tool, ...candidate })));
	const ledger = new Ledger();
	const findings: Finding[] = [];
	const queue = all.entries();
	let tried = 0;
	const tryNext = async () => {
		for (const [index, candidate] of queue) {
			findings[index] = await tryTool(candidate, machine, ledger);
			showProgress(`tried ${++tried} of ${all.length} tools: ${findings[index].name}`);
		}
	};
	await Promise.all([tryNext(), tryNext()]);
	showProgress('');
	ledger.undoAll();
	return findings;
}

async function tryTool(candidate: Candidate, machine: Machine, ledger: Ledger): Promise<Finding> {
	const { tool, provider, program } = candidate;
	const name = `${tool.name} by ${provider.via}`;
	const values = usualValues(tool);
	if (typeof values === 'string') return unknown(name, `not tried: ${values}`);
	const { host, kernel, scope, failures, mayLoad } = machine;
	const limit = patienceSeconds[provider.via];
	const run = new Run({ ...candidate, values, scope, narrowing: 'host', kernel, limit }, host, ledger);
	await untilDecided(run);
	run.stop('user');
	await run.ended;
	const failure = ownFailure(run, mayLoad);
	if (failure) failures.add(tool, provider, program, failure.why, failure.lasting);
	else if (run.judgement.badge !== 'blind') failures.remove(tool, provider, program);
	return findingOf(name, run, failure);
}

function usualValues(tool: Tool): ParamValues | string {
	try {
		return paramValues(tool, {});
	} catch (error) {
		if (error instanceof UsageError) return error.message;
		throw error;
	}
}

/** BCC compiles each program anew, on a slow machine for a minute. */
const patienceSeconds: Record<Provider['via'], number> = { libbpf: 30, bpftrace: 60, bcc: 300, perf: 30, classic: 30 };

const pollMilliseconds = 200;
/** A loader holds its programs before it attaches them, and says afterwards which it could not. */
const settleMilliseconds = 2000;

/** Until it has printed rows, has held BPF programs for a while, or has ended. */
async function untilDecided(run: Run): Promise<void> {
	let held = 0;
	while (run.state.state === 'running' && run.evidence.rows === 0 && held < settleMilliseconds) {
		await sleep(pollMilliseconds);
		if (run.cost.programs > 0) held += pollMilliseconds;
	}
}

const until = 'until then the next provider serves, if there is one';

function findingOf(name: string, run: Run, failure: OwnFailure | undefined): Finding {
	const { badge, why } = run.judgement;
	const { provider, limit } = run.request;
	const { programs } = run.cost;
	if (badge === 'complete' || badge === 'lossy') return works(name, why);
	// Some tools take their time to print what they have seen, and nobody waits for it here.
	if (badge === 'partial' && run.evidence.failures.length === 0) {
		return works(name, programs > 0 ? `${programs} BPF programs loaded` : 'it ran until it was stopped');
	}
	if (badge === 'partial') return works(name, `in part: ${why}`);
	if (failure?.lasting) return missing(name, failure.why, advice(`Install a newer ${provider.package}; ${until}.`));
	const stopped = run.state.state === 'ended' && run.state.ending !== 'exit';
	if (!failure && stopped) return unknown(name, `it attached nothing within ${limit} s`);
	return missing(name, failure?.why ?? why, advice('The areas above name what it may lack.'));
}
