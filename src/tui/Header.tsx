import { Text } from 'ink';
import { memo } from 'react';
import { clockText } from '../session/replay.ts';
import { cut, fitTo, widthOf } from '../table/fit.ts';
import { formatSeconds } from '../table/format-cell.ts';
import type { State } from './state.ts';
import { color, glyphs } from './theme.ts';

interface Props {
	about: State['about'];
	target: string;
	recording: State['recording'];
	replay: State['replay'];
	/** Percent of one CPU that all that traces costs now. */
	cost: number;
	running: number;
	width: number;
}

/** bpftools  host · kernel · target · what is hidden                recording · tracing costs */
export const Header = memo(function Header({ about, target, recording, replay, cost, running, width }: Props) {
	const left = ['bpftools', about.hostname, about.kernel, target, about.hidden].filter(Boolean).join(` ${glyphs.dot} `);
	const tracing =
		running === 0 ? 'nothing runs' : `${running} run${running === 1 ? '' : 's'}, ${cost.toFixed(1)}% of a CPU`;
	const right = replay ? replayText(replay) : ` ${recordingText(recording)} ${glyphs.dot} ${tracing}`;
	const text = fitTo(cut(left, width - widthOf(right)), width - widthOf(right)) + right;
	return (
		<Text bold wrap="truncate" {...color(recording.failure ? 'bad' : 'accent')}>
			{text}
		</Text>
	);
});

function recordingText({ folder, failure, isOff, isLost }: State['recording']): string {
	if (failure) return 'NOT RECORDING';
	if (isOff) return 'rec off';
	if (!folder) return 'not recorded';
	return isLost ? 'rec, lost with container' : 'rec';
}

function replayText({ time, start, end, speed, isPlaying, isBehind }: NonNullable<State['replay']>): string {
	const [passed, all] = [time - start, end - start].map((ms) => formatSeconds(Math.floor(ms / 1000)));
	return [
		' REPLAY',
		clockText(time),
		isBehind ? 'reading' : isPlaying ? `${speed}x` : 'paused',
		`${passed} of ${all}`,
	].join(` ${glyphs.dot} `);
}
