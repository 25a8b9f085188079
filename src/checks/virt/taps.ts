import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, grade, growth, known, perSecond } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { findGuests } from './guest-counters.ts';
import { interfacesFolder, type PortTraffic, readTraffic } from './interfaces.ts';

export interface TapCounters {
	traffic: Map<string, PortTraffic>;
	/** Which guest has opened it. */
	owners: ReadonlyMap<string, string>;
}

/** The ends of virtual cables that programs hold, most of them machines; undefined where there is none. */
export function readTaps(host: Host): TapCounters | undefined {
	const names = findTaps(host);
	return names.size > 0 ? { traffic: readTraffic(host, names), owners: findOwners(host) } : undefined;
}

const tapFlag = 0x0002;

const findTaps = aged(10, (host): ReadonlySet<string> => {
	const folder = interfacesFolder(host);
	if (folder === undefined) return new Set();
	const isTap = (name: string) => {
		const flags = join(folder, name, 'tun_flags');
		// A failed reading costs more than the question whether it is there, and most interfaces have none.
		return existsSync(flags) && ((readNumber(flags) ?? 0) & tapFlag) !== 0;
	};
	return new Set(listFolder(folder).filter(isTap).map(printable));
});

/** A descriptor of /dev/net/tun tells which interface it stands for. */
const findOwners = aged(30, (host): ReadonlyMap<string, string> => {
	const owned = findGuests(host).flatMap(({ pid, name }) => {
		const folder = join(host.proc, String(pid));
		return listFolder(join(folder, 'fd'))
			.filter((descriptor) => linkTo(join(folder, 'fd', descriptor)) === '/dev/net/tun')
			.flatMap((descriptor) => /^iff:\t(.+)$/m.exec(readText(join(folder, 'fdinfo', descriptor)) ?? '')?.[1] ?? [])
			.map((tap) => [printable(tap), name] as const);
	});
	return new Map(owned);
});

function linkTo(path: string): string | undefined {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

const drops: Check<TapCounters> = {
	name: 'virt.tap-drops',
	kind: 'saturation',
	title: 'Packets to a guest that found its queue full',
	unit: 'packets/s',
	source: '/proc/1/net/dev: drops of packets to send through each tap device (/sys/class/net/*/tun_flags), a second',
	limits: ['network.share'],
	rule: 'Warn above 0: the guest, or its vhost thread, does not take its packets in time.',
	judge: ({ before, now, seconds }) =>
		[...now.traffic].map(([tap, { sent, sendDrops }]) =>
			finding(tap, () => {
				const earlier = known(before.traffic.get(tap), `${tap} has only just appeared`);
				const dropped = growth(`drops of ${tap}`, earlier.sendDrops, sendDrops);
				const value = perSecond(dropped, seconds);
				const owner = now.owners.get(tap);
				const whose = owner ? `${tap} of ${owner}` : tap;
				if (value === 0) return { value, verdict: 'ok', why: `${whose} drops nothing` };
				const share = (dropped / (dropped + growth(`packets of ${tap}`, earlier.sent, sent))) * 100;
				const why = `${whose} drops ${short(value)} packets a second, ${percent(share)} of them: ${owner ? 'the guest' : 'whoever reads it'} does not take them in time`;
				return { value, verdict: grade(share, { warn: 0, bad: limits('network.share').bad }), why };
			}),
		),
};

export const tapChecks = [drops];
