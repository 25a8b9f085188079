import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const scratch = mkdtempSync(join(tmpdir(), 'bpftools-bench-'));

/** The three consoles, each drawing once a second. */
export const consoles: Record<'bpftools' | 'htop' | 'atop', { argv: string[]; ready: RegExp }> = {
	bpftools: {
		argv: [process.execPath, join(import.meta.dirname, '../../dist/cli.js'), 'tui', '--session-dir', scratch],
		ready: /utilization/,
	},
	htop: { argv: ['htop', '-d', '10'], ready: /PID/ },
	atop: { argv: ['atop', '1'], ready: /PRC/ },
};
