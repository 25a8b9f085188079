import { type ChildProcess, spawn } from 'node:child_process';

/** A small process that outlives a console that is killed outright, just long enough to clean up after it. */
export class Guardian {
	private readonly child: ChildProcess;

	/**
	 * Its input ends when the console does, in whatever way; then it runs the
	 * command. The words reach the shell as parameters, never as its text.
	 */
	constructor(command: string, ...words: string[]) {
		const script = `cat >/dev/null; ${command}`;
		this.child = spawn('/bin/sh', ['-c', script, 'bpftools-guardian', ...words], {
			stdio: ['pipe', 'ignore', 'ignore'],
			detached: true,
		});
		this.child.on('error', () => {});
		this.child.stdin?.on('error', () => {});
		this.child.unref();
	}

	/** All is clean already. */
	dismiss(): void {
		try {
			if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
		} catch {
			// It has ended already.
		}
	}
}
