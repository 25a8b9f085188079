import { expect, test } from 'vitest';
import { makeNetworkNamespace, noNamespace } from '../../../test/faults/made/network-namespace.ts';
import { sampleHost } from '../../../test/fixtures/proc-trees/readings.ts';
import { titled } from '../../../test/support/needs.ts';
import { judge } from '../checklist.ts';

const reason = noNamespace();

test.skipIf(reason)(titled('interfaces and links are those of the namespace, not of the machine', reason), async () => {
	const { host } = await makeNetworkNamespace();
	const before = sampleHost(host, ['network']);
	const readings = judge({ before, now: before, first: before });
	const interfaces = readings.filter(({ check }) => /utilization|errors|drops|link|carrier/.test(check));
	expect(interfaces.filter(({ device }) => device !== null && device !== 'lo')).toEqual([]);
});
