import { cgroupOfContainer } from '../host/containers.ts';
import { type Host, namespaceOf } from '../host/host.ts';
import type { Check, ContainerTarget, ProcessTarget, ResourceChecks } from './check.ts';
import { ended } from './container/group.ts';
import { unknown } from './measuring.ts';
import { type NamespaceCounters, readNamespace } from './network/counters.ts';
import { checksOfNamespace } from './network/network.ts';
import { statOf } from './process/process.ts';

interface OneNamespace extends NamespaceCounters {
	/** The process whose network namespace this is, and when it started: after a restart it is another. */
	through: string;
	ofTheHost: boolean;
}

function readOne(host: Host, pid: number): OneNamespace {
	const namespace = namespaceOf(host, pid, 'net');
	const { startTicks } = statOf(host, pid);
	return {
		...readNamespace({ ...host, pid }),
		through: `${pid} ${startTicks}`,
		ofTheHost: namespace !== undefined && namespace === namespaceOf(host, host.pid, 'net'),
	};
}

/** The host's own check, asked of the namespace of a process. */
function inNamespace(check: Check<NamespaceCounters>): Check<OneNamespace> {
	return {
		...check,
		source: check.source.replaceAll('/proc/1/', '/proc/PID/'),
		judge: (span) => {
			if (span.before.through !== span.now.through) return [unknown(null, 'it was started anew just now')];
			const whose = span.now.ofTheHost ? ' (it shares the network of the host, so this is everybody’s)' : '';
			return check.judge(span).map((each) => ({ ...each, why: each.why.replace('since boot', 'in all') + whose }));
		},
	};
}

const checks = checksOfNamespace.map(inNamespace);

export const containerNetwork: ResourceChecks<OneNamespace, ContainerTarget> = {
	resource: 'network',
	sample(host, { name, container }) {
		if (!cgroupOfContainer(host, container)) throw new Error(ended(name));
		return readOne(host, container.pid);
	},
	checks,
};

export const processNetwork: ResourceChecks<OneNamespace, ProcessTarget> = {
	resource: 'network',
	sample: (host, { pid }) => readOne(host, pid),
	checks,
};
