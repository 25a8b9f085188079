import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Check } from '../check.ts';
import { finding, type Judgement, known, unknown } from '../measuring.ts';
import { counted } from '../sentence.ts';
import { kilobytes } from './amounts.ts';
import type { MemoryCounters } from './counters.ts';

export interface EdacCounts {
	corrected: number | undefined;
	uncorrected: number | undefined;
	/** The modules that have had errors, as the mainboard labels them. */
	modules: string[];
}

export function readEdac({ sys }: Host): MemoryCounters['edac'] {
	const folder = join(sys, 'devices/system/edac/mc');
	const controllers = listFolder(folder).filter((name) => /^mc\d+$/.test(name));
	if (controllers.length === 0) return undefined;
	return new Map(controllers.map((name) => [name, countsIn(join(folder, name))]));
}

function countsIn(folder: string): EdacCounts {
	const corrected = readNumber(join(folder, 'ce_count'));
	const uncorrected = readNumber(join(folder, 'ue_count'));
	return { corrected, uncorrected, modules: corrected || uncorrected ? modulesWithErrors(folder) : [] };
}

function modulesWithErrors(folder: string): string[] {
	return listFolder(folder)
		.filter((name) => /^(dimm|rank)\d+$/.test(name))
		.flatMap((name) => {
			const count = (file: string) => readNumber(join(folder, name, file)) ?? 0;
			const errors = count('dimm_ce_count') + count('dimm_ue_count');
			const label = readText(join(folder, name, 'dimm_label'))?.trim();
			return errors > 0 ? [{ errors, text: `${printable(label || name)}: ${counted(errors, 'error')}` }] : [];
		})
		.sort((a, b) => b.errors - a.errors)
		.map(({ text }) => text);
}

export const ecc: Check<MemoryCounters> = {
	name: 'memory.ecc',
	kind: 'errors',
	title: 'Memory errors that the hardware found',
	unit: 'errors',
	source:
		'/sys/devices/system/edac/mc/mc*: ce_count (corrected) and ue_count (uncorrected), since boot, and of which module, every 10 s',
	rule: 'Since boot, as hardware does not heal: warn after a corrected error, bad after an uncorrected one (netdata).',
	judge: ({ now: { edac } }) =>
		edac
			? [...edac].map(([controller, counts]) => finding(controller, () => judgeController(controller, counts)))
			: [unknown(null, 'no EDAC driver watches the memory here (usual in a virtual machine)')],
};

function judgeController(controller: string, { modules, ...counts }: EdacCounts): Judgement {
	const corrected = known(counts.corrected, `${controller} shows no ce_count`);
	const uncorrected = known(counts.uncorrected, `${controller} shows no ue_count`);
	const verdict = uncorrected > 0 ? 'bad' : corrected > 0 ? 'warn' : 'ok';
	const why = `${controller}: ${counted(corrected, 'corrected error')} and ${counted(uncorrected, 'uncorrected error')} since boot`;
	return { value: corrected + uncorrected, verdict, why, suspects: modules };
}

export const corrupted: Check<MemoryCounters> = {
	name: 'memory.corrupted',
	kind: 'errors',
	title: 'Memory put out of use because it failed',
	unit: 'kB',
	source: '/proc/meminfo: HardwareCorrupted',
	rule: 'Warn above 0: a memory module is failing.',
	judge: ({ now: { meminfo } }) => [
		finding(null, () => {
			const value = known(meminfo.get('HardwareCorrupted'), '/proc/meminfo has no HardwareCorrupted');
			return { value, verdict: value > 0 ? 'warn' : 'ok', why: `${value ? kilobytes(value) : 'no memory'} has failed` };
		}),
	],
};
