import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readText } from '../host/host.ts';
import { kernelUnits } from '../host/processes.ts';

/** What one run has cost the host so far, in CPU seconds, and what it costs now, in percent of one CPU. */
export interface Cost {
	processSeconds: number;
	bpfSeconds: number;
	percent: number;
	programs: number;
}

/** Follows the processes of one run and the BPF programs they hold. */
export class CostMeter {
	cost: Cost = { processSeconds: 0, bpfSeconds: 0, percent: 0, programs: 0 };
	private readonly bpf = new Map<string, number>();
	private last: { at: number; total: number } | undefined;
	private readonly host: Host;
	private readonly pids: () => number[];
	private readonly ticksPerSecond: number;

	constructor(host: Host, pids: () => number[]) {
		this.host = host;
		this.pids = pids;
		this.ticksPerSecond = kernelUnits(host).ticksPerSecond;
	}

	/** A program's run time only grows while it is loaded, so the last figure seen is kept when it goes. */
	sample(now = performance.now()): Cost {
		let processSeconds = 0;
		for (const pid of this.pids()) {
			processSeconds += this.cpuSeconds(pid);
			this.readPrograms(pid);
		}
		// A process that is gone can't be asked any more.
		processSeconds = Math.max(processSeconds, this.cost.processSeconds);
		const bpfSeconds = [...this.bpf.values()].reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e9;
		const total = processSeconds + bpfSeconds;
		const seconds = this.last ? (now - this.last.at) / 1000 : 0;
		const percent = this.last && seconds > 0 ? (100 * (total - this.last.total)) / seconds : this.cost.percent;
		this.last = { at: now, total };
		this.cost = { processSeconds, bpfSeconds, percent, programs: this.bpf.size };
		return this.cost;
	}

	private cpuSeconds(pid: number): number {
		const stat = readText(join(this.host.proc, String(pid), 'stat'));
		// The name stands in parentheses and may hold any character.
		const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields ? (Number(fields[11]) + Number(fields[12])) / this.ticksPerSecond : 0;
	}

	private readPrograms(pid: number): void {
		const folder = join(this.host.proc, String(pid), 'fdinfo');
		let descriptors: string[] = [];
		try {
			descriptors = readdirSync(folder);
		} catch {
			return;
		}
		for (const descriptor of descriptors) {
			const info = readText(join(folder, descriptor));
			const id = info && /^prog_id:\s*(\d+)/m.exec(info)?.[1];
			const time = info && /^run_time_ns:\s*(\d+)/m.exec(info)?.[1];
			// A link's fdinfo names its program too, without a time.
			if (id && time) this.bpf.set(id, Number(time));
			else if (id && !this.bpf.has(id)) this.bpf.set(id, 0);
		}
	}
}
