/** The first and the last of a long list, and how many stood between them. */
export class Ends<T> {
	readonly first: T[] = [];
	private newest: T[] = [];
	private readonly each: number;
	total = 0;

	constructor(each: number) {
		this.each = each;
	}

	add(item: T): void {
		this.total++;
		if (this.first.length < this.each) {
			this.first.push(item);
			return;
		}
		this.newest.push(item);
		if (this.newest.length >= 2 * this.each) this.newest = this.newest.slice(-this.each);
	}

	get last(): T[] {
		return this.newest.slice(-this.each);
	}

	/** How many are neither among the first nor among the last. */
	get between(): number {
		return this.total - this.first.length - this.last.length;
	}

	all(): T[] {
		return [...this.first, ...this.last];
	}
}
