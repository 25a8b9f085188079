/**
 * Makes dist/: the program as a few files that start fast, and the catalog,
 * validated. A bad file of the catalog fails the build with its line.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { loadCatalog } from './src/catalog/load-catalog.ts';
import { loadPlaybooks } from './src/playbook/load-playbooks.ts';

const root = import.meta.dirname;
const dist = join(root, 'dist');

const { tools, bad: badTools } = loadCatalog(join(root, 'tools-catalog'));
const { playbooks, bad: badPlaybooks } = loadPlaybooks(join(root, 'tools-catalog/playbooks'), tools);
const bad = [...badTools, ...badPlaybooks];
for (const { file, line, reason } of bad) process.stderr.write(`${relative(root, file)}:${line}: ${reason}\n`);
if (bad.length > 0) process.exit(1);

rmSync(dist, { recursive: true, force: true });
await build({
	entryPoints: [join(root, 'src/cli.ts')],
	outdir: dist,
	bundle: true,
	splitting: true,
	platform: 'node',
	format: 'esm',
	target: 'node20',
	minifySyntax: true,
	minifyWhitespace: true,
	chunkNames: 'chunks/[name]-[hash]',
	define: {
		'process.env.NODE_ENV': '"production"',
		// Ink's layout engine would fetch() its own code out of a data URL, and load Node's whole HTTP stack for it.
		fetch: 'undefined',
	},
	// Charts load these by themselves, when one is drawn; Ink's developer tools stay out.
	external: ['blessed', 'blessed-contrib', 'react-devtools-core'],
	// Some of what is bundled was written for CommonJS and calls require().
	banner: {
		js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
	},
});
const compiled = tools.map((tool) => ({ ...tool, folder: relative(dist, tool.folder) }));
writeFileSync(join(dist, 'catalog.json'), JSON.stringify(compiled));
writeFileSync(join(dist, 'playbooks.json'), JSON.stringify(playbooks));
chmodSync(join(dist, 'cli.js'), 0o755);
