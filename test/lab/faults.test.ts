import { afterAll, beforeAll, describe } from 'vitest';
import { proveFaults } from '../faults/prove.ts';
import { titled } from '../support/needs.ts';
import { endConsoles, labFaults } from './faults.ts';
import { noLab } from './image.ts';
import type { Lab } from './lab.ts';
import { sharedLab } from './shared-lab.ts';
import { topology } from './topology.ts';

describe.skipIf(noLab)(titled('On a stock kernel', noLab), () => {
	let lab: Lab;

	beforeAll(async () => {
		lab = await sharedLab();
		await topology(lab, 'up');
		await topology(lab, 'host', 'a', '10.9.0.2');
		await topology(lab, 'vm', 'v', '10.9.0.4');
	});

	afterAll(async () => {
		await endConsoles();
		if (lab) await topology(lab, 'down');
	});

	proveFaults('Faults', labFaults);
});
