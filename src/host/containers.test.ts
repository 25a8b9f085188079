import { describe, expect, test } from 'vitest';
import { alteredTree, type Changes } from '../../test/fixtures/proc-trees/altered.ts';
import { asItRuns, containerIdOf, listContainers } from './containers.ts';

const id = '265e87dc5569f3898da3cd0e9dd0ba4b50fea89c18c314e533054e63442a48da';
const inner = '462a3ae37fb27adc174ee048c12039a9b83734e2c822417131e4b4eecad85f38';
const pod = '1b93a4a5-7f8c-4c12-9a3d-0c6a1c2f3e4d';
const podUnderscored = pod.replaceAll('-', '_');

const unified = (path: string) => `0::${path}\n`;

describe('the container in the path of a control group', () => {
	test.each([
		['docker, cgroupfs', `/docker/${id}`, 'docker', id],
		['docker, systemd', `/system.slice/docker-${id}.scope`, 'docker', id],
		[
			'docker without root',
			`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`,
			'docker',
			id,
		],
		['docker in docker', `/docker/${id}/docker/${inner}`, 'docker', inner],
		['a service within a container', `/docker/${id}/system.slice/nginx.service`, 'docker', id],
		['containerd for kubelet, cgroupfs', `/kubepods/burstable/pod${pod}/${id}`, 'kubernetes', id],
		['a pod with requests for all it may use', `/kubepods/pod${pod}/${id}`, 'kubernetes', id],
		[
			'containerd for kubelet, systemd',
			`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${podUnderscored}.slice/cri-containerd-${id}.scope`,
			'containerd',
			id,
		],
		[
			'docker for kubelet, systemd',
			`/kubepods.slice/kubepods-pod${podUnderscored}.slice/docker-${id}.scope`,
			'docker',
			id,
		],
		[
			'containerd that takes systemd’s words for cgroupfs’',
			`/system.slice/containerd.service/kubepods-burstable-pod${podUnderscored}.slice:cri-containerd:${id}`,
			'containerd',
			id,
		],
		['kind', `/docker/${id}/kubelet/kubepods/besteffort/pod${pod}/${inner}`, 'kubernetes', inner],
		['CRI-O, systemd', `/kubepods.slice/kubepods-pod${podUnderscored}.slice/crio-${id}.scope`, 'cri-o', id],
		['CRI-O, cgroupfs', `/kubepods/besteffort/pod${pod}/crio-${id}`, 'cri-o', id],
		['podman, systemd', `/machine.slice/libpod-${id}.scope/container`, 'podman', id],
		['podman, cgroupfs', `/libpod_parent/libpod-${id}`, 'podman', id],
		['podman, in a pod', `/libpod_parent/${inner}/libpod-${id}`, 'podman', id],
		[
			'podman without root',
			`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope`,
			'podman',
			id,
		],
		['podman as a service', `/system.slice/web.service/libpod-payload-${id}`, 'podman', id],
		['nerdctl, systemd', `/system.slice/nerdctl-${id}.scope`, 'containerd', id],
		['nerdctl, cgroupfs', `/default/${id}`, 'containerd', id],
		['ctr', '/default/my-container', 'containerd', 'my-container'],
		['LXC 4 and later', '/lxc.payload.web', 'lxc', 'web'],
		['LXC 3', '/lxc.payload/web/system.slice/nginx.service', 'lxc', 'web'],
		['LXC 2, Proxmox', '/lxc/101/ns', 'lxc', '101'],
		['systemd-nspawn', '/machine.slice/machine-my\\x2dweb.scope/payload/init.scope', 'systemd-nspawn', 'my-web'],
		['systemd-nspawn as a service', '/machine.slice/systemd-nspawn@web.service/payload', 'systemd-nspawn', 'web'],
		['a batch system', `/ecs/2c1e4b7d/${id}`, 'ecs', id],
		['beside a container with a namespace of its own', `/../docker-${id}.scope`, 'docker', id],
		['the same without a word of the runtime', `/../${id}`, 'container', id],
	])('%s', (_, path, runtime, found) => {
		expect(containerIdOf(unified(path))).toEqual({ id: found, runtime });
	});

	test.each([
		['the root', '/'],
		['a service', '/system.slice/docker.service'],
		['a session', '/user.slice/user-1000.slice/session-2.scope'],
		['a virtual machine', '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/vcpu0'],
		['who watches over podman’s container', `/machine.slice/libpod-conmon-${id}.scope`],
		['who watches over podman’s pod', `/libpod_parent/${id}/conmon`],
		['who watches over CRI-O’s container', `/kubepods.slice/crio-conmon-${id}.scope`],
		['who watches over LXC’s container', '/lxc.monitor.web'],
		['who watches over nspawn’s container', '/machine.slice/machine-web.scope/supervisor'],
		['a pod itself', `/kubepods/burstable/pod${pod}`],
	])('%s is none', (_, path) => {
		expect(containerIdOf(unified(path))).toBeUndefined();
	});

	test('of many hierarchies, the first that tells one', () => {
		const memberships = `12:cpu,cpuacct:/docker/${id}\n5:memory:/docker/${id}\n1:name=systemd:/\n0::/\n`;
		expect(containerIdOf(memberships)).toEqual({ id, runtime: 'docker' });
	});

	test('one that was removed with a process still in it', () => {
		expect(containerIdOf(unified(`/docker/${id} (deleted)`))?.id).toBe(id);
	});

	test('a name of control characters is no command to a terminal', () => {
		expect(containerIdOf(unified('/lxc/\x1b[2Jweb'))?.id).toBe('·[2Jweb');
	});
});

const process = (pid: number, path: string, startTicks: number, namespacePid = ''): Changes => ({
	[`proc/${pid}/cgroup`]: unified(path),
	[`proc/${pid}/stat`]: `${pid} (a (b) c) S 1 ${'0 '.repeat(17)}${startTicks} 0`,
	[`proc/${pid}/status`]: `Name:\ta\nNSpid:\t${pid}${namespacePid}\n`,
});

describe('the containers of a host', () => {
	test('are listed with their oldest process, the oldest container first', () => {
		const host = alteredTree({
			...process(10, '/', 5),
			...process(900, `/docker/${inner}`, 700),
			// Its pid is from before pids started over.
			...process(4000, `/docker/${id}`, 300),
			...process(50, `/docker/${id}/nested`, 800),
		});
		expect(listContainers(host)).toEqual([
			{ id, runtime: 'docker', pid: 4000, processes: 2 },
			{ id: inner, runtime: 'docker', pid: 900, processes: 1 },
		]);
	});

	test('the init of a container is its first, without a look at the others', () => {
		const host = alteredTree({
			...process(50, `/docker/${id}`, 800, '\t1'),
			...process(60, `/docker/${id}`, 700, '\t7'),
		});
		expect(listContainers(host)).toMatchObject([{ pid: 50, processes: 2 }]);
	});

	test('a pod is told by its uid', () => {
		const host = alteredTree(process(50, `/kubepods/burstable/pod${pod}/${id}`, 1));
		expect(listContainers(host)).toEqual([{ id, runtime: 'kubernetes', pid: 50, processes: 1, pod }]);
	});

	test('after a restart, a container is found again by its id', () => {
		const before = { id, runtime: 'docker', pid: 50, processes: 1, name: 'web' };
		const host = alteredTree({ ...process(50, '/', 1), ...process(60, `/docker/${id}`, 900) });
		expect(asItRuns(host, before)).toMatchObject({ id, pid: 60 });
		expect(asItRuns(alteredTree(process(50, '/', 1)), before)).toBeUndefined();
	});
});

describe('seen out of a container', () => {
	const mounts = (root: string, mount = '/sys/fs/cgroup') =>
		`31 23 0:28 ${root} ${mount} ro,nosuid - cgroup2 cgroup rw\n`;

	test('with the host’s control groups, one of its own is marked', () => {
		const host = alteredTree({
			'proc/self/cgroup': unified(`/docker/${id}`),
			...process(50, `/docker/${id}`, 1),
			...process(60, `/docker/${inner}`, 2),
		});
		expect(listContainers(host)).toMatchObject([{ id, own: true }, { id: inner }]);
		expect(listContainers(host)[1]).not.toHaveProperty('own');
	});

	test('with a namespace of its own, it finds its place in the host’s tree', () => {
		const host = alteredTree({
			'proc/self/cgroup': unified('/'),
			'proc/self/stat': '50 (bpftools) R 1\n',
			'proc/self/mountinfo': mounts('/'),
			'proc/1/mountinfo': mounts('/../..'),
			[`proc/1/root/sys/fs/cgroup/docker/${id}/cgroup.procs`]: '49\n50\n',
			[`proc/1/root/sys/fs/cgroup/docker/${inner}/cgroup.procs`]: '60\n',
			...process(50, '/', 1),
			...process(60, `/../${inner}`, 2),
			...process(70, '/../../init.scope', 0),
		});
		expect(listContainers(host)).toEqual([
			{ id, runtime: 'docker', pid: 50, processes: 1, own: true },
			{ id: inner, runtime: 'docker', pid: 60, processes: 1 },
		]);
	});

	test('where the host’s tree is closed, the mounts of its runtime tell who it is', () => {
		const host = alteredTree({
			'proc/self/cgroup': unified('/'),
			'proc/self/mountinfo': `${mounts('/')}137 119 254:0 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/vda rw\n`,
			...process(50, '/', 1),
			...process(60, `/../${inner}`, 2),
			...process(70, '/../../init.scope', 0),
		});
		expect(listContainers(host)).toEqual([
			{ id, runtime: 'docker', pid: 50, processes: 1, own: true },
			{ id: inner, runtime: 'container', pid: 60, processes: 1 },
		]);
	});
});
