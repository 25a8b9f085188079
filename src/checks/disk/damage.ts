import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, tally, unknown } from '../measuring.ts';
import { parsePairs } from '../pairs.ts';
import { counted } from '../sentence.ts';
import type { DiskCounters } from './counters.ts';

/** What a file system has written down about itself. */
export interface Damage {
	type: 'ext4' | 'btrfs';
	errors: number;
	/** In what the last one came up, where that is told. */
	last: string | undefined;
}

const secondsBetween = 8;

/** By device; only these two count. */
export const readDamage = aged(secondsBetween, (host): Map<string, Damage> => {
	const damage = new Map<string, Damage>();
	const ext4 = join(host.sys, 'fs/ext4');
	for (const device of listFolder(ext4)) {
		const errors = readNumber(join(ext4, device, 'errors_count'));
		if (errors === undefined) continue;
		const last = errors > 0 ? readText(join(ext4, device, 'last_error_func'))?.trim() : undefined;
		damage.set(printable(device), { type: 'ext4', errors, last: last ? printable(last) : undefined });
	}
	const btrfs = join(host.sys, 'fs/btrfs');
	for (const id of listFolder(btrfs)) {
		for (const member of listFolder(join(btrfs, id, 'devinfo'))) {
			const text = readText(join(btrfs, id, 'devinfo', member, 'error_stats'));
			if (text === undefined) continue;
			const kinds = [...parsePairs(text)].filter(([, count]) => count > 0);
			const errors = kinds.reduce((sum, [, count]) => sum + count, 0);
			const name = `btrfs ${id.slice(0, 8)}, device ${member}`;
			damage.set(printable(name), { type: 'btrfs', errors, last: kinds.map(([kind]) => kind).join(', ') || undefined });
		}
	}
	return damage;
});

export const damage: Check<DiskCounters> = {
	name: 'disk.filesystem-errors',
	kind: 'errors',
	title: 'Damage that the file system found',
	unit: 'errors',
	source:
		'/sys/fs/ext4/*/errors_count, kept in the superblock until fsck repairs it; /sys/fs/btrfs/*/devinfo/*/error_stats (Linux 5.14), kept until btrfs device stats -z; every 8 s',
	rule: 'Warn when any is on record, bad when one came in since the first sample.',
	judge: (span) =>
		span.now.damage.size === 0
			? [
					unknown(
						null,
						'no ext4 or btrfs is mounted, and others do not count their errors where they can be read here; dmesg has them',
					),
				]
			: [...span.now.damage].map(([device, { type, last }]) =>
					finding(device, () => {
						const { since, total } = tally('errors', span, ({ damage }) => damage.get(device)?.errors);
						const where = last ? ` (${type === 'ext4' ? 'the last in ' : ''}${last})` : '';
						const why = `${device}: ${counted(since, `${type} error`)} since this console started, ${total || 'none'} on record${where}`;
						return { value: total, verdict: since > 0 ? 'bad' : total > 0 ? 'warn' : 'ok', why };
					}),
				),
};
