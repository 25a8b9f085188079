import { Text } from 'ink';
import { memo } from 'react';
import { cut, fitTo, widthOf } from '../table/fit.ts';
import type { State } from './state.ts';
import { color, glyphs } from './theme.ts';

interface Props {
	about: State['about'];
	target: string;
	recording: State['recording'];
	/** Percent of one CPU that all that traces costs now. */
	cost: number;
	running: number;
	width: number;
}

/** bpftools  host · kernel · target · what is hidden                recording · tracing costs */
export const Header = memo(function Header({ about, target, recording, cost, running, width }: Props) {
	const left = ['bpftools', about.hostname, about.kernel, target, about.hidden].filter(Boolean).join(` ${glyphs.dot} `);
	const record = recording.failure ? 'NOT RECORDING' : recording.folder ? 'rec' : 'not recorded';
	const tracing =
		running === 0 ? 'nothing runs' : `${running} run${running === 1 ? '' : 's'}, ${cost.toFixed(1)}% of a CPU`;
	const right = ` ${record} ${glyphs.dot} ${tracing}`;
	const text = fitTo(cut(left, width - widthOf(right)), width - widthOf(right)) + right;
	return (
		<Text bold wrap="truncate" {...color(recording.failure ? 'bad' : 'accent')}>
			{text}
		</Text>
	);
});
