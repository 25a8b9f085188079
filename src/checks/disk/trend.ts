/** What was left of something at a time in seconds. */
export interface Point {
	at: number;
	left: number;
}

/** One point every ten seconds, for fifty minutes. */
const secondsApart = 10;
const pointsKept = 300;

/** How many times as far as it was watched a loss is believed to go on. */
const reach = 12;

/** A loss that comes in fits and starts is no trend: each quarter of the time has to have its part in it. */
const leastPartOfQuarter = 0.1;

export function remember(points: readonly Point[], point: Point): readonly Point[] {
	const last = points.at(-1);
	if (last && point.at - last.at < secondsApart - 0.5) return points;
	return [...points.slice(1 - pointsKept), point];
}

/**
 * In how many seconds nothing is left, if it goes on like this; undefined where nothing
 * gets less for long enough. Of all times to look back to, the one that is gloomiest.
 */
export function secondsLeft(points: readonly Point[], now: Point): number | undefined {
	let least: number | undefined;
	for (let from = points.length - 4; from >= 0; from--) {
		const point = points[from];
		if (!point) continue;
		const lost = point.left - now.left;
		const span = now.at - point.at;
		if (lost <= 0) continue;
		const seconds = (now.left / lost) * span;
		if (seconds > reach * span || (least !== undefined && seconds >= least)) continue;
		if (isSteady(points, from, now, lost)) least = seconds;
	}
	return least;
}

function isSteady(points: readonly Point[], from: number, now: Point, lost: number): boolean {
	const count = points.length - from;
	let before = points[from]?.left ?? 0;
	for (let quarter = 1; quarter <= 4; quarter++) {
		const after = points[from + Math.round((count * quarter) / 4)]?.left ?? now.left;
		if (before - after < lost * leastPartOfQuarter) return false;
		before = after;
	}
	return true;
}
