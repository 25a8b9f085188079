import type { Check, Finding, ResourceChecks, Span } from './check.ts';
import { type CpuCounters, type CpuTimes, readCpu, timeNames } from './cpu-counters.ts';
import { finding, grade, growth, known, tallied, tally, Unmeasurable } from './measuring.ts';
import { type HasPressure, type PressureSource, pressureOfHost, stalled } from './pressure.ts';
import { percent } from './sentence.ts';
import { limits } from './thresholds.ts';

type CpuSpan = Span<CpuCounters>;

const utilization: Check<CpuCounters> = {
	name: 'cpu.utilization',
	kind: 'utilization',
	title: 'CPU time in use',
	unit: '%',
	source: '/proc/stat: all but idle, iowait and steal, as a share of all CPU time; for all CPUs and for each',
	limits: ['cpu.busy', 'cpu.hot', 'cpu.hot-others', 'cpu.kernel-busy', 'cpu.kernel-share'],
	judge: (span) => [
		finding(null, () => {
			const shares = sharesOf(span.before.all, span.now.all);
			const busy = busyOf(shares);
			const kernel = shares.system + shares.irq + shares.softirq;
			const inKernel =
				busy >= limits('cpu.kernel-busy').warn && (kernel / busy) * 100 >= limits('cpu.kernel-share').warn;
			const verdict = grade(busy, limits('cpu.busy'));
			const why = `CPUs are ${describe(busy, shares)}`;
			return { value: busy, verdict: inKernel && verdict === 'ok' ? 'warn' : verdict, why };
		}),
		...judgeEach(span),
	],
};

function judgeEach({ before, now }: CpuSpan): Finding[] {
	const online = now.each.size;
	return [...now.each].map(([cpu, times]) =>
		finding(cpu, () => {
			const shares = sharesOf(known(before.each.get(cpu), `${cpu} came online just now`), times);
			const busy = busyOf(shares);
			const why = `${cpu} is ${describe(busy, shares)}`;
			if (busy < limits('cpu.hot').warn || online === 1) return { value: busy, verdict: 'ok', why };
			const others = Math.max(0, (busyOf(sharesOf(before.all, now.all)) * online - busy) / (online - 1));
			if (others >= limits('cpu.hot-others').warn) return { value: busy, verdict: 'ok', why };
			return {
				value: busy,
				verdict: 'warn',
				why: `${why} while the others are ${percent(others)} busy: a single hot CPU`,
			};
		}),
	);
}

const runQueue: Check<CpuCounters> = {
	name: 'cpu.run-queue',
	kind: 'saturation',
	title: 'Threads that wait for a CPU',
	unit: 'threads',
	source: '/proc/stat: procs_running, less this console itself, above the number of online CPUs',
	rule: 'Warn when more threads can run than there are CPUs (Gregg), bad when each CPU has one waiting.',
	judge: ({ now }) => [
		finding(null, () => {
			const running = known(now.running, '/proc/stat has no procs_running') - 1;
			const online = now.each.size;
			const waiting = Math.max(0, running - online);
			const verdict = grade(waiting, { warn: 1, bad: Math.max(1, online) });
			return {
				value: waiting,
				verdict,
				why: `${running} threads can run on ${online} CPUs, ${waiting || 'none'} waiting`,
			};
		}),
	],
};

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

const steal: Check<CpuCounters> = {
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

const machineChecks: Check<CpuCounters> = {
	name: 'cpu.machine-checks',
	kind: 'errors',
	title: 'Hardware faults that the CPUs reported',
	unit: 'interrupts',
	source: '/proc/interrupts: MCE (machine checks), DFR and THR (deferred and corrected errors), since the first sample',
	rule: 'Bad after any machine check, warn after any deferred or corrected error: hardware does not heal.',
	judge: (span) => [
		finding(null, () => {
			const rows = ['MCE', 'DFR', 'THR'].filter((row) => span.now.faults.has(row));
			if (rows.length === 0) throw new Unmeasurable('/proc/interrupts has no row for machine checks (MCE, DFR, THR)');
			const counts = rows.map((row) => ({ row, ...tally(row, span, ({ faults }) => faults.get(row)) }));
			const value = counts.reduce((sum, { since }) => sum + since, 0);
			const fatal = counts.some(({ row, since }) => row === 'MCE' && since > 0);
			const why = counts.map((count) => tallied(`${count.row} interrupt`, count)).join('; ');
			return { value, verdict: fatal ? 'bad' : value > 0 ? 'warn' : 'ok', why };
		}),
	],
};

const throttling: Check<CpuCounters> = {
	name: 'cpu.throttling',
	kind: 'errors',
	title: 'CPUs slowed down by heat',
	unit: 'events',
	source: '/sys/devices/system/cpu/cpu*/thermal_throttle, else the TRM row of /proc/interrupts, since the first sample',
	rule: 'Warn after any: a throttled CPU is slower than its utilization says.',
	judge: (span) => [
		finding(null, () => {
			known(span.now.throttled, 'neither /sys/…/thermal_throttle nor a TRM row in /proc/interrupts is there');
			const sum = ({ throttled }: CpuCounters) => throttled && [...throttled.values()].reduce((a, b) => a + b, 0);
			const count = tally('thermal events', span, sum);
			const why = tallied('thermal event', count);
			return { value: count.since, verdict: count.since > 0 ? 'warn' : 'ok', why, suspects: throttledCpus(span) };
		}),
	],
};

function throttledCpus({ first, now }: CpuSpan): string[] {
	const events = (cpu: string) => (now.throttled?.get(cpu) ?? 0) - (first.throttled?.get(cpu) ?? 0);
	return [...now.each.keys()].filter((cpu) => events(cpu) > 0).sort((a, b) => events(b) - events(a));
}

/** Each kind of time in percent of all that passed. */
function sharesOf(before: CpuTimes, now: CpuTimes): CpuTimes {
	const shares = { ...now };
	for (const name of timeNames) shares[name] = spent(name, before[name], now[name]);
	const total = totalOf(shares);
	if (total === 0) throw new Unmeasurable('no CPU time passed between the two samples');
	for (const name of timeNames) shares[name] *= 100 / total;
	return shares;
}

/** Idle and iowait step backwards on some kernels (they are guesses, corrected later); that is not a reset. */
function spent(name: (typeof timeNames)[number], before: number, now: number): number {
	if (name === 'idle' || name === 'iowait') return Math.max(0, now - before);
	return growth(`${name} CPU time`, before, now);
}

function totalOf(times: CpuTimes): number {
	return timeNames.reduce((sum, name) => sum + times[name], 0);
}

function busyOf({ user, nice, system, irq, softirq }: CpuTimes): number {
	return user + nice + system + irq + softirq;
}

function describe(busy: number, { user, nice, system, irq, softirq }: CpuTimes): string {
	const parts = Object.entries({ user: user + nice, system, irq, softirq })
		.filter(([, share]) => share >= 0.5)
		.map(([name, share]) => `${name} ${Math.round(share)}`);
	return parts.length ? `${percent(busy)} busy (${parts.join(', ')})` : `${percent(busy)} busy`;
}

export const cpu: ResourceChecks<CpuCounters> = {
	resource: 'cpu',
	sample: readCpu,
	checks: [machineChecks, throttling, utilization, runQueue, cpuPressure(pressureOfHost('cpu')), steal],
};
