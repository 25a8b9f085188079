import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { Reading, ResourceName } from '../../src/checks/check.ts';
import type { Watcher, Watching } from '../faults/watcher.ts';
import { start } from '../support/program.ts';
import type { Lab } from './lab.ts';

const script = join(import.meta.dirname, 'guest/watch.ts');

/** Consoles in the lab, one after the other: one process runs them, since Node takes long there to start. */
export class LabConsoles implements AsyncDisposable {
	/** Bundled, since it takes long as well to read files one by one. */
	static async open(lab: Lab): Promise<LabConsoles> {
		const bundle = 'watch.mjs';
		await build({
			entryPoints: [script],
			outfile: join(lab.share, bundle),
			bundle: true,
			platform: 'node',
			format: 'esm',
			logLevel: 'error',
		});
		return new LabConsoles(lab.ssh(['-T'], `exec nice -n -19 node /share/${bundle}`));
	}

	private consoles = 0;
	/** Who waits for the next readings of the newest console. */
	private waiting: ((readings: Reading[]) => void)[] = [];
	private readonly program: ReturnType<typeof start>;

	private constructor(argv: readonly string[]) {
		this.program = start(argv, { stdio: ['pipe', 'pipe', 'pipe'] });
		const { stdout } = this.program.child;
		if (!stdout) throw new Error('What the consoles in the lab print can’t be read');
		createInterface({ input: stdout }).on('line', (line) => this.read(line));
	}

	of(resource: ResourceName): Watcher {
		return { start: async () => this.start(resource) };
	}

	private start(resource: ResourceName): Watching {
		this.answerAll([]);
		this.consoles += 1;
		const own = this.consoles;
		this.program.child.stdin?.write(`${resource}\n`);
		return {
			next: () =>
				new Promise((resolve) => {
					if (own === this.consoles) this.waiting.push(resolve);
					else setTimeout(resolve, 100, []);
				}),
			end: () => {
				if (own === this.consoles) this.answerAll([]);
			},
		};
	}

	/** "3 [{…}]": of an earlier console nobody wants to know. */
	private read(line: string): void {
		const space = line.indexOf(' ');
		if (Number(line.slice(0, space)) === this.consoles) this.answerAll(JSON.parse(line.slice(space)) as Reading[]);
	}

	private answerAll(readings: Reading[]): void {
		const waiting = this.waiting;
		this.waiting = [];
		for (const answer of waiting) answer(readings);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.answerAll([]);
		// With nobody to print for, the process there ends as well.
		this.program.child.kill();
		await this.program.ended;
	}
}
