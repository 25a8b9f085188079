import { expect, test } from 'vitest';
import { remediesIn } from './finding.ts';
import { mountFindings } from './mounts.ts';

const inContainer = remediesIn({ container: true });
const onHost = remediesIn({ container: false });

const mounts = `sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0
tracefs /sys/kernel/tracing tracefs rw,nosuid,nodev,noexec,relatime 0 0
tracefs /srv/other/sys/kernel/tracing tracefs rw 0 0
`;

test('a file system that is not mounted comes with the command that mounts it', () => {
	expect(mountFindings(mounts, mounts, onHost)).toMatchObject([
		{ name: 'tracefs', status: 'works', detail: '/sys/kernel/tracing' },
		{ name: 'debugfs', status: 'missing', fix: 'mount -t debugfs debugfs /sys/kernel/debug' },
		{ name: 'bpffs', status: 'missing', fix: 'mount -t bpf bpf /sys/fs/bpf' },
	]);
});

test('a container is shown what the host has mounted; what the host has not must be mounted there first', () => {
	expect(mountFindings('', mounts, inContainer)).toMatchObject([
		{ fix: 'docker run -v /sys/kernel/tracing:/sys/kernel/tracing' },
		{
			fix: 'On the host: mount -t debugfs debugfs /sys/kernel/debug; then docker run -v /sys/kernel/debug:/sys/kernel/debug',
			flags: ['-v /sys/kernel/debug:/sys/kernel/debug'],
		},
		{ flags: ['-v /sys/fs/bpf:/sys/fs/bpf'] },
	]);
	expect(mountFindings('', undefined, inContainer)).toMatchObject([
		{ fix: 'docker run -v /sys/kernel/tracing:/sys/kernel/tracing' },
		{ fix: 'docker run -v /sys/kernel/debug:/sys/kernel/debug' },
		{ fix: 'docker run -v /sys/fs/bpf:/sys/fs/bpf' },
	]);
});
