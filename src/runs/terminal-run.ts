import { execFileSync } from 'node:child_process';
import { execa } from 'execa';
import { findProgram } from '../host/programs.ts';
import { Guardian } from './guardian.ts';
import type { Exit } from './process.ts';

export interface TerminalEnd extends Exit {
	seconds: number;
}

/** Long enough for a tool to give the terminal back by itself. */
const patienceMilliseconds = 1000;

/**
 * A program that has the terminal for itself: it reads the keys and draws, in our own process group, which is the one
 * that the terminal's keys reach. Whoever starts it leaves the terminal alone until it has ended.
 */
export class TerminalRun {
	readonly argv: string[];
	readonly startedAt = Date.now();
	readonly ended: Promise<TerminalEnd>;
	private readonly pid: number | undefined;
	private killing: NodeJS.Timeout | undefined;

	constructor(argv: string[]) {
		this.argv = argv;
		const started = performance.now();
		const settings = terminalSettings();
		const [file = '', ...args] = tethered(argv);
		const child = execa(file, args, { stdio: 'inherit', buffer: false, reject: false, cleanup: false });
		this.pid = child.pid;
		// A console that is killed outright leaves it no terminal to speak of; it is given a moment to restore that.
		const guardian = new Guardian(
			`sleep ${patienceMilliseconds / 1000}; kill -s KILL -- "$@"`,
			...(child.pid === undefined ? [] : [String(child.pid)]),
		);
		this.ended = child.then((result) => {
			guardian.dismiss();
			clearTimeout(this.killing);
			this.killing = undefined;
			restoreTerminal(settings);
			return {
				code: result.exitCode ?? null,
				signal: result.signal ?? null,
				failure: result.exitCode === undefined && !result.signal ? result.shortMessage : undefined,
				seconds: (performance.now() - started) / 1000,
			};
		});
	}

	stop(): void {
		if (this.killing) return;
		this.signal('SIGTERM');
		this.killing = setTimeout(() => this.signal('SIGKILL'), patienceMilliseconds);
	}

	private signal(signal: NodeJS.Signals): void {
		try {
			if (this.pid !== undefined) process.kill(this.pid, signal);
		} catch {
			// It has ended already.
		}
	}
}

function tethered(argv: string[]): string[] {
	const setpriv = findProgram('setpriv');
	return setpriv ? [setpriv, '--pdeathsig', 'TERM', '--', ...argv] : argv;
}

/** Echo, line editing and the like; undefined where there is no terminal any more. */
function terminalSettings(): string | undefined {
	try {
		return execFileSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
	} catch {
		return undefined;
	}
}

/** Out of the other screen, cursor and wrapping on, mouse and pasting reports off, plain keys, characters and colours. */
const plainScreen =
	'\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b(B\x1b[0m';

/** What a tool that was killed could not put back itself. */
function restoreTerminal(settings: string | undefined): void {
	if (!settings) return;
	try {
		execFileSync('stty', [settings], { stdio: ['inherit', 'ignore', 'ignore'] });
		process.stdout.write(plainScreen);
	} catch {
		// The terminal is gone.
	}
}
