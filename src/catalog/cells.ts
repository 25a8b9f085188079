import type { ToolFile } from './tool.ts';

type Cells = Record<ToolFile['resource'], Record<ToolFile['answers'][number], string[]>>;

/**
 * Where to begin with each question: first what reads counters that the kernel keeps anyway and names the culprit, then
 * what sums events up, then what lists them one by one. What a tool's numbers mean stands in its `reading`.
 */
export const toolsOfCell: Cells = {
	cpu: {
		errors: ['dmesg', 'mcesnoop'],
		utilization: [
			'mpstat',
			'pidstat',
			'vmstat',
			'top',
			'perf-stat',
			'softirqs',
			'hardirqs',
			'profile',
			'syscount',
			'htop',
			'perf-top',
			'nmon',
			'bpftop',
			'uptime',
		],
		saturation: [
			'vmstat',
			'pidstat',
			'mpstat',
			'uptime',
			'top',
			'runqlen',
			'runqlat',
			'runqslower',
			'offcputime',
			'vcpu-delay',
		],
	},
	memory: {
		errors: ['dmesg', 'oomkill', 'mcesnoop', 'syserrors'],
		utilization: ['free', 'vmstat', 'pidstat-memory', 'top', 'slabtop', 'cachestat', 'numastat'],
		saturation: ['vmstat', 'sar-paging', 'pidstat-memory', 'drsnoop', 'swapin', 'cachestat', 'offcputime'],
	},
	disk: {
		errors: ['dmesg', 'bioerror', 'syserrors', 'opensnoop', 'pcie-errors'],
		utilization: ['iostat', 'pidstat-disk', 'biotop', 'lsof-deleted', 'filetop', 'biosnoop', 'opensnoop'],
		saturation: ['iostat', 'pidstat-disk', 'biolatency', 'fsslower', 'syncsnoop', 'biosnoop', 'offcputime'],
	},
	network: {
		errors: [
			'sar-edev',
			'sar-tcp',
			'nstat',
			'link-counters',
			'conntrack-statistics',
			'tcpretrans',
			'dropreasons',
			'ethtool-statistics',
			'tcpconnlat',
			'tcplife',
			'dmesg',
		],
		utilization: [
			'sar-dev',
			'sar-tcp',
			'ss',
			'tcptop',
			'iftop',
			'mpstat',
			'softirqs',
			'tcplife',
			'tcpconnect',
			'tcpaccept',
		],
		saturation: ['ss', 'qdisc', 'nstat', 'sar-edev', 'dropreasons', 'tcprtt', 'tcpconnlat', 'gethostlatency'],
	},
	virt: {
		errors: ['ovs-ports', 'ovs-datapath', 'sar-edev', 'ovs-coverage', 'dropreasons', 'dmesg'],
		utilization: ['mpstat', 'ovs-datapath', 'ovs-flow-limit', 'kvm-exits', 'vhost', 'ovs-upcalls', 'ovs-flows'],
		saturation: ['mpstat', 'ovs-datapath', 'ovs-flow-limit', 'vcpu-delay', 'vhost', 'ovs-upcalls', 'runqslower'],
	},
	software: {
		errors: ['dmesg', 'syserrors', 'exitsnoop', 'killsnoop', 'execsnoop'],
		utilization: ['pidstat-files', 'execsnoop'],
		saturation: ['pidstat-files', 'futexctn', 'lock-contention', 'offcputime'],
	},
	interconnect: {
		errors: ['pcie-errors', 'dmesg', 'mcesnoop'],
		utilization: ['numastat', 'pcie-links', 'perf-stat'],
		saturation: ['numastat', 'perf-stat'],
	},
};
