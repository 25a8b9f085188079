import { execFile } from 'node:child_process';
import type { Host } from './host.ts';
import { findProgram } from './programs.ts';
import { hostTarget, networkWay } from './target.ts';

const patience = 3000;
const mostBytes = 32 * 1024 * 1024;

/** What a program prints that shows the network namespace it runs in, run in the host's. Fails with a sentence. */
export function askInNetwork(host: Host, [name, ...args]: [string, ...string[]]): Promise<string> {
	if (host.proc !== '/proc') return Promise.reject(new Error('a saved tree runs no programs'));
	const program = findProgram(name);
	if (!program) return Promise.reject(new Error(`${name} is not installed`));
	const network = networkWay(host, hostTarget(host));
	if (network.way === 'closed') return Promise.reject(new Error(network.reason));
	const enter = network.way === 'enter' ? ['nsenter', '-t', String(host.pid), '-n', '--'] : [];
	const [first = '', ...rest] = [...enter, program, ...args];
	return new Promise((resolve, reject) => {
		const options = { timeout: patience, killSignal: 'SIGKILL', maxBuffer: mostBytes } as const;
		execFile(first, rest, options, (error, stdout, stderr) => {
			// What could be said was said, whatever else failed.
			if (!error || stdout !== '') resolve(stdout);
			else if (error.killed) reject(new Error(`${name} does not answer`));
			else reject(new Error(`${name}: ${stderr.trim().split('\n')[0] || error.message}`));
		});
	});
}
