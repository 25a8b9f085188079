import { expect, test } from 'vitest';
import { type KernelConfig, optionsForTracing } from '../../host/kernel-config.ts';
import { configFindings } from './config.ts';
import { type Finding, remediesIn } from './finding.ts';

const onHost = remediesIn({ container: false });
const statuses = (findings: Finding[]) => Object.fromEntries(findings.map(({ name, status }) => [name, status]));

test('an option that is a module works, one that is not set is a gap that says what it costs', () => {
	const config: KernelConfig = new Map([
		['BPF', 'y'],
		['IKHEADERS', 'm'],
	]);
	const findings = configFindings(config, undefined, onHost);
	expect(statuses(findings)).toMatchObject({
		CONFIG_BPF: 'works',
		CONFIG_IKHEADERS: 'works',
		CONFIG_KPROBES: 'missing',
	});
	expect(findings.find(({ name }) => name === 'CONFIG_KPROBES')).toMatchObject({
		detail: 'no kernel function can be probed by name',
		fix: 'Boot a kernel built with CONFIG_KPROBES.',
	});
});

test('a kernel needs no headers of its own where they are installed', () => {
	const headers = '/lib/modules/6.12.0/build';
	expect(statuses(configFindings(new Map(), undefined, onHost))).toMatchObject({ CONFIG_IKHEADERS: 'missing' });
	expect(statuses(configFindings(new Map(), headers, onHost))).toMatchObject({ CONFIG_IKHEADERS: 'works' });
});

test('without a config every option is unknown, and a container is told how to get one', () => {
	const config = configFindings(undefined, undefined, remediesIn({ container: true }));
	expect(config).toHaveLength(Object.keys(optionsForTracing).length);
	expect(new Set(config.map(({ status }) => status))).toEqual(new Set(['unknown']));
	expect(config[0]?.flags).toEqual(['-v /boot:/boot:ro']);
});
