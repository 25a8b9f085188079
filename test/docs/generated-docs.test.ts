import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadCatalog } from '../../src/catalog/load-catalog.ts';
import { playbookSchema } from '../../src/catalog/playbook.ts';
import { toolSchema } from '../../src/catalog/tool.ts';
import { resources } from '../../src/checks/check.ts';
import { checklists } from '../../src/checks/checklist.ts';
import { loadPlaybooks } from '../../src/playbook/load-playbooks.ts';
import { faults } from '../faults/matrix.ts';
import { readResults } from '../faults/results.ts';
import { checksPage, faultsPage, keysPage, playbooksPage, resourcePage, toolPage, toolsPage } from './pages.ts';

const root = join(import.meta.dirname, '../..');
const docs = join(root, 'docs');
const { tools } = loadCatalog(join(root, 'tools-catalog'));

test('the page of keys is the keymap', async () => {
	await expect(keysPage()).toMatchFileSnapshot(join(docs, 'keys.md'));
});

test('the pages of checks are what the checks say of themselves', async () => {
	await expect(checksPage(checklists)).toMatchFileSnapshot(join(docs, 'checks/README.md'));
	for (const resource of resources)
		await expect(resourcePage(resource, checklists)).toMatchFileSnapshot(join(docs, `checks/${resource}.md`));
});

test('every fault has a result, and no result is without its fault', () => {
	const results = readResults();
	expect(results.map(({ fault }) => fault).sort()).toEqual(faults.map(({ name }) => name).sort());
	expect(results.filter(({ before }) => before !== 'ok')).toEqual([]);
});

test('the page of faults is what their tests saw', async () => {
	await expect(faultsPage(faults, readResults())).toMatchFileSnapshot(join(docs, 'faults.md'));
});

test('every tool has its page, and no page is without its tool', async () => {
	await expect(toolsPage(tools)).toMatchFileSnapshot(join(docs, 'tools/README.md'));
	for (const tool of tools) await expect(toolPage(tool)).toMatchFileSnapshot(join(docs, `tools/${tool.name}.md`));
	const pages = readdirSync(join(docs, 'tools')).filter((file) => file !== 'README.md');
	expect(pages.sort()).toEqual(tools.map(({ name }) => `${name}.md`).sort());
});

test('the page of playbooks is what they say of themselves', async () => {
	const { playbooks } = loadPlaybooks(join(root, 'tools-catalog/playbooks'), tools);
	await expect(playbooksPage(playbooks)).toMatchFileSnapshot(join(docs, 'playbooks.md'));
});

test("the editors' schema of playbooks is the program's own", async () => {
	const schema = z.toJSONSchema(playbookSchema, { io: 'input' });
	await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
		join(root, 'tools-catalog/playbook.schema.json'),
	);
});

test("the editors' schema of tool.yaml is the program's own", async () => {
	const schema = z.toJSONSchema(toolSchema, { io: 'input' });
	await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
		join(root, 'tools-catalog/tool.schema.json'),
	);
});

test('every path that a page of docs names exists', () => {
	const pages = [
		join(root, 'README.md'),
		...readdirSync(docs)
			.filter((file) => file.endsWith('.md'))
			.map((file) => join(docs, file)),
	];
	const missing = pages.flatMap((file) => {
		const paths = [...readFileSync(file, 'utf8').matchAll(/`((?:src|test|tools-catalog|images|docs)\/[\w./-]*)`/g)];
		return paths
			.map(([, path = '']) => path)
			.filter((path) => !existsSync(join(root, path)))
			.map((path) => `${file}: ${path}`);
	});
	expect(missing).toEqual([]);
});
