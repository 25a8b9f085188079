/** Two digits are enough to judge by. */
export function percent(value: number): string {
	return `${short(value)} %`;
}

export function short(value: number): string {
	return String(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
}

export function counted(count: number, noun: string): string {
	return `${count || 'no'} ${noun}${count === 1 ? '' : 's'}`;
}
