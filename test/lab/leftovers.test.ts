import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { titled } from '../support/needs.ts';
import { scratchFolder, start } from '../support/program.ts';
import { Marker } from '../support/traces.ts';
import { labImage, noLab } from './image.ts';

const sleep = 'sleep 1000';

describe.skipIf(noLab)(titled('A lab leaves nothing behind', noLab), () => {
	test('when its command has ended, with the command’s exit code', async () => {
		using temporary = scratchFolder();
		const marker = new Marker();
		const { code, stdout } = await startLab(temporary.path, marker, 'uname -r; exit 7').ended;
		expect({ code, stdout }).toEqual({ code: 7, stdout: expect.stringMatching(/^6\.12\./) });
		await expectNothing(temporary.path, marker);
	});

	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		test(`when ${signal} ends it while it boots`, () =>
			endedBy(signal, (marker) => marker.processes().some(({ argv }) => argv[0] === 'qemu-system-x86_64')));
	}

	test('when it is killed while its command runs', () =>
		endedBy('SIGKILL', (marker) => marker.processes().some(({ argv }) => argv.at(-1) === sleep && argv[0] === 'ssh')));

	async function endedBy(signal: NodeJS.Signals, moment: (marker: Marker) => boolean): Promise<void> {
		await labImage();
		using temporary = scratchFolder();
		const marker = new Marker();
		const { child } = startLab(temporary.path, marker, sleep);
		await eventually(`the moment for ${signal}`, () => moment(marker), 60);
		expect(readdirSync(temporary.path)).toHaveLength(1);
		child.kill(signal);
		await expectNothing(temporary.path, marker);
	}

	function startLab(temporary: string, { env }: Marker, line: string) {
		const argv = [process.execPath, join(import.meta.dirname, 'main.ts'), line];
		return start(argv, { env: { ...process.env, ...env, TMPDIR: temporary } });
	}

	async function expectNothing(temporary: string, marker: Marker): Promise<void> {
		const left = () => [...readdirSync(temporary), ...marker.processes().map(({ argv }) => argv.join(' '))];
		await eventually(
			'nothing is left',
			() => left().length === 0,
			15,
			() => left().join('\n'),
		);
	}
});
