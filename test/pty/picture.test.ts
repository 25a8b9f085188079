/**
 * The picture in the README is this screen. `docs/console.svg` was taken with
 * these means in a virtual machine of a stock Debian kernel, where nothing ran
 * but the load that was made for it; here the same is done with this machine's screen.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bindingsAt, keyShown } from '../../src/tui/keys.ts';
import { svgOf } from '../support/ansi-svg.ts';
import { needs, titled } from '../support/needs.ts';
import { bpftools, scratchFolder } from '../support/program.ts';
import { Terminal } from '../support/terminal.ts';

const root = join(import.meta.dirname, '../..');
const lacking = needs({ program: 'tmux' });

test.skipIf(lacking)(titled('the real screen becomes a picture', lacking), async () => {
	using folder = scratchFolder();
	await using terminal = new Terminal();
	await terminal.start([...bpftools, 'tui', '--session-dir', folder.path], { columns: 120, rows: 30 });
	await terminal.waitFor(/✓/);
	const picture = svgOf(await terminal.styledScreen(), 120);
	mkdirSync(join(root, 'test/output'), { recursive: true });
	writeFileSync(join(root, 'test/output/console.svg'), picture);
	expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
	expect(textOf(picture)).toContain('Run next');
	expect(picture).not.toContain('\x1b');
	await terminal.press('q');
});

test('the picture in the README shows the keys and columns of today', () => {
	const text = textOf(readFileSync(join(root, 'docs/console.svg'), 'utf8'));
	for (const word of ['errors', 'utilization', 'saturation', 'Run next']) expect(text).toContain(word);
	const shown = bindingsAt('checklist').filter(({ label }) => label);
	for (const { keys, label } of shown) expect(text).toContain(`${keyShown(keys, 'checklist')} ${label}`);
});

function textOf(svg: string): string {
	return svg
		.replaceAll(/<[^>]*>/g, ' ')
		.replaceAll('&gt;', '>')
		.replaceAll('&lt;', '<')
		.replaceAll('&amp;', '&');
}
