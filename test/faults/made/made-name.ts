import { isAlive } from './processes.ts';

/** Whatever a fault makes is called so, and has the pid of its test behind it. */
const prefix = 'bpftools-fault-';

let count = 0;

export function madeName(): string {
	count += 1;
	return `${prefix}${process.pid}-${count}`;
}

/** The test that has made it has ended. */
export function isLeft(name: string): boolean {
	const owner = new RegExp(`${prefix}(\\d+)`).exec(name)?.[1];
	return owner !== undefined && !isAlive(Number(owner));
}
