import type { Host } from '../host/host.ts';
import type { Target } from '../host/target.ts';
import type { Reading, ResourceName } from './check.ts';
import { judge, type Sample, takeSample } from './checklist.ts';
import { type Settlement, settle } from './settle.ts';
import { isWanted, Suspects } from './suspects.ts';

/** Five minutes at one sample a second. */
const keptValues = 300;

/** The checklist from second to second: samples, judges, settles, and looks for suspects only where something is wrong. */
export class Watch {
	readings: Reading[] = [];
	private before: Sample;
	private readonly first: Sample;
	private settlement: Settlement = new Map();
	private readonly suspects: Suspects;
	/** By check and device. */
	private readonly values = new Map<string, Map<string | null, (number | null)[]>>();
	private readonly host: Host;
	private target: Target;
	private readonly only: readonly ResourceName[] | undefined;

	/** Of all resources, unless some are named. */
	constructor(host: Host, target: Target, only?: readonly ResourceName[]) {
		this.host = host;
		this.target = target;
		this.only = only;
		this.suspects = new Suspects(host, () => this.target);
		this.first = takeSample(host, target, only);
		this.before = this.first;
	}

	/** Takes the next sample. The readings of one moment stay as they are; each call makes new ones. */
	next(): Reading[] {
		const now = takeSample(this.host, this.target, this.only);
		this.target = now.target;
		const measured = judge({ before: this.before, now, first: this.first }, this.only);
		const { shown, settlement } = settle(this.settlement, measured);
		this.settlement = settlement;
		this.before = now;
		// Asked about before a verdict has settled, processes have names when it is shown.
		this.suspects.look([...measured.filter(isWanted), ...shown.filter(isWanted)]);
		this.readings = shown.map((reading) =>
			isWanted(reading) ? { ...reading, suspects: this.suspects.of(reading) } : reading,
		);
		this.remember();
		return this.readings;
	}

	/** A reading's values, oldest first; null where it could not be measured. */
	history({ check, device }: Pick<Reading, 'check' | 'device'>): (number | null)[] {
		return this.values.get(check)?.get(device) ?? [];
	}

	private remember(): void {
		for (const { check, device, value } of this.readings) {
			const ofCheck = this.values.get(check) ?? new Map<string | null, (number | null)[]>();
			if (ofCheck.size === 0) this.values.set(check, ofCheck);
			const values = ofCheck.get(device);
			if (!values) ofCheck.set(device, [value]);
			else if (values.push(value) > keptValues) values.shift();
		}
	}
}
