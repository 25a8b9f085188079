import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from './host.ts';
import { surroundings } from './surroundings.ts';

interface Machine {
	files?: Record<string, string>;
	environment?: NodeJS.ProcessEnv;
	/** Its own and the host's, which may be closed. */
	mnt?: [string, string | undefined];
	pid?: string;
}

const initialPids = '4026531836';
const disk = '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n23 22 0:20 / /proc rw - proc proc rw\n';
const layers = '22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/l\n';
const dockersFolder = `/var/lib/docker/containers/${'c0ffee'.repeat(11).slice(0, 64)}`;
const dockersFile = `30 22 254:0 ${dockersFolder}/hostname /etc/hostname rw - ext4 /dev/vda rw\n`;
const closed = undefined;

function judge({ files = {}, environment = {}, mnt: [ours, theirs] = ['1', '1'], pid = initialPids }: Machine) {
	const root = mkdtempSync(join(tmpdir(), 'surroundings-'));
	onTestFinished(() => rmSync(root, { recursive: true, force: true }));
	const link = (path: string, target: string) => {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		symlinkSync(target, join(root, path));
	};
	link('proc/self/ns/mnt', `mnt:[${ours}]`);
	link('proc/self/ns/pid', `pid:[${pid}]`);
	if (theirs) link('proc/1/ns/mnt', `mnt:[${theirs}]`);
	for (const [path, text] of Object.entries({ 'proc/self/mountinfo': disk, ...files })) {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	}
	return surroundings(openHost({ root }), environment);
}

const dockerenv = { '.dockerenv': '' };

test.each<[string, Machine, boolean, RegExp]>([
	['a bare host', {}, false, /mount namespace is the host's/],
	['a host that was copied out of an image', { files: dockerenv }, false, /mount namespace is the host's/],
	['a service with mounts of its own', { mnt: ['2', '1'] }, false, /no container engine left a mark/],
	['a docker container that sees the host', { files: dockerenv, mnt: ['2', '1'] }, true, /\/\.dockerenv/],
	[
		'a docker container on its own',
		{ files: { ...dockerenv, 'proc/self/mountinfo': layers }, mnt: ['2', closed], pid: '7' },
		true,
		/\/\.dockerenv, and its pids are not the host's/,
	],
	[
		'a docker container that sees the pids of the host and may not look at its namespaces',
		{ files: { ...dockerenv, 'proc/self/mountinfo': layers }, mnt: ['2', closed] },
		true,
		/its root is an image's/,
	],
	[
		'an ordinary user of a host that was copied out of an image',
		{ files: dockerenv, mnt: ['1', closed] },
		false,
		/its root is a disk's/,
	],
	['a podman container', { files: { 'run/.containerenv': '' }, mnt: ['2', '1'] }, true, /\/run\/\.containerenv/],
	['a container of systemd-nspawn', { environment: { container: 'systemd-nspawn' }, mnt: ['2', '1'] }, true, /nspawn/],
	[
		'a container of Kubernetes',
		{ environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, mnt: ['2', '1'] },
		true,
		/Kubernetes/,
	],
	[
		'a container that shows itself by its control group',
		{ files: { 'proc/self/cgroup': `0::/system.slice/docker-${'ab'.repeat(32)}.scope\n` }, mnt: ['2', '1'] },
		true,
		/control group is that of a docker container/,
	],
	[
		'a container in a control group namespace',
		{ files: { 'proc/self/cgroup': '0::/\n', 'proc/self/mountinfo': layers + dockersFile }, mnt: ['2', '1'] },
		true,
		/docker/,
	],
	[
		'a container of an unknown engine',
		{ files: { 'proc/self/mountinfo': `${layers}30 22 254:0 /x /etc/hosts rw - ext4 /dev/vda rw\n` }, mnt: ['2', '1'] },
		true,
		/\/etc\/hosts is mounted into it/,
	],
])('%s', (_, machine, container, why) => {
	expect(judge(machine)).toEqual({ container, why: expect.stringMatching(why) });
});
