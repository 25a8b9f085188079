import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drawPicture, panesPage, pictures } from './panes.ts';

const docs = join(import.meta.dirname, '../../docs');

test.each(pictures)('the picture of $name is what the console draws today', async (picture) => {
	const svg = drawPicture(picture);
	expect(svg).toMatch(/<text /);
	await expect(svg).toMatchFileSnapshot(join(docs, `panes/${picture.name}.svg`));
});

test('the page of panes shows every picture, and no picture is without its shape', async () => {
	await expect(panesPage()).toMatchFileSnapshot(join(docs, 'panes.md'));
	expect(readdirSync(join(docs, 'panes')).sort()).toEqual(pictures.map(({ name }) => `${name}.svg`).sort());
});
