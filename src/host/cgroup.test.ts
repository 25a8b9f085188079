import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alteredTree } from '../../test/fixtures/proc-trees/altered.ts';
import { cgroupOf, processesIn, withAbove } from './cgroup.ts';
import { cgroupOfContainer } from './containers.ts';
import type { Host } from './host.ts';

const id = '265e87dc5569f3898da3cd0e9dd0ba4b50fea89c18c314e533054e63442a48da';
const beside = '462a3ae37fb27adc174ee048c12039a9b83734e2c822417131e4b4eecad85f38';
const container = { id, runtime: 'docker', pid: 50, processes: 1 };

const rootOf = (host: Host) => join(host.proc, '..');
const mounted = (root: string, folder: string, options = 'rw', type = 'cgroup') =>
	`31 23 0:28 ${root} ${folder} rw,nosuid shared:9 - ${type} ${type} ${options}\n`;
const group = '/sys/fs/cgroup';

test('version 2: one folder has it all', () => {
	const host = alteredTree({
		'proc/self/cgroup': '0::/user.slice\n',
		'proc/self/mountinfo': mounted('/', group, 'rw,nsdelegate', 'cgroup2'),
		'proc/50/cgroup': `0::/docker/${id}/init.scope\n`,
		[`sys/fs/cgroup/docker/${id}/cgroup.procs`]: '',
		[`sys/fs/cgroup/docker/${id}/init.scope/cgroup.procs`]: '50\n51\n',
		[`sys/fs/cgroup/docker/${id}/app/deep/cgroup.procs`]: '52\n',
	});
	const top = join(rootOf(host), group);
	const found = cgroupOf(host, 50);
	expect(found?.folder).toBe(join(top, 'docker', id, 'init.scope'));
	expect(found?.files('memory')).toEqual({ version: 2, folder: found?.folder, top });

	// All of the container, though its first process is in a group within.
	const all = cgroupOfContainer(host, container);
	expect(all?.folder).toBe(join(top, 'docker', id));
	const files = all?.files('cpu');
	expect(files && withAbove(files)).toEqual([join(top, 'docker', id), join(top, 'docker'), top]);
	expect(files && processesIn(files).sort()).toEqual([50, 51, 52]);
});

test('version 1: each controller where it is mounted, some of them together', () => {
	const memberships = `4:cpu,cpuacct:/docker/${id}\n3:memory:/docker/${id}\n2:devices:/\n1:name=systemd:/docker/${id}\n`;
	const host = alteredTree({
		'proc/self/cgroup': memberships,
		'proc/self/mountinfo': ['cpu,cpuacct', 'memory', 'devices', 'name=systemd']
			.map((names) => mounted('/', `${group}/${names.replace('name=', '')}`, `rw,${names}`))
			.join(''),
		'proc/50/cgroup': memberships,
		[`sys/fs/cgroup/cpu,cpuacct/docker/${id}/cpu.stat`]: '',
		[`sys/fs/cgroup/memory/docker/${id}/memory.stat`]: '',
	});
	const found = cgroupOfContainer(host, container);
	const cpu = join(rootOf(host), group, 'cpu,cpuacct/docker', id);
	expect(found?.folder).toBeUndefined();
	expect(found?.files('cpuacct')).toMatchObject({ version: 1, folder: cpu });
	expect(found?.files('cpu')).toMatchObject({ version: 1, folder: cpu });
	expect(found?.files('memory')?.folder).toBe(join(rootOf(host), group, 'memory/docker', id));
	// It has no group of its own there, so what is counted there is not its own.
	expect(found?.files('devices')).toBeUndefined();
	expect(found?.files('io')).toBeUndefined();
});

test('both at once: version 2 has the folder and no controller', () => {
	const memberships = `3:memory:/docker/${id}\n0::/docker/${id}\n`;
	const host = alteredTree({
		'proc/self/cgroup': memberships,
		'proc/self/mountinfo':
			mounted('/', `${group}/memory`, 'rw,memory') + mounted('/', `${group}/unified`, 'rw', 'cgroup2'),
		'proc/50/cgroup': memberships,
		[`sys/fs/cgroup/unified/docker/${id}/cgroup.procs`]: '',
		[`sys/fs/cgroup/memory/docker/${id}/cgroup.procs`]: '',
	});
	const found = cgroupOfContainer(host, container);
	expect(found?.folder).toBe(join(rootOf(host), group, 'unified/docker', id));
	expect(found?.files('memory')).toMatchObject({ version: 1 });
});

test('a container that is shown its own group alone looks through the host', () => {
	const memberships = `3:memory:/docker/${beside}\n`;
	const host = alteredTree({
		'proc/self/cgroup': memberships,
		'proc/self/mountinfo': mounted(`/docker/${beside}`, `${group}/memory`, 'rw,memory'),
		'proc/1/mountinfo': mounted('/', `${group}/memory`, 'rw,memory'),
		'sys/fs/cgroup/memory/cgroup.procs': '',
		[`proc/1/root/sys/fs/cgroup/memory/docker/${id}/memory.stat`]: '',
		'proc/50/cgroup': `3:memory:/docker/${id}\n`,
		'proc/60/cgroup': memberships,
	});
	const top = join(host.proc, '1/root', group, 'memory');
	expect(cgroupOf(host, 50)?.files('memory')).toEqual({ version: 1, folder: join(top, 'docker', id), top });
});

test('where the host is closed, only its own group can be opened', () => {
	const host = alteredTree({
		'proc/self/cgroup': `3:memory:/docker/${beside}\n`,
		'proc/self/mountinfo': mounted(`/docker/${beside}`, `${group}/memory`, 'rw,memory'),
		'sys/fs/cgroup/memory/cgroup.procs': '',
		'proc/50/cgroup': `3:memory:/docker/${id}\n`,
		'proc/60/cgroup': `3:memory:/docker/${beside}/nested\n`,
	});
	expect(cgroupOf(host, 50)?.files('memory')).toBeUndefined();
	expect(cgroupOf(host, 60)?.files('memory')?.folder).toBe(join(rootOf(host), group, 'memory/nested'));
});

test('in a namespace of its own, groups beside it are opened by way of the host', () => {
	const host = alteredTree({
		'proc/self/cgroup': '0::/within\n',
		'proc/self/stat': '60 (bpftools) R 1\n',
		// The second hides the first, which would show all.
		'proc/self/mountinfo': mounted('/../..', group, 'rw', 'cgroup2') + mounted('/', group, 'rw', 'cgroup2'),
		'proc/1/mountinfo': mounted('/../..', group, 'rw', 'cgroup2'),
		'sys/fs/cgroup/cgroup.procs': '',
		[`proc/1/root/sys/fs/cgroup/docker/${id}/cgroup.procs`]: '50\n',
		[`proc/1/root/sys/fs/cgroup/docker/${beside}/within/cgroup.procs`]: '60\n',
		'proc/50/cgroup': `0::/../${id}\n`,
		'proc/60/cgroup': '0::/within\n',
		'proc/1/cgroup': '0::/../../init.scope\n',
	});
	const top = join(host.proc, '1/root', group);
	expect(cgroupOf(host, 50)?.folder).toBe(join(top, 'docker', id));
	expect(cgroupOf(host, 60)?.folder).toBe(join(top, 'docker', beside, 'within'));
	expect(cgroupOf(host, 1)?.folder).toBe(join(top, 'init.scope'));
});

test('a process that has ended has none', () => {
	expect(cgroupOf(alteredTree(), 50)).toBeUndefined();
});
