import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { readNumber } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import { aged } from '../kept.ts';

export interface PciDevice {
	/** "0000:03:00.0" */
	address: string;
	/** "0000:03:00.0 (nvme)", with its driver. */
	name: string;
	/** Its own folder, which lies in that of the port that it hangs from. */
	folder: string;
	/** What it is, in the first of the three bytes of its class code. */
	class: number;
}

export const classes = { storage: 0x01, network: 0x02, display: 0x03, bridge: 0x06, accelerator: 0x12 } as const;

export const portOf = ({ folder }: PciDevice) => dirname(folder);

/** They are seldom plugged in or out. */
export const findPciDevices = aged(60, (host): readonly PciDevice[] => {
	const bus = join(host.sys, 'bus/pci/devices');
	return listFolder(bus).flatMap((entry) => {
		const folder = realOf(join(bus, entry));
		if (folder === undefined) return [];
		const address = printable(basename(folder));
		const driver = realOf(join(folder, 'driver'));
		const code = readNumber(join(folder, 'class')) ?? 0;
		const name = driver ? `${address} (${printable(basename(driver))})` : address;
		return { address, name, folder, class: code >> 16 };
	});
});

/** A failed reading costs more than the question whether it is there. */
function realOf(path: string): string | undefined {
	try {
		return existsSync(path) ? realpathSync(path) : undefined;
	} catch {
		return undefined;
	}
}

/** The PCI device that something in sysfs is a part of: the nearest one above its real folder. */
export function pciDeviceAbove(path: string): string | undefined {
	const parts = realOf(path)?.split('/') ?? [];
	return parts.findLast((part) => /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/.test(part));
}
