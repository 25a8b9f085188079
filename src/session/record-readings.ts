import type { Reading } from '../checks/check.ts';
import type { Recorder } from './recorder.ts';

/**
 * Each second's values, and a whole reading whenever its verdict turns: the sentences repeat, the numbers do not. What
 * goes on for long grows ever slower: with each sixteenth of a session's size, only every second one is kept of before.
 */
export function recordReadings(recorder: Recorder): (readings: Reading[]) => void {
	const verdicts = new Map<string, string>();
	let seconds = 0;
	let every = 1;
	return (readings) => {
		// What turns while it is off is told as new when it is on again.
		if (!recorder.isRecording) return verdicts.clear();
		for (const reading of readings) {
			const key = `${reading.check} ${reading.device ?? ''}`;
			if (verdicts.get(key) === reading.verdict) continue;
			verdicts.set(key, reading.verdict);
			recorder.event('verdict', { reading });
		}
		const wanted = 2 ** Math.floor(recorder.eventBytes / (recorder.keep.sessionBytes / 16));
		if (wanted > every) recorder.event('readings-thinned', { seconds: wanted });
		every = wanted;
		if (seconds++ % every > 0) return;
		recorder.event('readings', {
			readings: readings.map(({ check, device, value, verdict }) => ({ check, device, value, verdict })),
		});
	};
}
