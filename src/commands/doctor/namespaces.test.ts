import { describe, expect, test } from 'vitest';
import { openHost } from '../../host/host.ts';
import { remediesIn } from './finding.ts';
import { enteringFinding, networkFinding } from './namespaces.ts';

const inContainer = remediesIn({ container: true });

/** A tree without /proc/self/status: no capability is held. */
const host = openHost({ root: '/nowhere', pid: 7 });

describe('a network namespace of its own', () => {
	test('is no gap where network tools enter the host’s', () => {
		expect(networkFinding(host, 'own', 'host', true, inContainer).status).toBe('works');
	});

	test('is one where they can not', () => {
		expect(networkFinding(host, 'own', 'host', false, inContainer)).toMatchObject({
			status: 'missing',
			flags: ['--network=host'],
		});
	});

	test('may be unknown', () => {
		expect(networkFinding(host, 'unknown', 'host', true, inContainer).status).toBe('unknown');
		const finding = networkFinding(host, 'unknown', 'own', true, inContainer);
		expect(finding).toMatchObject({ status: 'unknown', flags: ['--pid=host'] });
	});
});

describe('entering the host’s namespaces', () => {
	test('was tried', () => {
		expect(enteringFinding(host, 'host', undefined, inContainer)).toMatchObject({
			status: 'works',
			detail: 'nsenter -t 7 -n',
		});
	});

	test('takes its pids first', () => {
		expect(enteringFinding(host, 'own', undefined, inContainer).flags).toEqual(['--pid=host']);
	});

	test('takes two capabilities, and the reason of the refusal is told', () => {
		expect(enteringFinding(host, 'host', 'Operation not permitted', inContainer)).toMatchObject({
			detail: 'nsenter -t 7 -n fails: Operation not permitted',
			flags: ['--cap-add SYS_ADMIN', '--cap-add SYS_PTRACE'],
		});
	});
});
