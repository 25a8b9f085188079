/** Two digits are enough to judge by. */
export function percent(value: number): string {
	return `${short(value)} %`;
}

export function short(value: number): string {
	return String(value >= 10 ? Math.round(value) : Number(value.toFixed(1)));
}
