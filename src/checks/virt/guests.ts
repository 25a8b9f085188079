import type { Check, Finding, Span } from '../check.ts';
import { finding, grade, growth, type Judgement, known, perSecond, tallied, tally } from '../measuring.ts';
import { counted, percent, short } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { Guest, GuestCounters, KvmCounts } from './guest-counters.ts';
import { sharesOf, type ThreadTimes } from './thread-times.ts';

type GuestSpan = Span<GuestCounters>;

const noDebugfs =
	'KVM tells its counts in /sys/kernel/debug/kvm, which can’t be read here: it takes root and mount -t debugfs none /sys/kernel/debug';

const failedEmulations: Check<GuestCounters> = {
	name: 'virt.emulation',
	kind: 'errors',
	title: 'Guests’ instructions that KVM could not carry out for them',
	unit: 'instructions',
	source: '/sys/kernel/debug/kvm/PID-FD/insn_emulation_fail of each guest, since the first sample',
	rule: 'Warn after any: the guest’s program gets a fault, or the guest is stopped.',
	judge: (span) =>
		eachGuest(span, (name) => {
			const failed = (counters: GuestCounters) => counters.guests.get(name)?.counts?.failedEmulations;
			countsOf(span.now.guests.get(name));
			const count = tally('failed emulations', span, failed);
			const why = `${name}: ${tallied('failed emulation', count, 'it started')}`;
			return { value: count.since, verdict: count.since > 0 ? 'warn' : 'ok', why };
		}),
};

const vcpuTime: Check<GuestCounters> = {
	name: 'virt.vcpus',
	kind: 'utilization',
	title: 'Guests’ CPUs in use',
	unit: '%',
	source: '/proc/PID/schedstat of each thread that runs as a CPU of a guest: time on a CPU, of all its CPUs together',
	limits: ['virt.vcpus'],
	judge: (span) =>
		eachGuest(span, (name, now, before) => {
			const shares = sharesOf(before.vcpus, vcpusOf(name, now), span.seconds, 'ran');
			const value = shares.reduce((sum, { share }) => sum + share, 0) / shares.length;
			const verdict = grade(value, limits('virt.vcpus'));
			return { value, verdict, why: `${name} uses ${percent(value)} of its ${counted(shares.length, 'CPU')}` };
		}),
};

const overcommit: Check<GuestCounters> = {
	name: 'virt.overcommit',
	kind: 'utilization',
	title: 'CPUs that guests were promised, for each that there is',
	unit: 'CPUs',
	source: 'threads that run as CPUs of guests (/proc/PID/task), for each CPU in /sys/devices/system/cpu/online',
	limits: ['virt.overcommit'],
	judge: ({ now: { guests, onlineCpus } }) => [
		finding(null, () => {
			const promised = countVcpus(guests);
			const value = promised / known(onlineCpus || undefined, '/sys/devices/system/cpu/online tells no CPUs');
			const why = `${counted(guests.size, 'guest')} with ${counted(promised, 'CPU')} in all on ${onlineCpus} of this host`;
			return { value, verdict: grade(value, limits('virt.overcommit')), why };
		}),
	],
};

const vhosts: Check<GuestCounters> = {
	name: 'virt.vhost',
	kind: 'utilization',
	title: 'The busiest vhost thread, which moves a guest’s packets',
	unit: '%',
	source: '/proc/PID/schedstat of each vhost thread: time on a CPU; one can use one CPU at most',
	limits: ['virt.vhost'],
	judge: (span) =>
		eachGuest(
			span,
			(name, now, before) => {
				const [busiest] = sharesOf(before.vhosts, now.vhosts, span.seconds, 'ran');
				const value = busiest?.share ?? 0;
				const why = `${name}: its busiest vhost thread (${busiest?.tid}) uses ${percent(value)} of a CPU`;
				return { value, verdict: grade(value, limits('virt.vhost')), why };
			},
			({ vhosts }) => vhosts.size > 0,
		),
};

const haltPolling: Check<GuestCounters> = {
	name: 'virt.halt-polling',
	kind: 'utilization',
	title: 'CPU time spent in waiting for halted guests in vain',
	unit: '%',
	source: '/sys/kernel/debug/kvm/PID-FD/halt_poll_fail_ns of all guests, as a share of the time of all their CPUs',
	limits: ['virt.halt-polling'],
	judge: ({ before, now, seconds }) => {
		const guests = [...now.guests].filter(([, { kvm }]) => kvm);
		if (guests.length === 0) return [];
		const judgement = finding(null, () => {
			const wasted = guests.reduce((sum, [name, guest]) => {
				const earlier = before.guests.get(name);
				if (!earlier) return sum;
				return sum + growth('halt polling', countsOf(earlier).polledInVain, countsOf(guest).polledInVain);
			}, 0);
			const value = perSecond(wasted, seconds) / Math.max(1, countVcpus(now.guests)) / 1e7;
			const verdict = grade(value, limits('virt.halt-polling'));
			const advice = verdict === 'ok' ? '' : '; a lower /sys/module/kvm/parameters/halt_poll_ns gives it back';
			return {
				value,
				verdict,
				why: `KVM polls ${percent(value)} of the guests’ time for work that does not come${advice}`,
			};
		});
		return [judgement];
	},
};

const runDelay: Check<GuestCounters> = {
	name: 'virt.run-delay',
	kind: 'saturation',
	title: 'Time that a guest’s CPU waited for a CPU of this host',
	unit: '%',
	source:
		'/proc/PID/schedstat of each thread that runs as a CPU of a guest: time on a run queue, of the one that waited most. The guest sees it as steal',
	limits: ['virt.run-delay'],
	judge: (span) =>
		eachGuest(span, (name, now, before) => {
			const shares = sharesOf(before.vcpus, vcpusOf(name, now), span.seconds, 'waited');
			const [most] = shares;
			const value = most?.share ?? 0;
			const which = shares.length === 1 ? 'its CPU' : `of its ${shares.length} CPUs the one that waited most`;
			const why = `${name}: ${which} (thread ${most?.tid}) waited ${percent(value)} of the time for a CPU`;
			return { value, verdict: grade(value, limits('virt.run-delay')), why };
		}),
};

const exits: Check<GuestCounters> = {
	name: 'virt.exits',
	kind: 'saturation',
	title: 'How often a guest’s CPU had to be left',
	unit: 'exits/s',
	source: '/sys/kernel/debug/kvm/PID-FD/exits a second, for each of the guest’s CPUs; what for, of all guests together',
	limits: ['virt.exits'],
	judge: (span) =>
		eachGuest(span, (name, now, before) => {
			const count = growth(`exits of ${name}`, countsOf(before).exits, countsOf(now).exits);
			const value = perSecond(count, span.seconds) / Math.max(1, now.vcpus.size);
			const why = `${name} is left ${short(value)} times a second for each of its CPUs${reasons(span)}`;
			return { value, verdict: grade(value, limits('virt.exits')), why };
		}),
};

/** "; all guests: halts 40, I/O ports 30 a second" */
function reasons({ before, now, seconds }: GuestSpan): string {
	const rates = [...now.exits].flatMap(([kind, count]) => {
		const rate = perSecond(count - (before.exits.get(kind) ?? count), seconds);
		return rate >= 1 ? [{ kind, rate }] : [];
	});
	if (rates.length === 0) return '';
	const most = rates.sort((a, b) => b.rate - a.rate).slice(0, 3);
	return `; all guests: ${most.map(({ kind, rate }) => `${kind} ${short(rate)}`).join(', ')} a second`;
}

const emulated =
	'it runs without KVM: QEMU carries out its instructions itself, ten times slower, and the kernel counts nothing of them';

function countsOf(guest: Guest | undefined): KvmCounts {
	return known(guest?.counts, guest?.kvm === false ? emulated : noDebugfs);
}

/** The threads that run as its CPUs. */
function vcpusOf(name: string, { kvm, vcpus }: Guest): ThreadTimes {
	const unnamed = `${name} runs without KVM, and its threads tell not which of them are its CPUs (-name NAME,debug-threads=on)`;
	return known(kvm || vcpus.size > 0 ? vcpus : undefined, unnamed);
}

function countVcpus(guests: GuestCounters['guests']): number {
	return [...guests.values()].reduce((sum, { vcpus }) => sum + vcpus.size, 0);
}

function eachGuest(
	{ before, now }: GuestSpan,
	judge: (name: string, now: Guest, before: Guest) => Judgement,
	matters: (guest: Guest) => boolean = () => true,
): Finding[] {
	return [...now.guests]
		.filter(([, guest]) => matters(guest))
		.map(([name, guest]) =>
			finding(name, () => judge(name, guest, known(before.guests.get(name), `${name} has only just been found`))),
		);
}

export const guestChecks = [failedEmulations, vcpuTime, overcommit, vhosts, haltPolling, runDelay, exits];
