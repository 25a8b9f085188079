import type { Host } from '../host/host.ts';
import type { ProcessSample } from '../host/processes.ts';
import type { Target } from '../host/target.ts';
import type { Reading } from './check.ts';
import { judge, type Sample, takeSample } from './checklist.ts';
import { type Settlement, settle } from './settle.ts';
import { sampleSuspects, suspectsFor } from './suspects.ts';

/** Five minutes at one sample a second. */
const keptValues = 300;

/** The checklist from second to second: samples, judges, settles, and looks for suspects only where something is wrong. */
export class Watch {
	readings: Reading[] = [];
	private before: Sample;
	private readonly first: Sample;
	private settlement: Settlement = new Map();
	private processes: ProcessSample | undefined;
	private readonly values = new Map<string, (number | null)[]>();
	private readonly host: Host;
	private target: Target;

	constructor(host: Host, target: Target) {
		this.host = host;
		this.target = target;
		this.first = takeSample(host, target);
		this.before = this.first;
	}

	/** Takes the next sample. The readings of one moment stay as they are; each call makes new ones. */
	next(): Reading[] {
		const now = takeSample(this.host, this.target);
		this.target = now.target;
		const { shown, settlement } = settle(this.settlement, judge({ before: this.before, now, first: this.first }));
		this.settlement = settlement;
		this.before = now;
		this.readings = this.withSuspects(shown);
		this.remember();
		return this.readings;
	}

	/** A reading's values, oldest first; null where it could not be measured. */
	history({ check, device }: Pick<Reading, 'check' | 'device'>): (number | null)[] {
		return this.values.get(`${check} ${device ?? ''}`) ?? [];
	}

	/** Reading every process costs more than all checks together, so it waits until somebody is wanted. */
	private withSuspects(readings: Reading[]): Reading[] {
		// An error stays in sight for good, so it would keep this going for good; its culprit is gone by then.
		const wanted = readings.filter(
			({ kind, verdict }) => kind !== 'errors' && (verdict === 'warn' || verdict === 'bad'),
		);
		if (wanted.length === 0) {
			this.processes = undefined;
			return readings;
		}
		const before = this.processes;
		const now = sampleSuspects(this.host, this.target, { io: wanted.some(({ resource }) => resource === 'disk') });
		this.processes = now;
		if (!before) return readings;
		return readings.map((reading) => {
			return wanted.includes(reading) ? { ...reading, suspects: suspectsFor(reading, before, now) } : reading;
		});
	}

	private remember(): void {
		for (const { check, device, value } of this.readings) {
			const key = `${check} ${device ?? ''}`;
			const values = this.values.get(key) ?? [];
			values.push(value);
			if (values.length > keptValues) values.shift();
			this.values.set(key, values);
		}
	}
}
