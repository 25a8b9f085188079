import type { Check, Span } from '../check.ts';
import { finding, known, tallied, tally, Unmeasurable } from '../measuring.ts';
import type { CpuCounters } from './counters.ts';

export const machineChecks: Check<CpuCounters> = {
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
			const total = counts.reduce((sum, { total }) => sum + total, 0);
			if (value === 0) return { value, verdict: 'ok', why: tallied('hardware fault', { since: 0, total }) };
			const some = counts.filter(({ since }) => since > 0);
			const why = some.map((count) => tallied(`${count.row} interrupt`, count)).join('; ');
			return { value, verdict: fatal ? 'bad' : 'warn', why };
		}),
	],
};

export const throttling: Check<CpuCounters> = {
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

function throttledCpus({ first, now }: Span<CpuCounters>): string[] {
	const events = (cpu: string) => (now.throttled?.get(cpu) ?? 0) - (first.throttled?.get(cpu) ?? 0);
	return [...now.each.keys()].filter((cpu) => events(cpu) > 0).sort((a, b) => events(b) - events(a));
}
