import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { alteredTree } from '../../test/fixtures/proc-trees/altered.ts';
import { parseKernelConfig, readKernelConfig } from './kernel-config.ts';

const excerpt = `#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.12.117 Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc (Debian 14.2.0-19) 14.2.0"
CONFIG_BPF=y
CONFIG_HAVE_EBPF_JIT=y
CONFIG_HZ=250
CONFIG_IKHEADERS=m
# CONFIG_PSI_DEFAULT_DISABLED is not set
# CONFIG_KPROBES is not set
`;

test('an option is set, a module, a value, or not there', () => {
	const config = parseKernelConfig(excerpt);
	expect([...config]).toEqual([
		['CC_VERSION_TEXT', '"gcc (Debian 14.2.0-19) 14.2.0"'],
		['BPF', 'y'],
		['HAVE_EBPF_JIT', 'y'],
		['HZ', '250'],
		['IKHEADERS', 'm'],
	]);
});

test('the running kernel’s own copy is preferred to files beside it', () => {
	const host = alteredTree({
		'proc/config.gz': gzipSync(excerpt).toString('latin1'),
		'boot/config-6.12.117': 'CONFIG_HZ=100\n',
	});
	expect(readKernelConfig(host, '6.12.117')?.get('HZ')).toBe('250');
});

test('a container reads the config of the host, not of its own image', () => {
	const host = alteredTree({
		'proc/1/root/boot/config-6.12.117': excerpt,
		'boot/config-6.12.117': 'CONFIG_HZ=100\n',
	});
	expect(readKernelConfig(host, '6.12.117')?.get('HZ')).toBe('250');
});

test('another kernel’s config says nothing about this one', () => {
	expect(readKernelConfig(alteredTree({ 'boot/config-6.1.0': excerpt }), '6.12.117')).toBeUndefined();
});
