import type { Catalog } from '../catalog/load-catalog.ts';
import { printable } from '../host/printable.ts';
import type { Target } from '../host/target.ts';
import { columnsOf } from '../output/reader-for.ts';
import type { Cost } from '../runs/cost.ts';
import type { Judgement } from '../runs/evidence.ts';
import { Intake } from '../runs/intake.ts';
import type { Ending, RunState } from '../runs/run.ts';
import type { ShownRun } from '../runs/shown-run.ts';
import { Table } from '../table/table.ts';
import { type AboutRun, aboutRun } from './about-run.ts';
import type { RecordedRun } from './read-session.ts';
import { Tape } from './tape.ts';

/** A run out of a session, as it stood at any moment: its bytes go where those of a live one go. */
export class ReplayedRun implements ShownRun {
	readonly name: string;
	readonly request: ShownRun['request'];
	/** Its command line, as it may be shown. */
	readonly argv: string;
	readonly startedAt: number;
	/** How long it went on. */
	readonly milliseconds: number;
	readonly table: Table;
	readonly successor = undefined;
	readonly ended = Promise.resolve();
	readonly cost: Cost;
	/** Milliseconds since it began, up to which everything is in the table. */
	private at = -1;
	private clock = 0;
	private intake: Intake;
	private isOver = false;
	private readonly tape: Tape;
	private readonly ending: AboutRun['ending'];
	private readonly judged: Judgement;
	/** How many rows there were at moments of the last second. */
	private arrivals: { ms: number; total: number }[] = [];

	constructor(recorded: RecordedRun, catalog: Catalog) {
		const about = aboutRun(recorded, catalog);
		const { tool, provider, narrowing, limit } = about;
		this.name = about.name;
		this.request = { tool, provider, values: {}, scope: closedScope(targetNamed(about.target)), narrowing, limit };
		this.argv = printable(about.argv.join(' '));
		this.startedAt = about.startedAt;
		this.milliseconds = about.milliseconds;
		this.ending = about.ending;
		this.judged = about.judgement;
		this.cost = about.cost;
		this.table = new Table(columnsOf(tool), tool.output.class, () => this.clock);
		this.intake = new Intake(tool, provider, this.table);
		this.tape = new Tape(recorded.folder);
	}

	get state(): RunState {
		return this.isOver ? this.ending : { state: 'running' };
	}

	get seconds(): number {
		return Math.min(Math.max(0, this.at), this.milliseconds) / 1000;
	}

	get rowsPerSecond(): number {
		if (this.isOver) return 0;
		return this.table.total - (this.arrivals.findLast(({ ms }) => ms <= this.at - 1000)?.total ?? 0);
	}

	/** What was judged in the end holds from the start, but for what had not come to pass. */
	get judgement(): Judgement {
		if (this.isOver) return this.judged;
		const { evidence } = this.intake;
		evidence.programs = this.judged.badge === 'blind' ? 0 : 1;
		const judged = evidence.judge(undefined);
		if (judged.badge !== 'complete') return judged;
		return this.judged.badge === 'complete' ? this.judged : { badge: 'complete', why: 'nothing was lost so far' };
	}

	hasBegunBy(time: number): boolean {
		return time >= this.startedAt;
	}

	/** Goes to this moment, forwards or back, until it is said to be enough; whether it has arrived. */
	moveTo(time: number, isEnough: () => boolean): boolean {
		const to = time - this.startedAt;
		if (to < this.at) this.rewind();
		// What came last is there when the run has ended, although its clock is not the session's.
		const until = to >= this.milliseconds ? Number.POSITIVE_INFINITY : to;
		while (this.tape.next !== undefined && this.tape.next <= until) {
			if (isEnough()) return false;
			const piece = this.tape.take();
			if (!piece) break;
			this.clock = piece.ms;
			this.at = Math.max(this.at, Math.min(piece.ms, to));
			this.intake.push(piece.stream, piece.bytes);
			this.arrived(piece.ms);
		}
		this.at = to;
		if (to >= this.milliseconds && !this.isOver) {
			this.clock = this.milliseconds;
			this.intake.end();
			this.isOver = true;
			this.table.version++;
		}
		this.clock = Math.max(this.clock, to);
		return true;
	}

	/** It is over, whatever it shows. */
	stop(_ending: Ending): void {}

	private rewind(): void {
		this.table.clear();
		this.tape.rewind();
		this.intake = new Intake(this.request.tool, this.request.provider, this.table);
		this.at = -1;
		this.clock = 0;
		this.isOver = false;
		this.arrivals = [];
	}

	private arrived(ms: number): void {
		const { total } = this.table;
		const last = this.arrivals.at(-1);
		if (last && ms - last.ms < 100) last.total = total;
		else this.arrivals.push({ ms, total });
		// One that is older than a second is what the others are compared with.
		while (this.arrivals.length > 12) this.arrivals.shift();
	}
}

/** What was looked at, by its name: nothing can be asked of it any more. */
export function targetNamed(name: string): Target {
	const shown = printable(name);
	if (shown.startsWith('pid:')) return { kind: 'process', name: shown, pid: 0 };
	if (shown.startsWith('container:')) {
		return {
			kind: 'container',
			name: shown,
			pid: 0,
			container: { id: shown.slice('container:'.length), runtime: '', pid: 0, processes: 0 },
		};
	}
	return { kind: 'host', name: 'host', pid: 0 };
}

function closedScope(target: Target): ShownRun['request']['scope'] {
	return {
		target,
		network: { way: 'closed', reason: 'it is replayed' },
		ownNetwork: false,
		ownPids: false,
		mountNamespace: undefined,
		cgroup: undefined,
		libc: undefined,
		hostFiles: '',
	};
}
