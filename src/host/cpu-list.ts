/** "0-3,7" are five CPUs. */
export function cpusIn(list: string): number[] {
	return list
		.trim()
		.split(',')
		.filter(Boolean)
		.flatMap((range) => {
			const [first = 0, last = first] = range.split('-').map(Number);
			return Array.from({ length: last - first + 1 }, (_, i) => first + i);
		});
}
