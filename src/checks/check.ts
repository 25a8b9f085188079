import type { Host } from '../host/host.ts';
import type { Target } from '../host/target.ts';
import type { ThresholdName } from './thresholds.ts';

export const resources = ['cpu', 'memory', 'disk', 'network', 'virt', 'software', 'interconnect'] as const;
export type ResourceName = (typeof resources)[number];

/** In the order in which they are read: errors are quickest to interpret. */
export const kinds = ['errors', 'utilization', 'saturation'] as const;
export type Kind = (typeof kinds)[number];

/** From best to worst; unknown is a state of its own and never counts as ok. */
export const verdicts = ['ok', 'unknown', 'warn', 'bad'] as const;
export type Verdict = (typeof verdicts)[number];

/** One check's answer for one device (or for the whole resource) at one moment. */
export interface Reading {
	check: string;
	resource: ResourceName;
	kind: Kind;
	/** The device, CPU or interface it speaks of; null for the resource as a whole. */
	device: string | null;
	value: number | null;
	unit: string;
	verdict: Verdict;
	/** One sentence with the numbers in it. */
	why: string;
	/** Who is behind it: processes or devices, worst first. */
	suspects: string[];
}

/** What is left to a check's own code; the rest of a Reading comes from the check. */
export type Finding = Pick<Reading, 'device' | 'value' | 'verdict' | 'why'> & { suspects?: string[] };

/** Counters of one resource at two moments. */
export interface Span<Counters> {
	before: Counters;
	now: Counters;
	/** What the error checks count from: the first sample this console took. */
	first: Counters;
	seconds: number;
}

/** One USE question about one resource. */
export interface Check<Counters> {
	name: string;
	kind: Kind;
	title: string;
	unit: string;
	/** Where the numbers come from and how the value is made of them; shown to the user. */
	source: string;
	/** What its values are measured against. */
	limits?: readonly ThresholdName[];
	/** What else its verdict goes by, in words with their reason; shown to the user. */
	rule?: string;
	judge(span: Span<Counters>): Finding[];
}

/** A resource's counters and the checks that read them. */
export interface ResourceChecks<Counters, Of extends Target = Target> {
	resource: ResourceName;
	sample(host: Host, target: Of): Counters;
	checks: Check<Counters>[];
}

export type ContainerTarget = Extract<Target, { kind: 'container' }>;
export type ProcessTarget = Extract<Target, { kind: 'process' }>;
