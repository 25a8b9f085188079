import { scaled } from '../../host/processes.ts';
import type { Check } from '../check.ts';
import { finding, grade, type Judgement, known, worse } from '../measuring.ts';
import { counted, percent } from '../sentence.ts';
import { limits } from '../thresholds.ts';
import type { NetworkCounters } from './counters.ts';
import type { SettingName } from './settings.ts';

const noSockets = 'this kernel gives no /proc/1/net/sockstat';

export const socketMemory: Check<NetworkCounters> = {
	name: 'network.socket-memory',
	kind: 'utilization',
	title: 'Memory that sockets may have, in use',
	unit: '%',
	source:
		'/proc/1/net/sockstat: mem of TCP and UDP, against the last number of net.ipv4.tcp_mem and udp_mem. Both are the whole machine’s',
	limits: ['network.socket-memory'],
	rule: 'Warn from the middle number of tcp_mem or udp_mem on: from there the kernel shrinks what each socket may have (netdata).',
	judge: ({ now }) => [
		finding('TCP', () => judgeMemory(now, 'TCP', 'ipv4/tcp_mem')),
		finding('UDP', () => judgeMemory(now, 'UDP', 'ipv4/udp_mem')),
	],
};

function judgeMemory({ sockets, settings, pageSize }: NetworkCounters, protocol: string, name: SettingName): Judgement {
	const pages = known(sockets.get(`${protocol}.mem`), noSockets);
	const used = `the ${protocol} sockets hold ${scaled(pages * pageSize, 'B')}`;
	const [, pressure = 0, most = 0] = known(
		settings.numbers.get(name),
		`${used}; how much they may is unknown: ${settings.missing}`,
	);
	const value = most > 0 ? (pages / most) * 100 : 0;
	const why = `${used}, ${percent(value)} of the ${scaled(most * pageSize, 'B')} that they may (${counted(sockets.get('sockets.used') ?? 0, 'socket')} in use in all)`;
	const verdict = worse(grade(value, limits('network.socket-memory')), pages >= pressure ? 'warn' : 'ok');
	return { value, verdict, why };
}

export const orphans: Check<NetworkCounters> = {
	name: 'network.orphans',
	kind: 'utilization',
	title: 'TCP connections that no program holds any more',
	unit: '%',
	source: '/proc/1/net/sockstat: orphan of TCP, against net.ipv4.tcp_max_orphans. Both are the whole machine’s',
	limits: ['network.orphans'],
	rule: 'Past all of them, the kernel resets connections that still had something to send.',
	judge: ({ now: { sockets, settings } }) => [
		finding(null, () => {
			const count = known(sockets.get('TCP.orphan'), noSockets);
			const counts = `${counted(count, 'connection')} without a program`;
			const [most = 0] = known(
				settings.numbers.get('ipv4/tcp_max_orphans'),
				`${counts}; how many there may be is unknown: ${settings.missing}`,
			);
			const value = most > 0 ? (count / most) * 100 : 0;
			return {
				value,
				verdict: grade(value, limits('network.orphans')),
				why: `${counts}, ${percent(value)} of the ${most} that there may be`,
			};
		}),
	],
};
