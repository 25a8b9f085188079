import type { Check, Span } from '../check.ts';
import { finding, grade, growth, type Judgement, known, needTime } from '../measuring.ts';
import { type HasPressure, type PressureSource, stalled } from '../pressure.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { CpuCounters, Queue } from './counters.ts';
import { sharesOf } from './times.ts';

export const runQueue: Check<CpuCounters> = {
	name: 'cpu.run-queue',
	kind: 'saturation',
	title: 'Threads that wait for a CPU',
	unit: 'threads',
	source:
		'/proc/stat: procs_running, less this console itself, above the number of online CPUs; /proc/loadavg is only told',
	rule: 'Warn when more threads can run than there are CPUs (Gregg), bad when each CPU has one waiting.',
	judge: ({ now }) => [
		finding(null, () => {
			const running = known(now.running, '/proc/stat has no procs_running') - 1;
			const online = now.each.size;
			const waiting = Math.max(0, running - online);
			const verdict = grade(waiting, { warn: 1, bad: Math.max(1, online) });
			const load = now.loadAverages ? `; load averages ${now.loadAverages.replaceAll(' ', ', ')}` : '';
			const why = `${counted(running, 'thread')} can run on ${counted(online, 'CPU')}, ${waiting || 'none'} waiting${load}`;
			return { value: waiting, verdict, why };
		}),
	],
};

/** Milliseconds. */
interface Wait {
	cpu: string;
	waited: number;
	turns: number;
}

export const runDelay: Check<CpuCounters> = {
	name: 'cpu.run-delay',
	kind: 'saturation',
	title: 'Threads that wait on the run queue of a CPU, on average',
	unit: 'threads',
	source:
		'/proc/schedstat: time that threads waited on the run queue of a CPU, by the time between two samples; the longest queue. No reading where the kernel does not count it (CONFIG_SCHEDSTATS)',
	limits: ['cpu.run-delay', 'cpu.run-delay-others'],
	rule: 'The second only tells whether that CPU stands out.',
	judge: (span) => (span.now.queues ? [finding(null, () => judgeQueues(span))] : []),
};

function judgeQueues(span: Span<CpuCounters>): Judgement {
	const queues = waitsOf(span);
	const longest = queues.reduce((a, b) => (b.waited > a.waited ? b : a));
	const inQueue = (milliseconds: number) => milliseconds / 1000 / span.seconds;
	const value = inQueue(longest.waited);
	const verdict = grade(value, limits('cpu.run-delay'));
	const turn = `${short(longest.waited / Math.max(1, longest.turns))} ms before each turn`;
	const why = `${short(value)} threads wait for ${longest.cpu} on average, ${turn}`;
	if (queues.length === 1) return { value, verdict, why };
	const sum = queues.reduce((sum, { waited }) => sum + waited, 0);
	const others = inQueue(sum - longest.waited) / (queues.length - 1);
	const beside = `${why}; for each of the others ${short(others)}`;
	if (verdict === 'ok' || others >= limits('cpu.run-delay-others').warn) return { value, verdict, why: beside };
	const held = `${beside}: something keeps them on that CPU (taskset, a cpuset)`;
	return { value, verdict, why: held, suspects: [longest.cpu] };
}

function waitsOf({ before, now, seconds }: Span<CpuCounters>): Wait[] {
	needTime(seconds);
	const earlier = known(before.queues, '/proc/schedstat: not seen in the sample before');
	const queues = [...known(now.queues, 'this kernel has no /proc/schedstat')].flatMap(([cpu, queue]) => {
		const from = earlier.get(cpu);
		return from ? [{ cpu, ...waitBetween(cpu, from, queue) }] : [];
	});
	known(queues[0], '/proc/schedstat tells of no CPU that the sample before had');
	return queues;
}

function waitBetween(cpu: string, before: Queue, now: Queue): Omit<Wait, 'cpu'> {
	return {
		waited: growth(`waiting for ${cpu}`, before.waited, now.waited) / 1e6,
		turns: growth(`turns on ${cpu}`, before.turns, now.turns),
	};
}

export const cpuPressure = (from: PressureSource): Check<HasPressure> => ({
	name: 'cpu.pressure',
	kind: 'saturation',
	title: 'Time that tasks waited for a CPU',
	unit: '%',
	source: `${from.file}: growth of the "some" total, as a share of the time between two samples`,
	limits: ['cpu.pressure'],
	judge: (span) => [
		finding(null, () => {
			const value = stalled(from, span, 'some');
			const why = `some task waited for a CPU ${percent(value)} of the time`;
			return { value, verdict: grade(value, limits('cpu.pressure')), why };
		}),
	],
});

export const steal: Check<CpuCounters> = {
	name: 'cpu.steal',
	kind: 'saturation',
	title: 'CPU time that the hypervisor gave to others',
	unit: '%',
	source: '/proc/stat: steal as a share of all CPU time',
	limits: ['cpu.steal'],
	judge: (span) => [
		finding(null, () => {
			const value = sharesOf(span.before.all, span.now.all).steal;
			const why = `the hypervisor kept ${percent(value)} of the CPU time for others`;
			return { value, verdict: grade(value, limits('cpu.steal')), why };
		}),
	],
};
