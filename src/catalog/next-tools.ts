import type { KernelFeatures } from '../host/kernel-features.ts';
import type { Scope } from '../host/target.ts';
import type { KnownFailures } from './known-failures.ts';
import { type Resolution, resolve } from './resolve.ts';
import type { Tool, ToolFile } from './tool.ts';

export interface NextTool {
	tool: Tool;
	resolution: Resolution;
}

/**
 * The tools that help with one cell of the checklist: those that run here first, then those that can be narrowed to
 * the target, then those that answer its question, then its own resource's, and of these the ones that answer little else.
 */
export function nextTools(
	tools: Tool[],
	kernel: KernelFeatures,
	scope: Scope,
	resource: ToolFile['resource'],
	kind: ToolFile['answers'][number],
	failures?: KnownFailures,
): NextTool[] {
	const rank = ({ tool, resolution }: NextTool) =>
		[
			resolution.provider,
			resolution.narrowing !== 'not',
			tool.answers.includes(kind),
			tool.resource === resource,
		].reduce((rank, holds) => 2 * rank + (holds ? 0 : 1), 0);
	return tools
		.filter((tool) => tool.resource === resource || tool.also.includes(resource))
		.map((tool) => ({ tool, resolution: resolve(tool, kernel, scope, {}, failures) }))
		.sort((a, b) => rank(a) - rank(b) || a.tool.answers.length - b.tool.answers.length);
}
