import type { KernelFeatures } from '../host/kernel-features.ts';
import { type Resolution, resolve } from './resolve.ts';
import type { Tool, ToolFile } from './tool.ts';

export interface NextTool {
	tool: Tool;
	resolution: Resolution;
}

/** The tools that help with one cell of the checklist: those that run here first, its own resource's before others'. */
export function nextTools(
	tools: Tool[],
	kernel: KernelFeatures,
	resource: ToolFile['resource'],
	kind: ToolFile['answers'][number],
): NextTool[] {
	const rank = ({ tool, resolution }: NextTool) =>
		(resolution.provider ? 0 : 8) + (tool.answers.includes(kind) ? 0 : 2) + (tool.resource === resource ? 0 : 1);
	return tools
		.filter((tool) => tool.resource === resource || tool.also.includes(resource))
		.map((tool) => ({ tool, resolution: resolve(tool, kernel) }))
		.sort((a, b) => rank(a) - rank(b));
}
