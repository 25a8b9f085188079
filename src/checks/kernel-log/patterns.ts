/** What of the kernel's messages tells of a fault, and of how grave a one. */
export interface Pattern {
	/** The check that it counts for. */
	check: LogCheckName;
	/** One of them, in words whose plural ends in s. */
	event: string;
	verdict: 'warn' | 'bad';
	/** Its groups name and pid say whom it was about. */
	matches: RegExp;
}

export type LogCheckName =
	| 'cpu.kernel-log'
	| 'memory.kernel-log'
	| 'memory.oom'
	| 'disk.kernel-log'
	| 'network.kernel-log'
	| 'software.kernel-log';

/** The first that fits counts. A program may write into the log too, so most ask for the start of the message. */
export const patterns: readonly Pattern[] = [
	{
		check: 'cpu.kernel-log',
		event: 'soft lockup',
		verdict: 'bad',
		matches: /soft lockup - CPU#\d+ stuck for .*\[(?<name>.*):(?<pid>\d+)\]/,
	},
	{ check: 'cpu.kernel-log', event: 'hard lockup', verdict: 'bad', matches: /Watchdog detected hard LOCKUP on cpu/i },
	{
		check: 'cpu.kernel-log',
		event: 'RCU stall',
		verdict: 'bad',
		matches: /^rcu: INFO: \w+ (self-)?detected( expedited)? stalls?|^INFO: rcu_\w+ .*detected stalls?/,
	},
	{
		check: 'cpu.kernel-log',
		event: 'hardware error',
		verdict: 'bad',
		matches:
			/^mce: .*(Machine check events logged|\[Hardware Error\])|\[Hardware Error\]: event severity: (recoverable|fatal)/,
	},
	{
		check: 'cpu.kernel-log',
		event: 'corrected hardware error',
		verdict: 'warn',
		matches: /\[Hardware Error\]: event severity: corrected/,
	},
	{
		check: 'memory.oom',
		event: 'OOM kill',
		verdict: 'bad',
		matches:
			/^oom-kill:constraint=(?<constraint>\w+),.*task_memcg=(?<group>[^,]*),task=(?<name>.*),pid=(?<pid>\d+),uid=/,
	},
	// Before Linux 5.0 there was no such line, and later this one begins otherwise.
	{
		check: 'memory.oom',
		event: 'OOM kill',
		verdict: 'bad',
		matches: /^Killed process (?<pid>\d+) \((?<name>.*?)\)/,
	},
	{
		check: 'memory.kernel-log',
		event: 'failed allocation',
		verdict: 'warn',
		matches: /^(?<name>.*): page allocation failure: order:\d+/,
	},
	{
		check: 'memory.kernel-log',
		event: 'corrected memory error',
		verdict: 'warn',
		matches: /^EDAC .*: \d+ CE /,
	},
	{
		check: 'memory.kernel-log',
		event: 'memory error',
		verdict: 'bad',
		matches: /^EDAC .*: \d+ UE |^Memory failure: 0x/,
	},
	{
		check: 'disk.kernel-log',
		event: 'I/O error',
		verdict: 'bad',
		// As the block layer names them by what the drive answered.
		matches:
			/(I\/O|critical (medium|target|space allocation)|protection|timeout|recoverable transport|device resource) error, dev \S+, sector|^Buffer I\/O error on dev/,
	},
	{
		check: 'disk.kernel-log',
		event: 'drive reset',
		verdict: 'bad',
		matches: /^nvme \S+: .*(timeout|resetting controller)|^ata\d+(\.\d+)?: (failed command|hard resetting link)/,
	},
	{
		check: 'disk.kernel-log',
		event: 'file system error',
		verdict: 'bad',
		matches:
			/^(EXT[234]|BTRFS|F2FS)-fs( error| \(\S+\): error)|^BTRFS (error|critical)|^XFS \(\S+\): .*(Corruption|[Ss]hutting down)|[Rr]emounting filesystem read-only/,
	},
	{
		check: 'disk.kernel-log',
		event: 'array failure',
		verdict: 'bad',
		matches: /^md\/raid\S*: .*(Disk failure|Operation continuing)|^device-mapper: .*(failed|error)/,
	},
	{
		check: 'network.kernel-log',
		event: 'network card stall',
		verdict: 'bad',
		matches: /^NETDEV WATCHDOG: |transmit queue \d+ timed out/,
	},
	{
		check: 'network.kernel-log',
		event: 'connection table overflow',
		verdict: 'bad',
		matches: /nf_conntrack: (nf_conntrack: )?table full, dropping packet/,
	},
	{
		check: 'network.kernel-log',
		event: 'neighbour table overflow',
		verdict: 'bad',
		matches: /: neighbou?r table overflow!/,
	},
	{
		check: 'network.kernel-log',
		event: 'SYN flood',
		verdict: 'warn',
		matches: /[Pp]ossible SYN flooding on port/,
	},
	{
		check: 'network.kernel-log',
		event: 'lost link',
		verdict: 'warn',
		matches: /(NIC )?Link is Down$/i,
	},
	{
		check: 'network.kernel-log',
		event: 'socket memory shortage',
		verdict: 'warn',
		matches: /^TCP: (out of memory|too many orphaned sockets)/,
	},
	{
		check: 'software.kernel-log',
		event: 'hung task',
		verdict: 'bad',
		matches: /^INFO: task (?<name>.*):(?<pid>\d+) (<\w+> )?blocked for more than \d+ seconds/,
	},
	{
		check: 'software.kernel-log',
		event: 'workqueue hog',
		verdict: 'warn',
		matches: /^workqueue: .* hogged CPU for|^BUG: workqueue lockup/,
	},
	{
		check: 'software.kernel-log',
		event: 'kernel bug',
		verdict: 'bad',
		matches:
			/^BUG: |^Oops: |^Oops\[|^kernel BUG at |^Internal error: |general protection fault, .*(kernel|non-canonical)/,
	},
	{
		check: 'software.kernel-log',
		event: 'lock misuse',
		verdict: 'warn',
		matches: /^WARNING: (possible circular locking|possible recursive locking|inconsistent lock state)/,
	},
	{
		check: 'software.kernel-log',
		event: 'refused fork',
		verdict: 'bad',
		matches: /^cgroup: fork rejected by pids controller in (?<group>.*)/,
	},
	{
		check: 'software.kernel-log',
		event: 'refused file',
		verdict: 'bad',
		matches: /^VFS: file-max limit \d+ reached/,
	},
	{
		check: 'software.kernel-log',
		event: 'unstable clock',
		verdict: 'warn',
		matches: /^clocksource: .*(unstable|skew is too large)|^tsc: Marking TSC unstable/i,
	},
	{
		check: 'software.kernel-log',
		event: 'crashed program',
		verdict: 'warn',
		matches: /^(?:traps: )?(?<name>.*)\[(?<pid>\d+)\](?:: segfault at | general protection| trap )/,
	},
];

/** Almost every message is about none of these, and one look at all of them at once tells. */
export const anyPattern = new RegExp(patterns.map(({ matches }) => withoutNames(matches)).join('|'), 'i');

function withoutNames({ source }: RegExp): string {
	return source.replace(/\(\?<\w+>/g, '(?:');
}
