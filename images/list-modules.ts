/** Prints what the program is made of besides its own code, Node included, as a CycloneDX document. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
	version: string;
	name?: string;
	license?: string;
	dev?: boolean;
	optional?: boolean;
}

const root = join(import.meta.dirname, '..');
const readJson = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { name, version } = readJson('package.json') as { name: string; version: string };
const { packages } = readJson('package-lock.json') as { packages: Record<string, Locked> };

const modules = Object.entries(packages)
	.filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
	.map(([path, locked]) => {
		const called = locked.name ?? path.replace(/^.*node_modules\//, '');
		return {
			type: 'library',
			name: called,
			version: locked.version,
			...(locked.license === undefined ? {} : { licenses: [{ expression: locked.license }] }),
			purl: `pkg:npm/${called.replace('@', '%40')}@${locked.version}`,
		};
	});
const node = { type: 'platform', name: 'node', version: process.versions.node, licenses: [{ expression: 'MIT' }] };
const document = {
	bomFormat: 'CycloneDX',
	specVersion: '1.6',
	version: 1,
	metadata: { component: { type: 'application', name, version } },
	components: [node, ...modules],
};
process.stdout.write(`${JSON.stringify(document, null, '\t')}\n`);
