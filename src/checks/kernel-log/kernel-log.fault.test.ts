import { appendFileSync, existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reading, sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { needs, titled } from '../../../test/support/needs.ts';
import { openHost } from '../../host/host.ts';
import { judge } from '../checklist.ts';

const noLog = needs('root') ?? (existsSync('/dev/kmsg') ? undefined : 'there is no /dev/kmsg');

test.skipIf(noLog)(titled('a message of the kernel turns the check that it is about, and only that', noLog), () => {
	const host = openHost({ pid: process.pid });
	const first = sampleHost(host);
	const verdicts = () => {
		const now = sampleHost(host);
		const readings = judge({ before: first, now, first });
		const names = ['cpu', 'memory', 'disk', 'network', 'software'];
		return Object.fromEntries(names.map((name) => [name, reading(readings, `${name}.kernel-log`).verdict]));
	};
	const ok = { cpu: 'ok', memory: 'ok', disk: 'ok', network: 'ok', software: 'ok' };
	expect(verdicts()).toEqual(ok);
	appendFileSync('/dev/kmsg', '<4>bpftools-test: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL)\n');
	expect(verdicts()).toEqual({ ...ok, memory: 'warn' });
	appendFileSync('/dev/kmsg', '<0>watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [bpftools-test:123]\n');
	expect(verdicts()).toEqual({ ...ok, memory: 'warn', cpu: 'bad' });
});
