import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readNumber, readText } from '../../host/host.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { unknown } from '../measuring.ts';
import { counted } from '../sentence.ts';
import { classes, findPciDevices, type PciDevice, portOf } from './pci-devices.ts';

/** What a link carries, or could. */
export interface LinkRate {
	/** Thousand million transfers a second, on each lane. */
	speed: number;
	lanes: number;
}

export interface PciLink {
	address: string;
	now: LinkRate;
	/** What the lesser of both ends can do. */
	most: LinkRate;
	/** It lowers its speed while it has little to do. */
	rests: boolean;
}

export interface HasPciLinks {
	/** By device, of those that it matters for. */
	links: ReadonlyMap<string, PciLink>;
}

/** Of others, as of USB and sound, nobody misses the speed, and many are built in with fewer lanes than they could use. */
const matters: readonly number[] = [classes.storage, classes.network, classes.display, classes.accelerator];
const resting: readonly number[] = [classes.display, classes.accelerator];

export const readPciLinks = aged(30, (host): ReadonlyMap<string, PciLink> => {
	const told = findPciDevices(host).flatMap((device) => {
		const link = matters.includes(device.class) ? linkOf(device) : undefined;
		return link ? [[device.name, link] as const] : [];
	});
	return new Map(told);
});

/** None of a device within the chipset, of one that sleeps, of a virtual function, or of a virtual machine. */
function linkOf(device: PciDevice): PciLink | undefined {
	// A card's other functions share the link of its first.
	if (!device.address.endsWith('.0') || isAsleep(device)) return undefined;
	const now = rateOf(device.folder, 'current');
	const most = now && rateOf(device.folder, 'max');
	const port = most && rateOf(portOf(device), 'max');
	if (!port) return undefined;
	return {
		address: device.address,
		now,
		most: { speed: Math.min(most.speed, port.speed), lanes: Math.min(most.lanes, port.lanes) },
		rests: resting.includes(device.class),
	};
}

/** Its registers would answer with ones, or it would be woken up by the question. */
function isAsleep({ folder }: PciDevice): boolean {
	return readText(join(folder, 'power/runtime_status'))?.trim() === 'suspended';
}

/** "8.0 GT/s PCIe" and "4"; "Unknown", 0 and 255 where there is no link. */
function rateOf(folder: string, which: 'current' | 'max'): LinkRate | undefined {
	const file = join(folder, `${which}_link_speed`);
	if (!existsSync(file)) return undefined;
	const speed = Number(/^[\d.]+/.exec(readText(file) ?? '')?.[0]);
	const lanes = readNumber(join(folder, `${which}_link_width`)) ?? 0;
	return speed > 0 && lanes > 0 && lanes <= 32 ? { speed, lanes } : undefined;
}

export const pciLinks: Check<HasPciLinks> = {
	name: 'interconnect.pci-links',
	kind: 'errors',
	title: 'PCI Express links that run below what both of their ends can do',
	unit: 'links',
	source:
		'/sys/bus/pci/devices/*/current_link_speed and _width against max_link_speed and _width, of the device and of the port above it, every 30 seconds; of storage, network, graphics and accelerator cards',
	rule: 'Warn with any: a bad slot, cable or riser, unless the slot was built with fewer lanes. Of graphics cards and accelerators only the lanes count, since they lower the speed while they rest; a device that sleeps is left out.',
	judge: ({ now: { links } }) => {
		if (links.size === 0) return [unknown(null, 'no card here tells the speed of its PCI Express link')];
		const slow = [...links].filter(
			([, { now, most, rests }]) => now.lanes < most.lanes || (!rests && now.speed < most.speed),
		);
		const [worst] = slow;
		if (!worst) {
			const of = links.size === 1 ? 'the only PCI Express link' : `all ${links.size} PCI Express links`;
			const why = `${of} of a card ${links.size === 1 ? 'runs' : 'run'} as both ends can`;
			return [{ device: null, value: 0, verdict: 'ok', why }];
		}
		const [name, { now, most }] = worst;
		const others = slow.length > 1 ? `, and ${counted(slow.length - 1, 'other')} below what it could` : '';
		const why = `the link of ${name} runs ${said(now)} and could run ${said(most)}${others}`;
		const suspects = slow.slice(0, 3).map(([name, { now, most }]) => `${name}: ${said(now)} of ${said(most)}`);
		return [{ device: null, value: slow.length, verdict: 'warn', why, suspects }];
	},
};

/** "x4 at 8 GT/s" */
function said({ speed, lanes }: LinkRate): string {
	return `x${lanes} at ${speed} GT/s`;
}
