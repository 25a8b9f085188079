import { expect, test } from 'vitest';
import { judgeCapabilities } from './capabilities.ts';
import { type Finding, remediesIn } from './finding.ts';

const inContainer = remediesIn({ container: true });
const all = 0x1ffffffffffn;
const none = 0n;
const without = (...bits: bigint[]) => bits.reduce((held, bit) => held & ~(1n << bit), all);
/** What docker gives a container unless told otherwise. */
const dockers = 0xa80425fbn;

const judge = (held: bigint, { bounding = held, release = '6.12.0', remedy = inContainer } = {}) =>
	Object.fromEntries(judgeCapabilities(held, bounding, release, remedy).map((finding) => [finding.name, finding]));
const lacking = (findings: Record<string, Finding>) =>
	Object.values(findings).flatMap(({ status, flags }) => (status === 'missing' ? flags : []));

test('root has every capability', () => {
	expect(lacking(judge(all))).toEqual([]);
});

test('a container as docker starts it is told the flag for each', () => {
	expect(lacking(judge(dockers))).toEqual([
		'--cap-add BPF',
		'--cap-add PERFMON',
		'--cap-add SYS_ADMIN',
		'--cap-add NET_ADMIN',
		'--cap-add SYS_PTRACE',
		'--cap-add SYSLOG',
	]);
});

test('CAP_SYS_ADMIN includes what was split off from it', () => {
	expect(judge(without(38n, 39n, 34n))).toMatchObject({
		CAP_BPF: { status: 'works' },
		CAP_PERFMON: { status: 'works' },
		CAP_SYSLOG: { status: 'works' },
	});
});

test('a user who is not root in a container that has them becomes root', () => {
	expect(new Set(lacking(judge(none, { bounding: all })))).toEqual(new Set(['--user 0']));
});

test('on a bare host it is root that has them', () => {
	const findings = judge(none, { bounding: all, remedy: remediesIn({ container: false }) });
	expect(findings.CAP_BPF).toMatchObject({ fix: 'Run as root.', flags: [] });
});

test('a kernel that does not know CAP_BPF yet wants CAP_SYS_ADMIN', () => {
	const { CAP_BPF, CAP_PERFMON } = judge(dockers, { release: '4.18.0-193.el8.x86_64' });
	expect([CAP_BPF?.flags, CAP_PERFMON?.flags]).toEqual([['--cap-add SYS_ADMIN'], ['--cap-add SYS_ADMIN']]);
});

test.each([
	['5.10.0-32-amd64', 'missing'],
	['5.11.0', 'works'],
	['6.1.0', 'works'],
])('on Linux %s a missing CAP_SYS_RESOURCE counts as %s', (release, status) => {
	expect(judge(without(24n), { release }).CAP_SYS_RESOURCE?.status).toBe(status);
});
