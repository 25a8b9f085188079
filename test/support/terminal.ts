import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

const execute = promisify(execFile);

export interface Size {
	columns: number;
	rows: number;
}

interface Options extends Partial<Size> {
	env?: Record<string, string>;
}

/** As from a user's shell: when the program has ended, its exit code stands on the terminal, and how that was left. */
const shell = 'unset CI; "$@"; printf "[exit %s]\\n" "$?"; stty -a; exec sleep infinity';

/** A real terminal, held by a tmux server of its own. */
export class Terminal implements AsyncDisposable {
	private readonly socket = `bpftools-test-${randomUUID()}`;

	async start(argv: readonly string[], { columns = 80, rows = 24, env = {} }: Options = {}): Promise<this> {
		const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
		const settings =
			'start-server ; set-option -g status off ; set-option -s escape-time 0 ; set-option -s set-clipboard on ;'.split(
				' ',
			);
		const size = ['-x', String(columns), '-y', String(rows)];
		// tmux would give the program its own PATH, whatever -e says.
		const program = ['/bin/sh', '-c', shell, 'sh', 'env', ...variables, ...argv];
		await this.tmux(...settings, 'new-session', '-d', ...size, '--', ...program);
		return this;
	}

	/** Keys by their tmux names: a, ?, Enter, Tab, Space, C-c. */
	async press(...keys: string[]): Promise<void> {
		for (const key of keys) await this.tmux('send-keys', '--', key === ';' ? '\\;' : key);
	}

	async type(text: string): Promise<void> {
		await this.tmux('send-keys', '-l', '--', text);
	}

	async screen(): Promise<string> {
		return this.tmux('capture-pane', '-p');
	}

	async lines(): Promise<string[]> {
		return (await this.screen()).replace(/\n$/, '').split('\n');
	}

	/** The screen with its escape sequences for colour, bold and inverse. */
	async styledScreen(): Promise<string> {
		return this.tmux('capture-pane', '-p', '-e');
	}

	/** Answers with the match, or fails with the screen. */
	async waitFor(pattern: RegExp, seconds = 15): Promise<RegExpExecArray> {
		const what = `the screen shows ${pattern}`;
		return eventually(
			what,
			async () => pattern.exec(await this.screen()) ?? undefined,
			seconds,
			() => this.screen(),
		);
	}

	async waitWithout(pattern: RegExp, seconds = 15): Promise<void> {
		const what = `the screen no longer shows ${pattern}`;
		await eventually(
			what,
			async () => !pattern.test(await this.screen()),
			seconds,
			() => this.screen(),
		);
	}

	/** What the program asked the terminal to put into the clipboard. */
	async clipboard(): Promise<string> {
		return this.tmux('show-buffer');
	}

	/** A report of the mouse, as a terminal sends it; places are counted from 0. */
	async mouse(button: 'left' | 'wheel-up' | 'wheel-down', x: number, y: number): Promise<void> {
		const code = { left: 0, 'wheel-up': 64, 'wheel-down': 65 }[button];
		await this.type(`\x1b[<${code};${x + 1};${y + 1}M${button === 'left' ? `\x1b[<0;${x + 1};${y + 1}m` : ''}`);
	}

	/** Until the program has ended; its exit code, above 128 after a signal. */
	async ended(seconds = 20): Promise<number> {
		const [, code] = await this.waitFor(/^\[exit (\d+)\]$/m, seconds);
		return Number(code);
	}

	async resize({ columns, rows }: Size): Promise<void> {
		await this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
	}

	/** What tmux knows of the pane, as in `#{alternate_on}`. */
	async ask(format: string): Promise<string> {
		return (await this.tmux('display-message', '-p', format)).trim();
	}

	/** The shell, the program's parent. */
	async shell(): Promise<number> {
		return Number(await this.ask('#{pane_pid}'));
	}

	/** Every byte that is written to the terminal goes into this file too. */
	async recordInto(file: string): Promise<void> {
		await this.tmux('pipe-pane', '-o', `exec cat >> '${file}'`);
	}

	/** As when a window is closed or a connection breaks: the programs in it get SIGHUP. */
	async close(): Promise<void> {
		await this.tmux('kill-server').catch(() => {});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	private async tmux(...args: string[]): Promise<string> {
		const env = { ...process.env, LANG: 'C.UTF-8', LC_ALL: '', TERM: 'xterm-256color', TMUX: '' };
		const { stdout } = await execute('tmux', ['-L', this.socket, '-f', '/dev/null', ...args], { env });
		return stdout;
	}
}
