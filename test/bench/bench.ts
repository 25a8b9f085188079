/**
 * What the console costs beside its peers, all measured in one run, since
 * machines are noisy: ratios travel, milliseconds do not. Needs tmux, htop, atop, mawk, top and perl.
 */
import { checks } from './checks.ts';
import { firstPaint } from './first-paint.ts';
import { idle } from './idle.ts';
import { ingest } from './ingest.ts';
import { panes } from './panes.ts';
import { suspects } from './suspects.ts';

interface Result {
	what: string;
	ours: number;
	peer: string;
	theirs: number;
	unit: string;
}

const results: Result[] = [
	...(await firstPaint()),
	...(await idle()),
	...(await ingest()),
	...(await panes()),
	...(await checks()),
	...(await suspects()),
];

for (const { what, ours, peer, theirs, unit } of results) {
	const ratio = theirs === 0 ? '-' : (ours / theirs).toFixed(2);
	process.stdout.write(
		`${what.padEnd(28)} ${ours.toPrecision(4).padStart(9)} ${unit.padEnd(8)} ${peer.padEnd(6)} ${theirs.toPrecision(4).padStart(9)}   ratio ${ratio}\n`,
	);
}

export type { Result };
