import type { KnownFailures } from '../../catalog/known-failures.ts';
import { isIdleHere, refusalText, resolve } from '../../catalog/resolve.ts';
import type { Tool } from '../../catalog/tool.ts';
import type { KernelFeatures } from '../../host/kernel-features.ts';
import type { Scope } from '../../host/target.ts';
import { advice, type Finding, missing, unknown, works } from './finding.ts';

export function catalogFindings(
	tools: Tool[],
	kernel: KernelFeatures,
	scope: Scope,
	failures: KnownFailures,
): Finding[] {
	const resolved = tools.map((tool) => ({ tool, resolution: resolve(tool, kernel, scope, {}, failures) }));
	const runs = resolved.filter(({ resolution }) => resolution.provider);
	const fails = resolved.filter(({ resolution }) => !resolution.provider);
	const fix = advice('Meet the need of one of these providers; the areas above say how.');
	const summary = `${runs.length} of ${tools.length} can run here: ${runs.map(({ tool }) => tool.name).join(', ')}`;
	return [
		runs.length > 0 ? works('tools', summary) : missing('tools', 'none can run here', fix),
		...fails.map(({ tool, resolution }) =>
			isIdleHere(tool, kernel)
				? unknown(tool.name, refusalText(resolution))
				: missing(tool.name, refusalText(resolution), fix),
		),
	];
}
