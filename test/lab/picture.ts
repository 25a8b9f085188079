/**
 * `npm run picture` draws docs/console.svg: the console in the lab, where nothing runs
 * but the load that is made for it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svgOf } from '../support/ansi-svg.ts';
import { runTool, verdicts } from '../support/console-screen.ts';
import { Terminal } from '../support/terminal.ts';
import { bootLab } from './boot.ts';

const columns = 120;
const load = `
	cp /bin/sha256sum /tmp/batch-import
	cp /bin/sha256sum /tmp/reindex
	# Before the console, which the emulated CPU is too slow for.
	echo 0 >/proc/sys/kernel/sched_autogroup_enabled
	for program in batch-import reindex reindex; do nice -n -3 /tmp/$program /dev/zero </dev/null >/dev/null 2>&1 & done`;

await using booted = await bootLab(undefined);
const { lab } = booted;
await using terminal = new Terminal();
await terminal.start(lab.ssh(['-tt'], 'bpftools tui --session-dir /tmp/sessions'), { columns, rows: 30 });
await terminal.waitFor(verdicts, 60);
await lab.output(load);
await terminal.waitFor(/^cpu .*✗ .*✗ /m, 60);
await terminal.press('n', 's', 'l');
await runTool(terminal, 'runqlat');
await terminal.waitFor(/runqlat · .* complete · .*[1-9]\d* rows/, 60);
await runTool(terminal, 'pidstat');
await terminal.waitFor(/pidstat · .* complete[\s\S]*reindex/, 60);
await terminal.press('Tab');
await terminal.waitFor(/n next step/, 60);
await terminal.waitFor(/pidstat · .* [1-3]\ds of 60s/, 60);
writeFileSync(join(import.meta.dirname, '../../docs/console.svg'), svgOf(await terminal.styledScreen(), columns));
process.stdout.write(await terminal.screen());
