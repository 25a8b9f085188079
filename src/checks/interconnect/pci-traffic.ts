import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { scaled } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { readDisks } from '../disk/disks.ts';
import { aged } from '../kept.ts';
import { finding, grade, growth, known, perSecond } from '../measuring.ts';
import { readInterfaces } from '../network/interfaces.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import { interfacesFolder } from '../virt/interfaces.ts';
import { pciDeviceAbove } from './pci-devices.ts';
import { type HasPciLinks, type LinkRate, type PciLink, readPciLinks } from './pci-links.ts';

/** Bytes that a card has moved, as its disks and interfaces count them. */
export interface CardTraffic {
	/** From the card into memory. */
	in: number;
	out: number;
	/** "eth0, eth1" */
	carries: string;
}

export interface HasPciTraffic extends HasPciLinks {
	/** By the card's PCI address. */
	traffic: ReadonlyMap<string, CardTraffic>;
}

const sector = 512;

/** Of cards whose links are known; without such nothing is read. */
export function readPciTraffic(host: Host): ReadonlyMap<string, CardTraffic> {
	const traffic = new Map<string, CardTraffic>();
	const cards = new Set([...readPciLinks(host).values()].map(({ address }) => cardOf(address)));
	if (cards.size === 0) return traffic;
	const cardsOf = foundCards(host);
	const add = (folder: string, name: string, moved: { in: number; out: number }) => {
		const card = cardsOf.of(folder, name);
		if (card === undefined || !cards.has(card)) return;
		const sum = traffic.get(card);
		traffic.set(card, {
			in: (sum?.in ?? 0) + moved.in,
			out: (sum?.out ?? 0) + moved.out,
			carries: sum ? `${sum.carries}, ${name}` : name,
		});
	};
	const folder = interfacesFolder(host);
	if (folder !== undefined) {
		for (const [name, { rxBytes, txBytes }] of readInterfaces(host)) {
			add(folder, name, { in: rxBytes, out: txBytes });
		}
	}
	const blocks = join(host.sys, 'block');
	for (const [name, { sectorsRead, sectorsWritten }] of readDisks(host)) {
		add(blocks, name, { in: sectorsRead * sector, out: sectorsWritten * sector });
	}
	return traffic;
}

/** Its functions share a link: "0000:03:00". */
function cardOf(address: string): string {
	return address.slice(0, address.lastIndexOf('.'));
}

/** To follow a link in sysfs costs more than all counters of an interface. */
const foundCards = aged(60, () => {
	const known = new Map<string, Map<string, string | undefined>>();
	return {
		/** The card that this entry of a folder of sysfs is a part of. */
		of(folder: string, name: string): string | undefined {
			const entries = known.get(folder) ?? new Map<string, string | undefined>();
			known.set(folder, entries);
			if (!entries.has(name)) {
				const address = pciDeviceAbove(join(folder, name));
				entries.set(name, address === undefined ? undefined : cardOf(address));
			}
			return entries.get(name);
		},
	};
});

/** Bytes a second in each direction, less what the encoding of the bits and the headers of packets take. */
function capacityOf({ speed, lanes }: LinkRate): number {
	const encoding = speed < 8 ? 8 / 10 : 128 / 130;
	const headers = 0.9;
	return ((speed * 1e9 * lanes) / 8) * encoding * headers;
}

export const pciTraffic: Check<HasPciTraffic> = {
	name: 'interconnect.pci-traffic',
	kind: 'utilization',
	title: 'What a card’s disks and interfaces move, of what its PCI Express link can carry',
	unit: '%',
	source:
		'/proc/1/net/dev and /proc/diskstats by the PCI device above each (/sys/class/net, /sys/block), against current_link_speed and _width less encoding and headers; the busier direction. No reading where no link is known',
	limits: ['interconnect.pci-traffic'],
	judge: ({ before, now, seconds }) =>
		[...now.links].flatMap(([device, link]) => {
			const card = cardOf(link.address);
			const moved = now.traffic.get(card);
			return moved ? finding(device, () => judgeCard(device, link, before.traffic.get(card), moved, seconds)) : [];
		}),
};

function judgeCard(
	device: string,
	{ now: rate }: PciLink,
	before: CardTraffic | undefined,
	now: CardTraffic,
	seconds: number,
) {
	const earlier = known(before, `${device} has only just been found`);
	const grown = (way: 'in' | 'out') => perSecond(growth(`bytes of ${now.carries}`, earlier[way], now[way]), seconds);
	const busier = Math.max(grown('in'), grown('out'));
	const capacity = capacityOf(rate);
	const value = (busier / capacity) * 100;
	const why = `${now.carries}: ${scaled(busier, 'B/s')} over the link of ${device}, ${percent(value)} of the ${scaled(capacity, 'B/s')} that it can carry`;
	return { value, verdict: grade(value, limits('interconnect.pci-traffic')), why };
}
