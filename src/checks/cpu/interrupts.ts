import type { Check } from '../check.ts';
import { finding, grade, growth, perSecond, Unmeasurable } from '../measuring.ts';
import { percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { CpuCounters } from './counters.ts';
import { sharesOf } from './times.ts';

export const interrupts: Check<CpuCounters> = {
	name: 'cpu.interrupts',
	kind: 'utilization',
	title: 'Time that the CPU with most interrupts spends on them',
	unit: '%',
	source: '/proc/stat: irq and softirq as a share of the time of one CPU; of the CPU where it is most',
	limits: ['cpu.interrupts'],
	judge: ({ before, now }) => [
		finding(null, () => {
			const each = [...now.each].flatMap(([cpu, times]) => {
				const earlier = before.each.get(cpu);
				if (!earlier) return [];
				const { irq, softirq } = sharesOf(earlier, times);
				return [{ cpu, irq, softirq, value: irq + softirq }];
			});
			const [first, ...others] = each;
			if (!first) throw new Unmeasurable('no CPU was there in both samples');
			const { cpu, irq, softirq, value } = others.reduce((a, b) => (b.value > a.value ? b : a), first);
			if (value === 0) return { value, verdict: 'ok', why: 'no CPU spends time on interrupts' };
			const parts = `${percent(softirq)} in soft interrupts, mostly packets and timers, ${percent(irq)} in those of devices`;
			const verdict = grade(value, limits('cpu.interrupts'));
			const why = `${cpu} spends most on interrupts, ${percent(value)} of its time: ${parts}`;
			return { value, verdict, why, suspects: verdict === 'ok' ? [] : [cpu] };
		}),
	],
};

export const interruptPressure: Check<CpuCounters> = {
	name: 'cpu.interrupt-pressure',
	kind: 'saturation',
	title: 'Time that interrupts kept tasks from running',
	unit: '%',
	source:
		'/proc/pressure/irq: growth of the "full" total, as a share of the time between two samples. No reading where the kernel does not count it (CONFIG_IRQ_TIME_ACCOUNTING, Linux 6.1 and later)',
	limits: ['cpu.interrupt-pressure'],
	judge: ({ before, now, seconds }) =>
		now.irqPressure === undefined
			? []
			: [
					finding(null, () => {
						const waited = growth('/proc/pressure/irq', before.irqPressure, now.irqPressure);
						const microsecondsPerPercent = 10_000;
						const value = Math.min(100, perSecond(waited, seconds) / microsecondsPerPercent);
						const why = `interrupts kept tasks from running ${percent(value)} of the time`;
						return { value, verdict: grade(value, limits('cpu.interrupt-pressure')), why };
					}),
				],
};
