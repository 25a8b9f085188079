import type { Check, Finding, Span } from '../check.ts';
import { finding, grade, known } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { CpuCounters } from './counters.ts';
import { busyOf, type CpuTimes, sharesOf } from './times.ts';

export const utilization: Check<CpuCounters> = {
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

function judgeEach({ before, now }: Span<CpuCounters>): Finding[] {
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

function describe(busy: number, { user, nice, system, irq, softirq }: CpuTimes): string {
	const parts = part('user', user + nice) + part('system', system) + part('irq', irq) + part('softirq', softirq);
	return parts ? `${percent(busy)} busy (${parts.slice(2)})` : `${percent(busy)} busy`;
}

function part(name: string, share: number): string {
	return share >= 0.5 ? `, ${name} ${Math.round(share)}` : '';
}
