import { expect, test } from 'vitest';
import { type Areas, advice, countsOf, jsonOf, missing, remediesIn, textOf, unknown, works } from './finding.ts';

const inContainer = remediesIn({ container: true });
const onHost = remediesIn({ container: false });

test('on a bare host the remedy is a command, in a container the flags that it is started with', () => {
	expect(onHost('mount it', '-v /a:/a', '-v /b:/b')).toEqual({ fix: 'mount it', flags: [] });
	const flags = ['-v /a:/a', '-v /b:/b'];
	expect(inContainer('mount it', ...flags)).toEqual({ fix: 'docker run -v /a:/a -v /b:/b', flags });
	expect(inContainer('boot another kernel')).toEqual({ fix: 'boot another kernel', flags: [] });
});

test('a line is a word, a name and a detail; what to do follows below', () => {
	const mounts = [works('tracefs', '/sys/kernel/tracing'), missing('bpffs', 'pins are not seen', advice('mount it'))];
	expect(textOf({ mounts })).toBe(`mounts
  works    tracefs  /sys/kernel/tracing
  missing  bpffs    pins are not seen
           → mount it

1 works, 1 missing, 0 unknown
`);
});

test('what mends several in a row is said once', () => {
	const config = ['A', 'B', 'C'].map((name) => unknown(name, 'can not be read', advice('show it')));
	expect(textOf({ config }).match(/→/g)).toHaveLength(1);
});

test('at the end stand the flags that a container lacks, each once', () => {
	const areas: Areas = {
		mounts: [missing('tracefs', 'none', inContainer('', '-v /t:/t'))],
		capabilities: [missing('CAP_BPF', 'none', inContainer('', '--cap-add BPF')), works('CAP_SYSLOG', 'held')],
		probes: [unknown('kprobe', 'not tried', inContainer('', '--cap-add BPF', '--cap-add PERFMON'))],
	};
	expect(textOf(areas)).toContain('\nAll of these flags: docker run -v /t:/t --cap-add BPF --cap-add PERFMON\n');
	expect(textOf({ mounts: [works('tracefs', 'there')] })).not.toContain('docker run');
});

test('as JSON each finding has its area, and they are counted', () => {
	const areas = { mounts: [works('tracefs', 'there'), missing('bpffs', 'none', inContainer('', '-v /b:/b'))] };
	expect(jsonOf(areas)).toEqual({
		entries: [
			{ name: 'tracefs', area: 'mounts', status: 'works', detail: 'there', fix: null, flags: [] },
			{
				...{ name: 'bpffs', area: 'mounts', status: 'missing', detail: 'none' },
				...{ fix: 'docker run -v /b:/b', flags: ['-v /b:/b'] },
			},
		],
		...countsOf(areas),
	});
});
