import { join } from 'node:path';
import { type Host, readText } from '../host/host.ts';

/** Those whose operations fsslower can time. */
const timed = ['ext4', 'xfs', 'btrfs', 'nfs', 'f2fs'];

/** The kind of the host's root file system; where that is none of those that can be timed, of the first mounted that is. */
export function filesystemOf(host: Host): string {
	const lines = readText(join(host.proc, String(host.pid), 'mounts'))?.split('\n') ?? [];
	const mounts = lines
		.map((line) => line.split(' '))
		.map(([, where, kind = '']) => ({ where, kind: kind.replace(/^nfs4$/, 'nfs') }));
	const known = mounts.filter(({ kind }) => timed.includes(kind));
	return (known.find(({ where }) => where === '/') ?? known[0])?.kind ?? 'ext4';
}
