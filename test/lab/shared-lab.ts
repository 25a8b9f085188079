import { bootLab } from './boot.ts';
import type { Lab } from './lab.ts';

let booted: ReturnType<typeof bootLab> | undefined;

/** One lab for all tests: their files are run by one process (vitest.config.ts), and it ends with that. */
export async function sharedLab(): Promise<Lab> {
	booted ??= bootLab();
	return (await booted).lab;
}

/** The BPF programs that the lab's kernel holds. */
export async function programsOf(lab: Lab): Promise<number[]> {
	const programs = JSON.parse(await lab.output('bpftool -j prog show')) as { id: number }[];
	return programs.map(({ id }) => id);
}
