import stringWidth from 'string-width';
import { eventually } from './eventually.ts';
import { bpftools } from './program.ts';
import type { Size, Terminal } from './terminal.ts';

/** The first verdicts are on the screen. */
export const verdicts = /^cpu +[✓!✗?] .*[✓!✗?] .*[✓!✗?] /m;

export async function openConsole(
	terminal: Terminal,
	sessions: string,
	options: Partial<Size> & { env?: Record<string, string> } = {},
): Promise<void> {
	// What was kept by consoles before must not change what a test sees.
	const env = { XDG_STATE_HOME: '/dev/null/state', ...options.env };
	await terminal.start([...bpftools, 'tui', '--session-dir', sessions], { ...options, env });
	await terminal.waitFor(verdicts);
}

/** Starts a tool with its usual values. */
export async function runTool(terminal: Terminal, name: string): Promise<void> {
	await pointAtTool(terminal, name);
	await terminal.press('C-r');
}

/** Finds a tool in the catalog by its name. */
export async function pointAtTool(terminal: Terminal, name: string): Promise<void> {
	await terminal.press('t');
	await terminal.waitFor(/letters narrow the list/);
	await terminal.type(name);
	await terminal.waitFor(new RegExp(`narrow the list\\): ${name}_`));
}

/** The header in the first line and only there, the keys in the last, and nothing wider than the terminal. */
export async function expectFrame(terminal: Terminal, { columns, rows }: Size, last = /\? help/): Promise<void> {
	const whole = async () => {
		const lines = await terminal.lines();
		const fits = lines.length === rows && lines.every((line) => stringWidth(line) <= columns);
		const headers = lines.filter((line) => line.startsWith('bpftools · '));
		return fits && headers.length === 1 && headers[0] === lines[0] && last.test(lines.at(-1) ?? '');
	};
	await eventually(`the frame is whole at ${columns}x${rows}`, whole, 10, () => terminal.screen());
}
