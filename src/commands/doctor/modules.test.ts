import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../host/host.ts';
import { moduleFindings } from './modules.ts';

function findingsWith(modules: string | undefined, typed: string[] = []) {
	const root = mkdtempSync(join(tmpdir(), 'modules-'));
	onTestFinished(() => rmSync(root, { recursive: true, force: true }));
	mkdirSync(join(root, 'proc'));
	if (modules !== undefined) writeFileSync(join(root, 'proc/modules'), modules);
	for (const name of typed) mkdirSync(join(root, 'sys/kernel/btf', name), { recursive: true });
	return moduleFindings(openHost({ root }));
}

const loaded = 'openvswitch 225280 0 - Live 0x0\nnsh 12288 1 openvswitch, Live 0x0\ntun 69632 0 - Live 0x0\n';

test('those that are loaded are counted, and those that people trace are named', () => {
	expect(findingsWith(loaded, ['nsh', 'tun'])).toMatchObject([
		{ name: 'modules', status: 'works', detail: '3 loaded, among them openvswitch, tun' },
		{ name: 'module BTF', status: 'works', detail: 'of 2 modules' },
	]);
});

test('without types fentry does not attach to them', () => {
	expect(findingsWith(loaded)[1]).toMatchObject({ name: 'module BTF', status: 'missing' });
});

test('a kernel may have none loaded, or load none', () => {
	expect(findingsWith('')).toMatchObject([{ status: 'works', detail: '0 loaded' }]);
	expect(findingsWith(undefined)).toMatchObject([
		{ status: 'missing', fix: expect.stringContaining('CONFIG_MODULES') },
	]);
});
