import { Text } from 'ink';
import type { Verdict } from '../checks/check.ts';
import type { Step } from '../checks/procedure.ts';
import { cut, fitTo } from '../table/fit.ts';
import { color, marks } from './theme.ts';

interface Props {
	step: (Step & { verdict: Verdict }) | undefined;
	width: number;
}

/** The way through the checklist, in one line. */
export function NextStep({ step, width }: Props) {
	if (!step) return <Text> </Text>;
	const { resource, kind, verdict } = step;
	return (
		<Text wrap="truncate" {...color(verdict === 'ok' ? 'quiet' : verdict)}>
			{fitTo(cut(`next (n): ${marks[verdict]} ${resource} ${kind}`, width), width)}
		</Text>
	);
}
