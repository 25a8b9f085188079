import { expect, test } from 'vitest';
import type { Kind, Reading, ResourceName, Verdict } from './check.ts';
import { nextStep } from './procedure.ts';

function reading(resource: ResourceName, kind: Kind, verdict: Verdict): Reading {
	return {
		check: `${resource}.${kind}`,
		resource,
		kind,
		device: null,
		value: 1,
		unit: '',
		verdict,
		why: '',
		suspects: [],
	};
}

const resources = ['cpu', 'disk'] as const;

/** The cells in the order in which the procedure leads through them. */
function walk(readings: Reading[]): string[] {
	const done: string[] = [];
	for (;;) {
		const step = nextStep(resources, readings, ({ resource, kind }) => done.includes(`${resource} ${kind}`));
		if (!step) return done;
		done.push(`${step.resource} ${step.kind}`);
	}
}

test('where all is equally good, errors come first, then utilization, then saturation, resource by resource', () => {
	const readings = resources.flatMap((resource) =>
		(['saturation', 'errors', 'utilization'] as const).map((kind) => reading(resource, kind, 'ok')),
	);
	expect(walk(readings)).toEqual([
		'cpu errors',
		'disk errors',
		'cpu utilization',
		'disk utilization',
		'cpu saturation',
		'disk saturation',
	]);
});

test('what is worse comes before, and unknown before ok', () => {
	const readings = [
		reading('cpu', 'errors', 'ok'),
		reading('cpu', 'utilization', 'warn'),
		reading('disk', 'errors', 'unknown'),
		reading('disk', 'saturation', 'bad'),
		reading('disk', 'saturation', 'ok'),
	];
	expect(walk(readings)).toEqual(['disk saturation', 'cpu utilization', 'disk errors', 'cpu errors']);
});

test('without readings there is nowhere to go', () => {
	expect(nextStep(resources, [], () => false)).toBeUndefined();
});
