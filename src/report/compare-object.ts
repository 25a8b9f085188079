import type { Comparison, RunChange } from './compare.ts';
import { nothingDiffers } from './compare-page.ts';
import type { SessionDigest } from './digest.ts';

/** For other programs: everything that differs, without the limits of a page. */
export function comparisonObject(comparison: Comparison) {
	const { a, b, isSameSession, facts, verdicts, readings, runs, onlyIn } = comparison;
	return {
		a: sessionObject(a),
		b: sessionObject(b),
		isSameSession,
		differs: !nothingDiffers(comparison),
		facts,
		verdicts: verdicts.changes,
		oneSided: verdicts.oneSided,
		readings,
		runs: runs.map(runObject),
		onlyIn,
		compared: { checks: verdicts.compared, runs: runs.length },
	};
}

function sessionObject({ folder, session, start, end, runs, warnings }: SessionDigest) {
	const { host, target, ended } = session;
	const started = new Date(start).toISOString();
	const names = runs.map(({ name }) => name);
	return { folder, host, target, started, ended, seconds: (end - start) / 1000, runs: names, warnings: warnings.all() };
}

function runObject({ tool, a, b, remarks, found }: RunChange) {
	return { tool: tool.name, a: a.name, b: b.name, remarks, ...foundObject(found) };
}

function foundObject(found: RunChange['found']) {
	switch (found.shape) {
		case 'stacks': {
			const { processes, moved, gone } = found.diff;
			return { shape: found.shape, processes, moved, gone };
		}
		case 'table':
			return { shape: found.shape, brief: found.brief, changes: found.changes };
		case 'histograms':
		case 'text':
			return { shape: found.shape, changes: found.changes };
		case 'none':
			return { shape: found.shape, why: found.why };
	}
}
