import { expect, test, vi } from 'vitest';
import { doctorCommand } from './doctor.ts';

test('as JSON the entries add up, every gap says what to do, and the exit code tells whether there is one', async () => {
	const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
	const code = await doctorCommand.run(['--json']);
	const report = JSON.parse(String(write.mock.calls[0]?.[0]));
	write.mockRestore();
	expect(report.works + report.missing + report.unknown).toBe(report.entries.length);
	expect(report.entries).toContainEqual(expect.objectContaining({ name: 'release', area: 'kernel', status: 'works' }));
	for (const { status, fix } of report.entries) if (status === 'missing') expect(fix).toEqual(expect.any(String));
	expect(code).toBe(report.missing === 0 ? 0 : 1);
});
