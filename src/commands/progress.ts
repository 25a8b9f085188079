import type { WriteStream } from 'node:tty';
import type { Progress } from '../playbook/conduct.ts';
import { cut } from '../table/fit.ts';
import { formatSeconds } from '../table/format-cell.ts';

/** A line for each step as it starts and ends; on a terminal also what runs, counted down below them. */
export function progressOn(stream: WriteStream, steps: number): Progress & { close(): void } {
	const running = new Map<number, { name: string; until: number }>();
	const countdown = () => {
		if (!stream.isTTY || running.size === 0) return;
		const left = (until: number) => `${Math.max(0, Math.ceil((until - performance.now()) / 1000))}s`;
		const texts = [...running.values()].map(({ name, until }) => `${name} ${left(until)}`);
		stream.write(`${clear}${cut(`Running: ${texts.join(', ')}`, (stream.columns ?? 80) - 1)}`);
	};
	const tell = ({ number, name }: { number: number; name: string }, what: string) => {
		const place = `${String(number).padStart(String(steps).length)}/${steps}`;
		stream.write(`${stream.isTTY ? clear : ''}${place} ${name} ${what}\n`);
		countdown();
	};
	const ticking = setInterval(countdown, 1000);
	return {
		started(place, seconds, run) {
			running.set(place.number, { name: place.name, until: performance.now() + seconds * 1000 });
			const via = run ? ` through ${run.request.provider.via}` : '';
			tell(place, `runs${via}, for ${formatSeconds(seconds)} at most`);
		},
		gaveWay(place, run) {
			tell(place, `failed through ${run.request.provider.via}; ${run.successor} takes its place`);
		},
		ended(result) {
			running.delete(result.number);
			tell(result, result.fate === 'impossible' ? "can't run here" : endOf(result.fate, result.seconds, result.mark));
		},
		close() {
			clearInterval(ticking);
			if (stream.isTTY) stream.write(clear);
		},
	};
}

const clear = '\r\x1b[K';

function endOf(fate: string, seconds: number, mark: string): string {
	if (fate === 'not started') return 'was not started';
	return `${fate === 'stopped' ? 'was stopped' : 'ended'} after ${formatSeconds(seconds)}: ${mark}`;
}
