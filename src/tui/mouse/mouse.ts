import { writeSync } from 'node:fs';
import { mouseWords } from './mouse-reports.ts';

/** Turns the terminal's reports of its mouse on and off; whatever becomes of the console, they are off in the end. */
export class Mouse {
	private isOn = false;
	private readonly wanted: boolean;

	constructor(wanted: boolean) {
		this.wanted = wanted;
		if (wanted) process.on('exit', () => this.off());
	}

	on(): void {
		if (!this.wanted || this.isOn) return;
		this.isOn = true;
		this.write(mouseWords.enable);
	}

	off(): void {
		if (!this.isOn) return;
		this.isOn = false;
		this.write(mouseWords.disable);
	}

	/** At once: at the exit of a process nothing waits any more. */
	private write(words: string): void {
		try {
			writeSync(1, words);
		} catch {
			// The terminal is gone.
		}
	}
}
