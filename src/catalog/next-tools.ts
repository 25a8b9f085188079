import type { KernelFeatures } from '../host/kernel-features.ts';
import type { Scope } from '../host/target.ts';
import { toolsOfCell } from './cells.ts';
import type { KnownFailures } from './known-failures.ts';
import { type Resolution, resolve } from './resolve.ts';
import type { Tool, ToolFile } from './tool.ts';

export interface NextTool {
	tool: Tool;
	resolution: Resolution;
}

/**
 * The tools that help with one cell of the checklist: those that run here first, then those that can be narrowed to
 * the target, then those that the cell names, in its order. Of others, as a user's own, those come first that answer the
 * question, then the resource's, and of these the ones that answer little else.
 */
export function nextTools(
	tools: Tool[],
	kernel: KernelFeatures,
	scope: Scope,
	resource: ToolFile['resource'],
	kind: ToolFile['answers'][number],
	failures?: KnownFailures,
): NextTool[] {
	const named = toolsOfCell[resource][kind];
	const rank = ({ tool, resolution }: NextTool) =>
		[
			resolution.provider,
			resolution.narrowing !== 'not',
			named.includes(tool.name),
			tool.answers.includes(kind),
			tool.resource === resource,
		].reduce((rank, holds) => 2 * rank + (holds ? 0 : 1), 0);
	return tools
		.filter((tool) => tool.resource === resource || tool.also.includes(resource))
		.map((tool) => ({ tool, resolution: resolve(tool, kernel, scope, {}, failures) }))
		.sort(
			(a, b) =>
				rank(a) - rank(b) ||
				named.indexOf(a.tool.name) - named.indexOf(b.tool.name) ||
				a.tool.answers.length - b.tool.answers.length,
		);
}
