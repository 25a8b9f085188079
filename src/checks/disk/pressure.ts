import type { Check } from '../check.ts';
import { finding, grade, worse } from '../measuring.ts';
import { type HasPressure, type PressureSource, stalled } from '../pressure.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';

export const diskPressure = (from: PressureSource): Check<HasPressure> => ({
	name: 'disk.pressure',
	kind: 'saturation',
	title: 'Time that tasks waited for I/O',
	unit: '%',
	source: `${from.file}: growth of the "some" and "full" totals, as a share of the time between two samples`,
	limits: ['disk.pressure-some', 'disk.pressure-full'],
	judge: (span) => [
		finding(null, () => {
			const some = stalled(from, span, 'some');
			const full = stalled(from, span, 'full');
			const why = `some task waited for I/O ${percent(some)} of the time, all at once ${percent(full)}`;
			return {
				value: some,
				verdict: worse(grade(some, limits('disk.pressure-some')), grade(full, limits('disk.pressure-full'))),
				why,
			};
		}),
	],
});
