import { describe, expect, test } from 'vitest';
import { remediesIn } from './finding.ts';
import { headersFinding, lockdownFinding } from './kernel.ts';

const inContainer = remediesIn({ container: true });
const onHost = remediesIn({ container: false });

test.each([
	['[none] integrity confidentiality\n', true, 'works'],
	['none [integrity] confidentiality\n', true, 'works'],
	['none integrity [confidentiality]\n', true, 'missing'],
	[undefined, true, 'works'],
	[undefined, false, 'unknown'],
] as const)('lockdown "%s" (securityfs mounted: %s) counts as %s', (text, securityfs, status) => {
	expect(lockdownFinding(text, securityfs, onHost).status).toBe(status);
});

test('where lockdown can not be told, a container is told what to show', () => {
	expect(lockdownFinding(undefined, false, inContainer).flags).toEqual([
		'-v /sys/kernel/security:/sys/kernel/security:ro',
	]);
});

describe('headers', () => {
	const lacking = { headers: undefined, release: '6.12.0-amd64' };
	const show = 'docker run -v /lib/modules:/lib/modules:ro -v /usr/src:/usr/src:ro';

	test('that are there are named by their folder', () => {
		const headers = '/lib/modules/6.12.0-amd64/build';
		expect(headersFinding({ ...lacking, headers }, undefined, onHost)).toMatchObject({
			status: 'works',
			detail: headers,
		});
	});

	test('on a bare host come in a package', () => {
		expect(headersFinding(lacking, undefined, onHost).fix).toBe('apt-get install linux-headers-6.12.0-amd64');
	});

	test('that the host has are shown to the container', () => {
		const finding = headersFinding(lacking, '/usr/src/linux-headers-6.12.0-amd64', inContainer);
		expect(finding).toMatchObject({ status: 'missing', fix: show });
		expect(finding.detail).toContain('the host has them in /usr/src/linux-headers-6.12.0-amd64');
	});

	test('that the host lacks too come from there', () => {
		expect(headersFinding(lacking, undefined, inContainer).fix).toBe(
			`On the host: apt-get install linux-headers-6.12.0-amd64; then ${show}`,
		);
	});
});
