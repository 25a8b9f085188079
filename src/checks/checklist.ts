import { asItRuns } from '../host/containers.ts';
import type { Host } from '../host/host.ts';
import type { Target } from '../host/target.ts';
import {
	type Check,
	type ContainerTarget,
	type Finding,
	type Kind,
	kinds,
	type Reading,
	type ResourceChecks,
	type ResourceName,
	type Verdict,
} from './check.ts';
import { cpu as containerCpu } from './container/cpu.ts';
import { disk as containerDisk } from './container/disk.ts';
import { memory as containerMemory } from './container/memory.ts';
import { cpu } from './cpu/cpu.ts';
import { disk } from './disk/disk.ts';
import { interconnect } from './interconnect/interconnect.ts';
import { unknown, worse } from './measuring.ts';
import { memory } from './memory/memory.ts';
import { containerNetwork, processNetwork } from './namespace-network.ts';
import { network } from './network/network.ts';
import { cpu as processCpu } from './process/cpu.ts';
import { disk as processDisk } from './process/disk.ts';
import { memory as processMemory } from './process/memory.ts';
import { software } from './software/software.ts';
import { virt } from './virt/virt.ts';

/** What is asked of each kind of target. A check's name is its question; where its answer comes from differs. */
export const checklists: Record<Target['kind'], readonly ResourceChecks<unknown>[]> = {
	host: [cpu, memory, disk, network, virt, software, interconnect],
	container: [containerCpu, containerMemory, containerDisk, containerNetwork],
	process: [processCpu, processMemory, processDisk, processNetwork],
};

export interface Sample {
	/** As it was found: a container that was started anew has another first process. */
	target: Target;
	/** Monotonic milliseconds. */
	at: number;
	resources: Map<ResourceName, Sampled>;
}

type Sampled = { counters: unknown } | { failure: string };

/** Two samples to measure between, and the first one ever, which errors count from. */
export interface Samples {
	before: Sample;
	now: Sample;
	first: Sample;
}

export function takeSample(host: Host, target: Target, only?: readonly ResourceName[]): Sample {
	const found = target.kind === 'container' ? findAgain(host, target) : target;
	const at = performance.now();
	const resources = new Map<ResourceName, Sampled>();
	for (const checks of wanted(target.kind, only)) resources.set(checks.resource, sampleOne(checks, host, found));
	return { target: found, at, resources };
}

function findAgain(host: Host, target: ContainerTarget): Target {
	const container = asItRuns(host, target.container);
	return container ? { ...target, pid: container.pid, container } : target;
}

/** A resource that can't be read must not take the others down with it. */
function sampleOne(checks: ResourceChecks<unknown>, host: Host, target: Target): Sampled {
	try {
		return { counters: checks.sample(host, target) };
	} catch (error) {
		return { failure: reason(error) };
	}
}

/** By resource; in each, errors first. */
export function judge(samples: Samples, only?: readonly ResourceName[]): Reading[] {
	return wanted(samples.now.target.kind, only).flatMap((checks) => judgeOne(checks, samples));
}

function judgeOne({ resource, checks }: ResourceChecks<unknown>, samples: Samples): Reading[] {
	return inOrder(checks).flatMap((check) => {
		const { name, kind, unit } = check;
		return findings(check, resource, samples).map(({ device, value, verdict, why, suspects = [] }) => ({
			check: name,
			resource,
			kind,
			device,
			value,
			unit,
			verdict,
			why,
			suspects,
		}));
	});
}

function inOrder<C extends { kind: Kind }>(checks: readonly C[]): C[] {
	return kinds.flatMap((kind) => checks.filter((check) => check.kind === kind));
}

function findings(check: Check<unknown>, resource: ResourceName, { before, now, first }: Samples): Finding[] {
	const current = now.resources.get(resource);
	const previous = before.resources.get(resource);
	const earliest = first.resources.get(resource);
	if (!current) return [];
	if ('failure' in current) return [unknown(null, current.failure)];
	if (!previous || 'failure' in previous) return [unknown(null, 'this needs a second sample')];
	const from = earliest && 'counters' in earliest ? earliest : previous;
	const seconds = (now.at - before.at) / 1000;
	try {
		return check.judge({ before: previous.counters, now: current.counters, first: from.counters, seconds });
	} catch (error) {
		return [unknown(null, `this check failed: ${reason(error)}`)];
	}
}

function reason(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function wanted(kind: Target['kind'], only: readonly ResourceName[] | undefined): readonly ResourceChecks<unknown>[] {
	return only ? checklists[kind].filter(({ resource }) => only.includes(resource)) : checklists[kind];
}

/** Nothing read is nothing known. */
export function worst(readings: readonly Reading[]): Verdict {
	return readings.length ? readings.map(({ verdict }) => verdict).reduce(worse) : 'unknown';
}

export type Cells = Partial<Record<ResourceName, Partial<Record<Kind, Reading>>>>;

/** What each cell of the checklist shows: its worst reading, of equally bad ones the first. */
export function cells(readings: readonly Reading[]): Cells {
	const grid: Cells = {};
	for (const reading of readings) {
		const row = grid[reading.resource] ?? {};
		const shown = row[reading.kind];
		const isWorst = !shown || worse(shown.verdict, reading.verdict) !== shown.verdict;
		grid[reading.resource] = isWorst ? { ...row, [reading.kind]: reading } : row;
	}
	return grid;
}
