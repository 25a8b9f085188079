import type { Reading } from '../checks/check.ts';
import type { Recorder } from './recorder.ts';

/** Each second's values, and a whole reading whenever its verdict turns: the sentences repeat, the numbers do not. */
export function recordReadings(recorder: Recorder): (readings: Reading[]) => void {
	const verdicts = new Map<string, string>();
	return (readings) => {
		for (const reading of readings) {
			const key = `${reading.check} ${reading.device ?? ''}`;
			if (verdicts.get(key) === reading.verdict) continue;
			verdicts.set(key, reading.verdict);
			recorder.event('verdict', { reading });
		}
		recorder.event('readings', {
			readings: readings.map(({ check, device, value, verdict }) => ({ check, device, value, verdict })),
		});
	};
}
