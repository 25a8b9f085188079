import { describe, expect, test } from 'vitest';
import { probesOf, withNames } from './probes.ts';

const script = `// kprobe:in_a_comment { arg0 }
#include <linux/skbuff.h>
BEGIN { printf("} kprobe:in_a_string\\n"); }

kprobe:new_name|old_name, kretprobe:other
/pid == 4 && $1/
{
	@[kstack] = count(); /* { arg1 */
	if (pid) { @x = pid ? comm:2; }
}

kprobe:reader { @ = arg1; }
kretprobe:reader/arg9/{ @ = retval; }

tracepoint:sched:sched_switch,
tracepoint:syscalls:sys_enter_open
/TARGET/
{ @ = args->prev_pid; }

uprobe:"/lib/libc.so":malloc { @ = count(); }
interval:s:$1 { exit(); }
END { clear(@); }
`;

const renamed = (...names: [string, string[]][]) => withNames(script, new Map(names));

describe('the probes of a script', () => {
	test('are those before its blocks, named as in the needs of its tool', () => {
		expect(probesOf(script).map(({ kind, entry }) => `${kind} ${entry}`)).toEqual([
			'kprobe new_name|old_name',
			'kretprobe other',
			'kprobe reader',
			'kretprobe reader',
			'tracepoint sched/sched_switch',
			'tracepoint syscalls/sys_enter_open',
			'interval s:$1',
		]);
	});

	test('read arguments by their place, or do not', () => {
		const readers = probesOf(script).filter(({ readsArguments }) => readsArguments);
		expect(readers.map(({ kind, entry }) => `${kind} ${entry}`)).toEqual(['kprobe reader', 'kretprobe reader']);
	});
});

describe('a script with the names of this kernel', () => {
	test('is the same where nothing is known of its names', () => {
		expect(renamed()).toBe(script);
		expect(renamed(['reader', ['reader']])).toBe(script);
	});

	test('has the name in place of the choice, and nothing else is changed', () => {
		expect(renamed(['new_name|old_name', ['old_name.isra.0']])).toBe(
			script.replace('kprobe:new_name|old_name', 'kprobe:old_name.isra.0'),
		);
	});

	test('probes each copy that the compiler made', () => {
		expect(renamed(['reader', ['reader.constprop.0', 'reader.constprop.1']])).toBe(
			script
				.replace('kprobe:reader ', 'kprobe:reader.constprop.0, kprobe:reader.constprop.1 ')
				.replace('kretprobe:reader/', 'kretprobe:reader.constprop.0, kretprobe:reader.constprop.1/'),
		);
	});

	test('has another tracepoint', () => {
		expect(renamed(['sched/sched_switch', ['sched/sched_other']])).toBe(
			script.replace('sched_switch', 'sched_other').replace('sched_other,\ntracepoint', 'sched_other, tracepoint'),
		);
	});

	test('leaves out a probe that has no name', () => {
		expect(renamed(['syscalls/sys_enter_open', []])).toBe(
			script.replace('sched_switch,\ntracepoint:syscalls:sys_enter_open', 'sched_switch'),
		);
	});

	test('leaves out a block that has no probe', () => {
		const rest = renamed(['reader', []]);
		expect(rest).not.toContain('reader');
		expect(rest).toContain('comm:2; }\n}\n\n\n\n\ntracepoint');
	});
});
