import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this program keeps what it has seen, by the rules of XDG. */
export function stateFolder(): string {
	return join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'bpftools');
}
