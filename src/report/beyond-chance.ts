/** One time in twenty chance alone makes a difference of two of these. */
const deviations = 3;

/**
 * Whether two shares differ by more than samples differ by chance. Of amounts that are no samples, as microseconds are,
 * there are so many that every difference counts.
 */
export function isBeyondChance(a: number, totalA: number, b: number, totalB: number): boolean {
	if (totalA <= 0 || totalB <= 0) return totalA !== totalB;
	const both = (a * totalA + b * totalB) / (totalA + totalB);
	const deviation = Math.sqrt(both * (1 - both) * (1 / totalA + 1 / totalB));
	return Math.abs(a - b) > deviations * deviation;
}
