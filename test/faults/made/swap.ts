import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { readText } from '../../../src/host/host.ts';
import { whenFinished } from '../../support/when-finished.ts';

const device = '/dev/zram0';
const folder = '/sys/block/zram0';
const labelPrefix = 'fault-';

/** Swap space in compressed memory, for as long as the test lasts. */
export function makeSwap(megabytes: number): void {
	whenFinished(removeSwap);
	writeFileSync(`${folder}/disksize`, `${megabytes}M`);
	execFileSync('mkswap', ['--label', `${labelPrefix}${process.pid}`, device], { stdio: 'ignore' });
	execFileSync('swapon', [device]);
}

export function noSwap(): string | undefined {
	if (readText(`${folder}/disksize`) === undefined) return 'this kernel has no zram';
	if (isInUse() && swapOwner() === undefined) return 'zram is in use';
	return undefined;
}

export function removeSwap(): void {
	if (!isInUse()) return;
	if (readFileSync('/proc/swaps', 'utf8').includes(device)) execFileSync('swapoff', [device]);
	writeFileSync(`${folder}/reset`, '1');
}

/** The test that has made it; undefined where none has. */
export function swapOwner(): number | undefined {
	if (!isInUse()) return undefined;
	const file = openSync(device, 'r');
	const label = Buffer.alloc(16);
	// Behind the boot block and the header's version, last page, count of bad pages and UUID.
	readSync(file, label, 0, label.length, 1024 + 28);
	closeSync(file);
	const [, pid] = new RegExp(`^${labelPrefix}(\\d+)`).exec(label.toString('latin1')) ?? [];
	return pid === undefined ? undefined : Number(pid);
}

function isInUse(): boolean {
	return Number(readText(`${folder}/disksize`) ?? 0) > 0;
}
