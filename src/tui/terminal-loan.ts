import { UsageError } from '../catalog/argv.ts';
import { type TerminalEnd, TerminalRun } from '../runs/terminal-run.ts';

/** Ink's own way to stop drawing and listening, and to start again afterwards. */
type Suspend = (meanwhile: () => Promise<void>) => Promise<void>;

/** A tool that fails this soon has shown nothing but its reason, which is to be read. */
const soonSeconds = 5;

/** Who has the terminal: the console, or one tool that takes all of it. */
export class TerminalLoan {
	/** Set once the console is drawn. */
	suspend: Suspend | undefined;
	/** Told before the terminal is given away, and when it is back. */
	private readonly onChange: (lent: boolean) => void;
	private run: TerminalRun | undefined;
	private whole: Promise<unknown> | undefined;
	private closing = false;

	constructor(onChange: (lent: boolean) => void) {
		this.onChange = onChange;
	}

	/** The tool has the keys, Ctrl-C among them. */
	get lent(): boolean {
		return this.whole !== undefined;
	}

	/** How the tool ended, in a sentence. */
	async lend(name: string, begin: () => TerminalRun): Promise<string> {
		const { suspend } = this;
		if (!suspend || this.lent || this.closing) throw new UsageError('The terminal is not free.');
		let end: TerminalEnd | undefined;
		const suspended = suspend(async () => {
			end = await this.follow(begin());
			if (hasFailed(end) && end.seconds < soonSeconds && !this.closing) await this.untilRead(sentenceOf(name, end));
		});
		this.onChange(true);
		this.whole = suspended.catch(() => {});
		// A key that is the terminal's, such as Ctrl-\, reaches us as well.
		process.on('SIGQUIT', ignore);
		try {
			await suspended;
		} finally {
			process.off('SIGQUIT', ignore);
			this.whole = undefined;
			this.onChange(false);
		}
		return end ? sentenceOf(name, end) : `${name} could not be started.`;
	}

	/** The console has to close: whatever has the terminal ends. */
	async end(): Promise<void> {
		this.closing = true;
		this.run?.stop();
		await this.whole;
	}

	private async follow(run: TerminalRun): Promise<TerminalEnd> {
		this.run = run;
		if (this.closing) run.stop();
		const end = await run.ended;
		this.run = undefined;
		return end;
	}

	private async untilRead(sentence: string): Promise<void> {
		process.stdout.write(`\n${sentence} Enter brings the console back.\n`);
		await this.follow(new TerminalRun(['/bin/sh', '-c', 'read -r _']));
	}
}

function ignore(): void {}

function hasFailed({ code, failure }: TerminalEnd): boolean {
	return failure !== undefined || (code !== null && code !== 0);
}

function sentenceOf(name: string, { code, signal, failure }: TerminalEnd): string {
	if (failure) return `${name} could not be started: ${failure}`;
	if (signal) return `${name} was ended by ${signal}.`;
	return code === 0 ? `${name} has ended.` : `${name} ended with exit code ${code}.`;
}
