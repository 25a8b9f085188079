import type { ResourceName } from '../checks/check.ts';
import { checklists } from '../checks/checklist.ts';
import { ruleOf, thresholdOf } from '../checks/thresholds.ts';
import type { Target } from '../host/target.ts';

/** What each check reads and what its verdict goes by. */
export interface Explanation {
	name: string;
	kind: string;
	title: string;
	unit: string;
	source: string;
	rule: string;
	limits: ({ name: string } & ReturnType<typeof thresholdOf>)[];
}

export function explain(kind: Target['kind'], only: ResourceName[] | undefined): Explanation[] {
	return checklists[kind]
		.filter(({ resource }) => !only || only.includes(resource))
		.flatMap(({ checks }) => checks)
		.map((check) => {
			const { name, kind, title, unit, source, limits = [] } = check;
			const numbers = limits.map((name) => ({ name, ...thresholdOf(name) }));
			return { name, kind, title, unit, source, rule: ruleOf(check), limits: numbers };
		});
}

export function explanationText(explanations: Explanation[]): string {
	const paragraphs = explanations.map(({ name, kind, title, unit, source, rule, limits }) => {
		const own = limits.map(({ name }) => name).join(', ');
		return [
			`${name} (${kind}, ${unit}): ${title}`,
			`  source:  ${source}`,
			`  verdict: ${rule}`,
			...(own ? [`  numbers: ${own}`] : []),
		].join('\n');
	});
	return `${paragraphs.join('\n\n')}\n`;
}
