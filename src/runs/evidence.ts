import type { Provider } from '../catalog/tool.ts';

/** How far a run's result can be trusted. An exit code alone proves nothing. */
export const badges = ['starting', 'complete', 'lossy', 'partial', 'blind'] as const;
export type Badge = (typeof badges)[number];

export interface Judgement {
	badge: Badge;
	why: string;
}

/** What tools say on stderr when a probe did not take. Both loaders go on and exit 0 after some of these. */
const failedProbe = /could not attach|unable to attach|failed to attach|can't attach|cannot attach|skipping\b/i;
const failedTool =
	/failed to \w|load failed|permission denied|operation not permitted|no such file or directory|not supported|invalid argument|traceback|segmentation fault|\berror:/i;
const lostEvents = /lost (\d+) (?:events?|samples?)|(\d+) (?:events?|samples?) (?:were )?lost/i;
/** True of this process, and harmless since the kernel charges BPF memory to the cgroup. */
export function isHarmless(line: string): boolean {
	return /RLIMIT_MEMLOCK|memlock/i.test(line);
}

/** How a run came to its end: by itself or because it was asked to, and whether more than SIGINT was needed. */
export interface Ended {
	code: number | null;
	asked: boolean;
	forced?: boolean;
}

/** What is known of one run's probes: from its own words, its stderr, and the programs the kernel holds for it. */
export class Evidence {
	rows = 0;
	unread = 0;
	attached: number | undefined;
	lost = 0;
	/** BPF programs seen on the process. */
	programs = 0;
	readonly failures: string[] = [];
	private missed = 0;
	private readonly traces: boolean;

	constructor(via: Provider['via']) {
		this.traces = via === 'libbpf' || via === 'bpftrace' || via === 'bcc';
	}

	stderrLine(line: string): void {
		const lost = lostEvents.exec(line);
		if (lost) this.lost += Number(lost[1] ?? lost[2]);
		else if (failedProbe.test(line)) {
			this.missed++;
			this.fail(line);
		} else if (failedTool.test(line)) this.fail(line);
	}

	judge(ended: Ended | undefined): Judgement {
		const [failure] = this.failures;
		const failed = ended !== undefined && !ended.asked && ended.code !== 0;
		// bpftrace counts its probes before it attaches them, so only what the kernel holds is proof.
		const nothingAttached = this.attached === 0 || this.programs === 0;
		if (this.rows === 0 && failed) {
			return { badge: 'blind', why: failure ?? `it ended with exit code ${ended.code} and printed no rows` };
		}
		if (this.traces && this.rows === 0 && nothingAttached) {
			if (failure) return { badge: 'blind', why: failure };
			if (ended !== undefined || this.attached === 0) return { badge: 'blind', why: 'no probe was seen attached' };
			return { badge: 'starting', why: 'no probe is attached yet' };
		}
		if (this.missed > 0) {
			const all = this.attached === undefined ? '' : ` of ${this.attached}`;
			return { badge: 'partial', why: `${this.missed}${all} probes could not be attached: ${failure}` };
		}
		if (failed) return { badge: 'partial', why: failure ?? `it ended early, with exit code ${ended.code}` };
		if (ended?.forced && this.rows === 0) {
			return { badge: 'partial', why: 'it had to be killed before it printed what it had counted' };
		}
		if (this.lost > 0) return { badge: 'lossy', why: `${this.lost} events were lost` };
		if (this.unread > 0 && this.unread > this.rows) {
			return { badge: 'partial', why: `${this.unread} lines could not be read, ${this.rows} could` };
		}
		return { badge: 'complete', why: this.completeWhy() };
	}

	private completeWhy(): string {
		if (!this.traces) return 'the command reported no error';
		const probes = this.attached ?? this.programs;
		const seen = this.attached === undefined ? 'BPF programs loaded' : 'probes attached';
		return this.rows === 0 ? `${probes} ${seen}, and nothing happened` : `${probes} ${seen}, no events lost`;
	}

	private fail(line: string): void {
		if (this.failures.length < 20) this.failures.push(line);
	}
}
