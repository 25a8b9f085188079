import type { Table } from '../table/table.ts';
import type { Cost } from './cost.ts';
import type { Judgement } from './evidence.ts';
import type { Ending, Run, RunRequest, RunState } from './run.ts';

/** What a pane needs of a run: one that goes on, or one that is replayed. */
export interface ShownRun {
	readonly request: Pick<RunRequest, 'tool' | 'provider' | 'values' | 'scope' | 'narrowing' | 'limit'>;
	/** Milliseconds since 1970. */
	readonly startedAt: number;
	readonly state: RunState;
	readonly table: Table;
	readonly seconds: number;
	readonly rowsPerSecond: number;
	readonly judgement: Judgement;
	readonly cost: Cost;
	readonly successor: Run['successor'];
	readonly ended: Promise<void>;
	stop(ending: Ending): void;
}
