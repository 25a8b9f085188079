import { type Kind, kinds, type Reading, type ResourceName, type Verdict, verdicts } from './check.ts';
import { cells } from './checklist.ts';

/** One cell of the checklist. */
export interface Step {
	resource: ResourceName;
	kind: Kind;
}

/**
 * Where to look next: the worst cell that nobody has looked at yet. Of equally
 * bad ones errors come first, then utilization, then saturation, resource by resource.
 */
export function nextStep(
	resources: readonly ResourceName[],
	readings: readonly Reading[],
	isDone: (step: Step) => boolean,
): (Step & { verdict: Verdict }) | undefined {
	const grid = cells(readings);
	const open = kinds
		.flatMap((kind) => resources.map((resource) => ({ resource, kind, verdict: grid[resource]?.[kind]?.verdict })))
		.filter((step): step is Step & { verdict: Verdict } => step.verdict !== undefined && !isDone(step));
	return open.toSorted((a, b) => verdicts.indexOf(b.verdict) - verdicts.indexOf(a.verdict))[0];
}
