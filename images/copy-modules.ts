/**
 * Copies into a folder what of node_modules runs: the build bundles all but the chart
 * library, and of that only what drawing a chart loads is needed.
 */
import { cpSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative } from 'node:path';
import { chartLines } from '../src/tui/chart.ts';

const [, , folder = ''] = process.argv;
const modules = join(import.meta.dirname, '../node_modules');
if (chartLines([1, 2, 3], 40, 10).join('').trim() === '') throw new Error('The chart is empty.');

const files = Object.keys(createRequire(import.meta.url).cache).map((file) => relative(modules, file));
const packages = new Set(files.map((file) => file.split('/', file.startsWith('@') ? 2 : 1).join('/')));
const described = [...packages].flatMap((name) =>
	readdirSync(join(modules, name))
		.filter((file) => file === 'package.json' || /^licen[cs]e/i.test(file))
		.map((file) => join(name, file)),
);
// The descriptions of terminals, read as files.
const terminals = 'blessed/usr';
for (const file of [...files, ...described, terminals]) {
	cpSync(join(modules, file), join(folder, file), { recursive: true });
}
process.stdout.write(`${basename(folder)}: ${files.length} files of ${packages.size} packages\n`);
