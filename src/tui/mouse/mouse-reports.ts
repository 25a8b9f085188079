/** One thing done with the mouse; places are counted from 0. */
export interface MouseReport {
	does: 'press' | 'release' | 'move' | 'wheel-up' | 'wheel-down' | 'other';
	/** 0 is the left one. */
	button: number;
	x: number;
	y: number;
}

const wheel = 64;
const motion = 32;

/** Longer than any report; what goes on is none. */
const longest = 24;

/** As far as a report has got in what was read. */
const beginning = /\x1b(\[(<[\d;]*)?)?$/;
const reports = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;

/**
 * Splits what a terminal sends into keys and reports of the mouse (SGR mode, 1006), however it is cut into pieces. A
 * beginning that might become either is held back until more comes, or until flush() says that nothing will.
 */
export class MouseSplitter {
	private held = '';

	push(text: string): { keys: string; reports: MouseReport[] } {
		const all = this.held + text;
		const found: MouseReport[] = [];
		const keys = all.replace(reports, (_, code: string, x: string, y: string, end: string) => {
			found.push(reportOf(Number(code), Number(x), Number(y), end));
			return '';
		});
		const begun = beginning.exec(keys);
		const holds = begun !== null && begun[0].length <= longest;
		this.held = holds ? begun[0] : '';
		return { keys: holds ? keys.slice(0, begun.index) : keys, reports: found };
	}

	/** Whether a key may be held back: Esc, or one that begins as Esc does. */
	get holdsKey(): boolean {
		return this.held !== '' && !this.held.includes('<');
	}

	flush(): string {
		const { held } = this;
		this.held = '';
		return held;
	}
}

function reportOf(code: number, x: number, y: number, end: string): MouseReport {
	const place = { x: x - 1, y: y - 1, button: code & 3 };
	if (code & wheel) return { does: wheels[code & 3] ?? 'other', ...place };
	if (code & motion) return { does: 'move', ...place };
	return { does: end === 'M' ? 'press' : 'release', ...place };
}

const wheels: readonly MouseReport['does'][] = ['wheel-up', 'wheel-down'];

/** Presses and the wheel, with places that may be beyond column 223. */
const enable = '\x1b[?1000h\x1b[?1006h';
const disable = '\x1b[?1006l\x1b[?1000l';

/** Terminals that would print these words, or know no mouse. */
const without = /^(|dumb|linux|vt\d+.*|cons25.*)$/;

export function knowsMouse(term: string | undefined): boolean {
	return !without.test(term ?? '');
}

export const mouseWords = { enable, disable };
