import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, tallied, tally, unknown } from '../measuring.ts';
import { counted } from '../sentence.ts';
import { findPciDevices, type PciDevice } from './pci-devices.ts';

/** Since boot, as the kernel's driver for Advanced Error Reporting counts them. */
export interface PciErrors {
	corrected: number;
	/** Fatal ones among them. */
	uncorrected: number;
	/** Which kinds there have been: "BadTLP". */
	kinds: string[];
}

export interface HasPciErrors {
	/** By device; only those that tell. */
	errors: ReadonlyMap<string, PciErrors>;
}

export const readPciErrors = aged(8, (host): ReadonlyMap<string, PciErrors> => {
	const told = findPciDevices(host).flatMap((device) => {
		const errors = errorsOf(device);
		return errors ? [[device.name, errors] as const] : [];
	});
	return new Map(told);
});

function errorsOf({ folder }: PciDevice): PciErrors | undefined {
	// Many devices have none, and a failed reading costs more than this question.
	if (!existsSync(join(folder, 'aer_dev_fatal'))) return undefined;
	const [corrected, nonfatal, fatal] = ['correctable', 'nonfatal', 'fatal'].map((grade) =>
		parseCounts(readText(join(folder, `aer_dev_${grade}`)) ?? ''),
	);
	if (!corrected || !nonfatal || !fatal) return undefined;
	return {
		corrected: corrected.total,
		uncorrected: nonfatal.total + fatal.total,
		// What one device calls fatal is nonfatal to another, so that most kinds are in both files.
		kinds: [...new Set([...fatal.kinds, ...nonfatal.kinds, ...corrected.kinds])],
	};
}

/** "BadTLP 2" a line, and at last "TOTAL_ERR_COR 2". */
function parseCounts(text: string): { total: number; kinds: string[] } {
	const counts = [...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, kind = '', count]) => ({ kind, count: Number(count) }));
	const kinds = counts.filter(({ kind, count }) => count > 0 && !kind.startsWith('TOTAL_'));
	const total = counts.find(({ kind }) => kind.startsWith('TOTAL_'))?.count;
	return {
		total: total ?? kinds.reduce((sum, { count }) => sum + count, 0),
		kinds: kinds.map(({ kind }) => printable(kind)),
	};
}

const untold =
	'no PCI device here tells its errors: a virtual machine has none, or the firmware keeps them for itself; the kernel’s log may tell (the tool dmesg)';

export const pciErrors: Check<HasPciErrors> = {
	name: 'interconnect.pci-errors',
	kind: 'errors',
	title: 'Errors on PCI Express links',
	unit: 'errors',
	source:
		'/sys/bus/pci/devices/*/aer_dev_correctable, aer_dev_nonfatal and aer_dev_fatal, every 8 seconds, since the first sample; devices without any error in one reading',
	rule: 'Bad after one that could not be corrected, warn after any that was, and while there were uncorrected ones before: a slot, cable or card that fails.',
	judge: (span) => {
		const { errors } = span.now;
		if (errors.size === 0) return [unknown(null, untold)];
		const marred = [...errors].filter(([, { corrected, uncorrected }]) => corrected + uncorrected > 0);
		const clean = errors.size - marred.length;
		const all =
			clean === errors.size ? `none of ${counted(clean, 'PCI device')}` : `none of ${counted(clean, 'other')}`;
		return [
			...marred.map(([device, { kinds }]) =>
				finding(device, () => {
					const count = (of: 'corrected' | 'uncorrected') =>
						tally(`errors of ${device}`, span, (counters) => counters.errors.get(device)?.[of]);
					const [corrected, uncorrected] = [count('corrected'), count('uncorrected')];
					const value = corrected.since + uncorrected.since;
					const verdict = uncorrected.since > 0 ? 'bad' : value + uncorrected.total > 0 ? 'warn' : 'ok';
					const why = `${device}: ${tallied('uncorrected error', uncorrected)}; ${tallied('corrected one', corrected)} (${kinds.join(', ')})`;
					return { value, verdict, why };
				}),
			),
			...(clean > 0
				? [{ device: null, value: 0, verdict: 'ok' as const, why: `${all} has told of an error since boot` }]
				: []),
		];
	},
};
