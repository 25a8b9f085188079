import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readStory } from '../../src/session/story.ts';
import { tell } from '../../src/session/tell.ts';
import { Random } from '../fixtures/random.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, scratchFolder, sessionIn, start } from '../support/program.ts';
import { fixturePrograms } from '../support/user-tools.ts';

const kills = 200;
const atOnce = 4;
/** Of most; every tenth goes on for longer than may be lost. */
const longestDelay = 250;
const longDelay = 1500;
const mostLost = 1000;

const lack = needs('root');

test.skipIf(lack)(
	titled(
		`A recorder that is killed at ${kills} random moments leaves sessions that open, with all but the last second`,
		lack,
	),
	async () => {
		using scratch = scratchFolder();
		// In the place of a tool that needs no rights, so that no more is started than recorder and flood.
		const programs = join(scratch.path, 'bin');
		mkdirSync(programs);
		copyFileSync(join(fixturePrograms, 'numbers'), join(programs, 'dmesg'));
		const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
		const seed = Number(process.env.KILL_SEED ?? Date.now() % 1e9);
		const random = new Random(seed);
		const moments = Array.from({ length: kills }, (_, n) => ({
			n,
			delay: random.below(n % 10 === 0 ? longDelay : longestDelay),
		}));
		const left = [...moments];
		const found: Found[] = [];
		const killSome = async () => {
			for (let next = left.shift(); next; next = left.shift()) {
				const sessions = join(scratch.path, String(next.n));
				const killed = await recordAndKill(sessions, next.delay, env);
				try {
					found.push(whatIsLeft(sessionIn(sessions), killed));
				} catch (error) {
					throw new Error(`Kill ${next.n} after ${next.delay} ms, KILL_SEED=${seed}`, { cause: error });
				}
			}
		};
		await Promise.all(Array.from({ length: atOnce }, killSome));
		const torn = found.filter(({ isTorn }) => isTorn).length;
		const lost = Math.max(...found.map((each) => each.lost));
		const lines = found.reduce((sum, each) => sum + each.lines, 0);
		process.stdout.write(`${kills} kills: ${lines} lines kept, ${torn} torn tails, at most ${lost} ms lost\n`);
		expect(found).toHaveLength(kills);
		// Else nothing was recorded at full rate, and nothing proved.
		expect(found.filter((each) => each.lines > 1000).length).toBeGreaterThan(kills / 2);
	},
	180_000,
);

/** Answers with the moment of the kill. */
async function recordAndKill(sessions: string, delay: number, env: NodeJS.ProcessEnv): Promise<number> {
	const argv = [...bpftools, 'run', 'dmesg', '--record', '--session-dir', sessions];
	const { child, output, ended } = start(argv, { stdio: ['ignore', 'ignore', 'pipe'], env });
	while (!output.stderr.includes('classic: ')) await once(child.stderr as NodeJS.ReadableStream, 'data');
	await sleep(delay);
	const killed = Date.now();
	child.kill('SIGKILL');
	await ended;
	return killed;
}

interface Found {
	lines: number;
	isTorn: boolean;
	/** Milliseconds before the kill of which nothing is there. */
	lost: number;
}

function whatIsLeft(session: string, killed: number): Found {
	const story = readStory(session);
	expect(tell(story).map(({ type }) => type)).toContain('run-started');
	expect(story.session.ended).toBeNull();
	const [run] = story.runs;
	expect(run?.run).toMatchObject({ tool: 'dmesg', state: { state: 'running' } });
	const file = join(run?.folder as string, 'output.log');
	const lines = (existsSync(file) ? readFileSync(file, 'latin1') : '').split('\n');
	const isTorn = lines.pop() !== '';
	const reported = story.warnings.some(
		(warning) => warning === 'runs/01-dmesg/output.log ends in the middle of a line',
	);
	expect(reported).toBe(isTorn);
	const numbers = lines.map((line) => /^(\d+) (\d+) a line of a flood that counts$/.exec(line));
	expect(
		numbers.findIndex((match, n) => Number(match?.[1]) !== n),
		'every line is there and whole',
	).toBe(-1);
	const last = Number(numbers.at(-1)?.[2] ?? Date.parse(String(run?.run.started)));
	const lost = killed - last;
	expect(lost).toBeLessThanOrEqual(mostLost);
	return { lines: lines.length, isTorn, lost };
}
