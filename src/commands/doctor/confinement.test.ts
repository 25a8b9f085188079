import { describe, expect, test } from 'vitest';
import { moduleFinding, seccompFinding } from './confinement.ts';
import { missing, remediesIn, works } from './finding.ts';

const inContainer = remediesIn({ container: true });

describe('a seccomp filter', () => {
	const filtered = 'NoNewPrivs:\t0\nSeccomp:\t2\nSeccomp_filters:\t1\n';
	const refused = missing('tracepoint', 'Unknown BPF object load failure.', { fix: null, flags: [] });

	test('that is not there hinders nobody', () => {
		expect(seccompFinding('Seccomp:\t0\n', [], inContainer).status).toBe('works');
	});

	test('hinders nobody where a probe was attached through it', () => {
		expect(seccompFinding(filtered, [refused, works('uprobe', 'attached')], inContainer).status).toBe('works');
	});

	test('is what hinders where probes were tried and none was attached', () => {
		expect(seccompFinding(filtered, [refused], inContainer)).toMatchObject({
			status: 'missing',
			flags: ['--security-opt seccomp=unconfined'],
		});
	});

	test('can not be judged where nothing was tried', () => {
		expect(seccompFinding(filtered, [], inContainer).status).toBe('unknown');
	});
});

test.each([
	[undefined, 'works', []],
	['unconfined\n', 'works', []],
	['unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\0', 'works', []],
	['system_u:system_r:spc_t:s0\0', 'works', []],
	['docker-default (enforce)\n', 'missing', ['--security-opt apparmor=unconfined']],
	['docker-default (complain)\n', 'works', []],
	['system_u:system_r:container_t:s0:c14,c29\0', 'missing', ['--security-opt label=disable']],
] as const)('the label %j of a security module counts as %s', (label, status, flags) => {
	expect(moduleFinding(label, inContainer)).toMatchObject({ status, flags });
});
