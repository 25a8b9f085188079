import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { start } from '../../test/support/program.ts';

const release = '4.18.0-193.el8.x86_64';
const cli = [process.execPath, join(import.meta.dirname, '../cli.ts')];

let scratch: string;
const inScratch = (name: string) => join(scratch, name);

beforeEach(() => {
	scratch = mkdtempSync(join(tmpdir(), 'bpftools-build-'));
	onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
	const generated = inScratch(`headers/usr/src/kernels/${release}/include/generated`);
	for (const folder of [generated, inScratch('tmp'), inScratch('bin')]) mkdirSync(folder, { recursive: true });
	writeFileSync(join(generated, 'autoconf.h'), 'autoconf');
});

/** A stand-in for an engine: it writes down its words and what it finds in the folder that it is given, then does this. */
function standIn(name: string, then: string): void {
	const script = `#!/bin/bash
		printf '%s\\n' "$@" >'${inScratch('words')}'
		cd "\${@: -1}" && find . | sort >'${inScratch('found')}'
		${then}`;
	writeFileSync(inScratch(`bin/${name}`), script);
	chmodSync(inScratch(`bin/${name}`), 0o755);
}

function build(...args: string[]) {
	const env = { ...process.env, PATH: `${inScratch('bin')}:${process.env.PATH}`, TMPDIR: inScratch('tmp') };
	const words = ['image', 'build', '--kernel', release, '--headers', inScratch('headers'), ...args];
	return start([...cli, ...words], { env });
}

const written = (name: string) => readFileSync(inScratch(name), 'utf8').trimEnd().split('\n');

describe('An engine that builds', () => {
	test('is given a Dockerfile, the sources and the headers, and a name for the image', async () => {
		standIn('podman', 'exit 0');
		expect((await build('--engine', 'podman').ended).code).toBe(0);
		expect(written('words').slice(0, 3)).toEqual(['build', '--tag', `bpftools:${release}`]);
		expect(written('words')).toHaveLength(4);
		expect(written('found')).toEqual(
			expect.arrayContaining([
				'./.dockerignore',
				'./Dockerfile',
				'./package.json',
				`./kernel/usr/src/kernels/${release}/include/generated/autoconf.h`,
			]),
		);
		expect(written('found').filter((path) => /^\.\/(node_modules|dist|\.git)$/.test(path))).toEqual([]);
	});

	test('is told of a proxy by arguments that it does not keep', async () => {
		standIn('docker', 'exit 0');
		await build('--engine', 'docker', '--proxy', 'http://10.0.0.1:8080', '--tag', 'own:1').ended;
		const words = written('words');
		expect(words.slice(0, 3)).toEqual(['build', '--tag', 'own:1']);
		for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']) {
			expect(words[words.indexOf(`${name}=http://10.0.0.1:8080`) - 1]).toBe('--build-arg');
		}
	});

	test('starts from the base that is named', async () => {
		standIn('docker', `cp Dockerfile '${inScratch('Dockerfile')}'`);
		await build('--engine', 'docker', '--base', 'registry.example/debian:$&').ended;
		expect(readFileSync(inScratch('Dockerfile'), 'utf8')).toMatch(/^ARG BASE=registry\.example\/debian:\$&$/m);
	});

	test('gives its exit code, and its folder is taken away', async () => {
		standIn('docker', 'exit 42');
		expect((await build('--engine', 'docker').ended).code).toBe(42);
		expect(readdirSync(inScratch('tmp'))).toEqual([]);
	});

	test('is ended when the command is, and its folder is taken away', async () => {
		standIn('docker', 'exec sleep 600');
		const { child, ended } = build('--engine', 'docker');
		await eventually('it builds', () => existsSync(inScratch('found')));
		expect(readdirSync(inScratch('tmp'))).toHaveLength(1);
		child.kill('SIGTERM');
		expect((await ended).code).toBe(143);
		expect(readdirSync(inScratch('tmp'))).toEqual([]);
	});

	test('is not started when Ctrl-C is pressed before', async () => {
		standIn('docker', 'exit 0');
		// So many that the copying lasts until then.
		const include = inScratch(`headers/usr/src/kernels/${release}/include`);
		for (let number = 0; number < 3_000; number++) writeFileSync(join(include, `${number}.h`), '');
		const { child, ended } = build('--engine', 'docker');
		await eventually('there is a folder', () => readdirSync(inScratch('tmp')).length > 0);
		child.kill('SIGINT');
		expect((await ended).code).toBe(130);
		expect(existsSync(inScratch('found'))).toBe(false);
		expect(readdirSync(inScratch('tmp'))).toEqual([]);
	});
});
