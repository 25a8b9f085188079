/**
 * Prints the checklist's readings from second to second, settled as a console shows them: a line with how many
 * consoles there were, and the readings as JSON. Each line that comes in names a resource and makes a console
 * anew, for it alone: all checks would take such a machine a second.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceName } from '../../../src/checks/check.ts';
import { Watch } from '../../../src/checks/watch.ts';
import { openHost } from '../../../src/host/host.ts';
import { hostTarget } from '../../../src/host/target.ts';

const host = openHost();
let consoles = 0;
let watch: Watch | undefined;
createInterface({ input: process.stdin }).on('line', (resource) => {
	consoles += 1;
	watch = new Watch(host, hostTarget(host), [resource as ResourceName]);
});
for (;;) {
	await sleep(1000);
	if (watch) process.stdout.write(`${consoles} ${JSON.stringify(watch.next())}\n`);
}
