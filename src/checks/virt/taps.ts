import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { type Host, readNumber, readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { listPids, readProcess } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { aged, perHost } from '../kept.ts';
import { finding, grade, growth, known, perSecond } from '../measuring.ts';
import { percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { findGuests } from './guest-counters.ts';
import { interfacesFolder, type PortTraffic, readTraffic } from './interfaces.ts';

export interface TapCounters {
	traffic: Map<string, PortTraffic>;
	/** Which guest, or other process, has opened it: "web1 (pid 812)". */
	owners: ReadonlyMap<string, string>;
}

/** The ends of virtual cables that programs hold, most of them machines; undefined where there is none. */
export function readTaps(host: Host): TapCounters | undefined {
	const names = findTaps(host);
	if (names.size === 0) return undefined;
	const traffic = readTraffic(host, names);
	return { traffic, owners: new Map([...findOtherOwners(host, traffic), ...findOwners(host)]) };
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

const findOwners = aged(30, (host): ReadonlyMap<string, string> => {
	const owned = findGuests(host).flatMap(({ pid, name }) => tapsOf(host, pid).map((tap) => [tap, name] as const));
	return new Map(owned);
});

/** A descriptor of /dev/net/tun tells which interface it stands for. */
function tapsOf(host: Host, pid: number): string[] {
	const folder = join(host.proc, String(pid));
	return listFolder(join(folder, 'fd'))
		.filter((descriptor) => linkTo(join(folder, 'fd', descriptor)) === '/dev/net/tun')
		.flatMap((descriptor) => /^iff:\t(.+)$/m.exec(readText(join(folder, 'fdinfo', descriptor)) ?? '')?.[1] ?? [])
		.map(printable);
}

/** Looking at the descriptors of a process costs as much as all else of it, so this is done a part at a time. */
const mostAtOnce = 500;

interface Search {
	/** By tap, the packets that it had dropped at the last look. */
	drops: Map<string, number>;
	owners: Map<string, { name: string; pid: number }>;
	/** Not looked at so far. */
	left: number[];
}

const searchOf = perHost((): Search => ({ drops: new Map(), owners: new Map(), left: [] }));

/** Of a tap that begins to drop packets and is no guest's: whoever else holds it. */
function findOtherOwners(host: Host, traffic: TapCounters['traffic']): ReadonlyMap<string, string> {
	const search = searchOf(host);
	for (const [tap, { pid }] of search.owners) if (!existsSync(join(host.proc, String(pid)))) search.owners.delete(tap);
	const guests = findOwners(host);
	const isWanted = (tap: string) => !guests.has(tap) && !search.owners.has(tap);
	const dropping = [...traffic].some(
		([tap, { sendDrops }]) => isWanted(tap) && sendDrops > (search.drops.get(tap) ?? sendDrops),
	);
	search.drops = new Map([...traffic].map(([tap, { sendDrops }]) => [tap, sendDrops]));
	if (dropping && search.left.length === 0) search.left = listPids(host);
	for (const pid of search.left.splice(0, mostAtOnce)) {
		for (const tap of tapsOf(host, pid)) {
			if (!traffic.has(tap)) continue;
			search.owners.set(tap, { name: `${readProcess(host, pid)?.name ?? 'a process'} (pid ${pid})`, pid });
		}
	}
	return new Map([...search.owners].map(([tap, { name }]) => [tap, name]));
}

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
	source:
		'/proc/1/net/dev: drops of packets to send through each tap device (/sys/class/net/*/tun_flags), a second; who holds it: /proc/PID/fdinfo of /dev/net/tun',
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
				const verdict = grade(share, { warn: 0, bad: limits('network.share').bad });
				const why = `${whose} drops ${short(value)} packets a second, ${percent(share)} of them: ${owner ? 'it' : 'whoever reads it'} does not take them in time`;
				return {
					value,
					verdict,
					why,
					suspects: owner ? [`${owner} holds ${tap} and does not take its packets in time`] : [],
				};
			}),
		),
};

export const tapChecks = [drops];
