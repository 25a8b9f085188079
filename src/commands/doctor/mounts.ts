import { type Finding, missing, type Remedies, works } from './finding.ts';

const fileSystems = [
	{
		name: 'tracefs',
		type: 'tracefs',
		point: '/sys/kernel/tracing',
		without: 'tracepoints can be neither found nor attached',
	},
	{
		name: 'debugfs',
		type: 'debugfs',
		point: '/sys/kernel/debug',
		without: 'BCC and older tools find no tracing folder, and KVM, block and vhost show no details',
	},
	{ name: 'bpffs', type: 'bpf', point: '/sys/fs/bpf', without: 'pinned programs and maps are not seen' },
];

/** Both are /proc/PID/mounts: this console's, and the host's where that may be read. */
export function mountFindings(mounts: string, onHost: string | undefined, remedy: Remedies): Finding[] {
	return fileSystems.map(({ name, type, point, without }) => {
		const mounted = placeOf(type, mounts);
		if (mounted) return works(name, mounted);
		const mount = `mount -t ${type} ${type} ${point}`;
		const { fix, flags } = remedy(mount, `-v ${point}:${point}`);
		const absent = onHost !== undefined && placeOf(type, onHost) === undefined;
		// What the host itself has not mounted, it can't show.
		return missing(name, without, {
			fix: absent && flags.length > 0 ? `On the host: ${mount}; then ${fix}` : fix,
			flags,
		});
	});
}

function placeOf(type: string, mounts: string): string | undefined {
	return new RegExp(`^\\S+ (/sys/\\S+) ${type} `, 'm').exec(mounts)?.[1];
}
