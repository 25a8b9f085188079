import type { Reading, ResourceName } from '../checks/check.ts';
import { Watch } from '../checks/watch.ts';
import type { Host } from '../host/host.ts';
import type { Target } from '../host/target.ts';
import { recordReadings } from '../session/record-readings.ts';
import type { Recorder } from '../session/recorder.ts';

const sampleMilliseconds = 1000;

/** The checklist second by second, recorded as the console does. */
export class Watching {
	private readonly listeners = new Set<(readings: Reading[]) => void>();
	private readonly timer: NodeJS.Timeout;

	constructor(host: Host, target: Target, recorder: Recorder | undefined, only?: readonly ResourceName[]) {
		const watch = new Watch(host, target, only);
		if (recorder) this.listeners.add(recordReadings(recorder));
		this.timer = setInterval(() => {
			const readings = watch.next();
			for (const listener of this.listeners) listener(readings);
		}, sampleMilliseconds);
	}

	/** Until what it answers with is called. */
	onReadings(listener: (readings: Reading[]) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	close(): void {
		clearInterval(this.timer);
	}
}
