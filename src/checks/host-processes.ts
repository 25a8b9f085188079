import { ProcessTable } from '../host/process-table.ts';
import { perHost } from './kept.ts';

/** One table for all who ask about processes, so that each process is read once. */
export const hostProcesses = perHost((host) => new ProcessTable(host));
