/** What all pictures of a report share. Colours are classes, so that a page can be light or dark. */

/** A coordinate, as short as it looks the same. */
export function place(value: number): string {
	return String(Math.round(value * 10) / 10);
}

/** Numbers between which a scale is easy to read: 1, 2 or 5 times a power of ten. */
export function evenSteps(most: number, about: number): number {
	const rough = most / about;
	const power = 10 ** Math.floor(Math.log10(rough));
	return ([1, 2, 5].find((step) => step * power >= rough) ?? 10) * power;
}

const secondsOfTicks = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Whole moments between two, a few of them. */
export function momentsBetween(start: number, end: number, about: number): number[] {
	const wanted = (end - start) / 1000 / about;
	const step = 1000 * (secondsOfTicks.find((seconds) => seconds >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400);
	const moments: number[] = [];
	for (let at = Math.ceil(start / step) * step; at <= end && moments.length < 2 * about + 2; at += step)
		moments.push(at);
	return moments;
}
