import { join } from 'node:path';
import { shellLine } from '../../src/host/shell-line.ts';
import { type Result, start } from '../support/program.ts';

/** A running virtual machine with a stock Debian kernel, whose /bpftools is this checkout. */
export class Lab {
	/** The lab's /share, which both sides may write to. */
	readonly share: string;
	/** Where ssh takes sessions over its one connection. */
	readonly socket: string;

	constructor(folder: string) {
		this.share = join(folder, 'share');
		this.socket = join(folder, 'ssh');
	}

	/** Runs a command, given as words or as a shell's line, to its end. One that takes too long is an error. */
	async run(command: string | readonly string[], { seconds = 60 } = {}): Promise<Result> {
		const line = typeof command === 'string' ? command : shellLine([...command]);
		const limited = shellLine(['timeout', '--kill-after=5', String(seconds), 'bash', '-c', line]);
		const result = await start(this.ssh(['-T'], limited)).ended;
		if (result.code !== timedOut && result.code !== unreachable) return result;
		const why = result.code === timedOut ? `did not end within ${seconds} seconds` : 'could not be run';
		throw new Error(`In the lab, this ${why}: ${line}\n${result.stdout}${result.stderr}`);
	}

	/** What the command prints; it must succeed. */
	async output(command: string | readonly string[], options: { seconds?: number } = {}): Promise<string> {
		const { code, stdout, stderr } = await this.run(command, options);
		if (code !== 0) throw new Error(`In the lab, exit code ${code}: ${command}\n${stdout}${stderr}`);
		return stdout;
	}

	/** The words to run here for a shell, or its line, there. With -tt it has a terminal. */
	ssh(options: readonly string[], ...line: readonly string[]): string[] {
		return ['ssh', '-F', 'none', '-S', this.socket, '-o', 'LogLevel=ERROR', ...options, 'root@lab', ...line];
	}

	async answers(): Promise<boolean> {
		const { code } = await start(this.ssh(['-O', 'check'])).ended;
		return code === 0;
	}
}

/** As timeout(1) and ssh(1) tell it. */
const timedOut = 124;
const unreachable = 255;
