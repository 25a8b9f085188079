import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openHost } from './host.ts';
import { functionLookup } from './kernel-functions.ts';

interface Lists {
	kallsyms?: string[];
	/** What ftrace can trace; unreadable unless given. */
	traceable?: string[];
	blacklist?: string[];
}

/** A kernel that has these symbols: "address type name", with the module behind a tab. */
function kernelOf({ kallsyms = [], traceable, blacklist }: Lists) {
	const root = mkdtempSync(join(tmpdir(), 'kernel-functions-'));
	onTestFinished(() => rmSync(root, { recursive: true, force: true }));
	const write = (path: string, lines: string[] | undefined) => {
		if (!lines) return;
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), lines.map((line) => `${line}\n`).join(''));
	};
	write('proc/kallsyms', kallsyms);
	write('sys/kernel/tracing/available_filter_functions', traceable);
	write('sys/kernel/debug/kprobes/blacklist', blacklist);
	return { root, functions: functionLookup(openHost({ root }), join(root, 'sys/kernel/tracing')) };
}

const open = (...names: string[]) => ({ names, hindrance: undefined });
const closed = (hindrance: string) => ({ names: [], hindrance });

describe('a function', () => {
	const kallsyms = [
		'ffffffff81000000 T vfs_read',
		'ffffffff81000010 D vfs_data',
		'ffffffff81000020 t vfs_read_more',
		'ffffffffc0000000 t tun_net_xmit\t[tun]',
		'ffffffffc0000010 t tun_build_skb.constprop.0\t[tun]',
		'ffffffffc0000020 t vhost_net_flush.part.0\t[vhost_net]',
		'ffffffffc0000030 t kvm_resume.cold\t[kvm]',
		'ffffffffc0000040 t ovs_flow.isra.0.constprop.1\t[openvswitch]',
		'ffffffffc0000050 t ovs_flow.isra.0.cold\t[openvswitch]',
		'ffffffffc0000060 t lto_one.llvm.1234567\t[lto]',
		'ffffffffc0000070 t twice\t[a]',
		'ffffffffc0000080 t twice\t[b]',
		'ffffffffc0000090 t copied.constprop.0\t[a]',
		'ffffffffc00000a0 t copied.constprop.1\t[a]',
		'ffffffffc00000b0 t whole\t[a]',
		'ffffffffc00000c0 t whole.constprop.0\t[a]',
	];
	const cases: [string, string, object | undefined][] = [
		['of the kernel', 'vfs_read', open('vfs_read')],
		['of a module', 'tun_net_xmit', open('tun_net_xmit')],
		['that there is not', 'vfs', undefined],
		['of which only the middle of a name is asked for', 'net_xmit', undefined],
		['that is data', 'vfs_data', undefined],
		['that the compiler renamed', 'tun_build_skb', open('tun_build_skb.constprop.0')],
		['that it renamed twice', 'ovs_flow', open('ovs_flow.isra.0.constprop.1')],
		['that clang moved', 'lto_one', open('lto_one.llvm.1234567')],
		['of which a part is left', 'vhost_net_flush', undefined],
		['of which only the unlikely half has a name', 'kvm_resume', undefined],
		['whose name two have', 'twice', closed('ambiguous')],
		['that was copied', 'copied', open('copied.constprop.0', 'copied.constprop.1')],
		['that has a copy and is still there', 'whole', open('whole')],
		['by the name that the compiler gave it', 'tun_build_skb.constprop.0', undefined],
	];
	for (const [title, name, found] of cases) {
		test(title, () => {
			expect(kernelOf({ kallsyms }).functions([name]).get(name)).toEqual(found);
		});
	}

	test('is found beside any number of others, in one reading', () => {
		const names = cases.map(([, name]) => name);
		const answer = kernelOf({ kallsyms }).functions(names);
		expect(names.map((name) => answer.get(name))).toEqual(cases.map(([, , found]) => found));
	});

	test('is remembered, and so is one that there is not', () => {
		const { root, functions } = kernelOf({ kallsyms });
		functions(['vfs_read', 'vfs']);
		rmSync(root, { recursive: true });
		expect([...functions(['vfs', 'vfs_read']).keys()]).toEqual(['vfs_read']);
	});

	test('is found wherever its line is cut by a read', () => {
		const many = Array.from({ length: 9000 }, (_, n) => `ffffffff8${n.toString(16).padStart(7, '0')} T function_${n}`);
		const { functions } = kernelOf({ kallsyms: many });
		const names = many.map((line) => line.slice(19));
		expect([...functions(names)]).toEqual(names.map((name) => [name, open(name)]));
	});

	test('is not there where the symbols may not be read', () => {
		const { root, functions } = kernelOf({});
		rmSync(root, { recursive: true });
		expect(functions(['vfs_read'])).toEqual(new Map());
	});
});

describe('a function that has a symbol and may not be traced', () => {
	const kallsyms = [
		'ffffffff81000000 t copied.constprop.0',
		'ffffffff81000010 t copied.constprop.1',
		'ffffffff81000100 T hidden',
		'ffffffff81000200 T new_name',
		'ffffffff81000200 T old_name',
		'ffffffff81000300 T seen',
		'ffffffffc0000000 t tun_do\t[tun]',
		'ffffffffc0000100 t tun_put.isra.0\t[tun]',
	];
	const traceable = ['copied.constprop.0', 'new_name', 'seen', 'tun_do [tun]', 'tun_put.isra.0 [tun]'];
	const lookUp = (lists: Lists, name: string) => kernelOf(lists).functions([name]).get(name);

	test('is one that ftrace does not list', () => {
		expect(lookUp({ kallsyms, traceable }, 'hidden')).toEqual(closed('untraceable'));
		for (const name of ['seen', 'tun_do']) expect(lookUp({ kallsyms, traceable }, name)).toEqual(open(name));
		expect(lookUp({ kallsyms, traceable }, 'tun_put')).toEqual(open('tun_put.isra.0'));
	});

	test('is not told where the list may not be read', () => {
		expect(lookUp({ kallsyms }, 'hidden')).toEqual(open('hidden'));
	});

	test('is not one that ftrace lists under its other name', () => {
		for (const name of ['old_name', 'new_name']) expect(lookUp({ kallsyms, traceable }, name)).toEqual(open(name));
	});

	test('is not told where addresses are hidden: every name could be another’s', () => {
		const hidden = kallsyms.map((line) => line.replace(/^\w+/, '0'.repeat(16)));
		expect(lookUp({ kallsyms: hidden, traceable }, 'hidden')).toEqual(open('hidden'));
	});

	test('is one on which the kernel refuses kprobes', () => {
		const blacklist = ['0xffffffff81000300-0xffffffff81000310\tseen', '0xffffffff81000400-0xffffffff81000410\tother'];
		expect(lookUp({ kallsyms, traceable, blacklist }, 'seen')).toEqual(closed('untraceable'));
		expect(lookUp({ kallsyms, traceable, blacklist }, 'tun_do')).toEqual(open('tun_do'));
	});

	test('is one of whose copies only some can be traced', () => {
		expect(lookUp({ kallsyms, traceable }, 'copied')).toEqual(closed('untraceable'));
	});
});

test("this kernel's own functions are found", () => {
	const answer = functionLookup(openHost(), '/sys/kernel/tracing')(['vfs_read', 'no_such_function_anywhere']);
	expect([...answer.keys()]).toEqual(['vfs_read']);
});
