import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, readText } from '../../host/host.ts';
import { advice, type Finding, missing, works } from './finding.ts';

/** Modules whose insides tools of ours, or their users, look at. */
const traced = ['openvswitch', 'kvm', 'vhost_net', 'tun', 'nf_conntrack', 'veth', 'bridge', 'xfs', 'btrfs', 'nfs'];

export function moduleFindings(host: Host): Finding[] {
	const text = readText(join(host.proc, 'modules'));
	if (text === undefined) {
		const detail = 'this kernel loads none: what is not built in (Open vSwitch, KVM, tun …) can not be there';
		return [missing('modules', detail, advice('Boot a kernel built with CONFIG_MODULES.'))];
	}
	const loaded: string[] = text.match(/^\S+/gm) ?? [];
	const known = traced.filter((name) => loaded.includes(name));
	const among = known.length ? `, among them ${known.join(', ')}` : '';
	return [works('modules', `${loaded.length} loaded${among}`), typesFinding(host, loaded)].flat();
}

function typesFinding(host: Host, loaded: string[]): Finding[] {
	if (loaded.length === 0) return [];
	const typed = loaded.filter((name) => existsSync(join(host.sys, 'kernel/btf', name)));
	if (typed.length > 0) return [works('module BTF', `of ${typed.length} modules`)];
	const detail = 'fentry attaches to no function of a module, and their types are not known';
	return [missing('module BTF', detail, advice('Boot a kernel built with CONFIG_DEBUG_INFO_BTF_MODULES.'))];
}
