import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Ends a run with every test that was left out, its reason in its title, and one line that counts. */
export class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		const tests = modules.flatMap((module) => [...module.children.allTests()]);
		const count = (state: string) => tests.filter((test) => test.result().state === state).length;
		// A file that could not be loaded has no tests, and one whose hook failed none that ran: failures all the same.
		const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module)).length;
		const skipped = tests.filter((test) => test.result().state === 'skipped');
		for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}${noteOf(test)}\n`);
		const failed = count('failed') + broken + errors.length;
		process.stdout.write(`${count('passed')} passed, ${failed} failed, ${skipped.length} skipped\n`);
	}
}

/** Of one that could tell only while it ran; the others have their reason in the title. */
function noteOf(test: TestCase): string {
	const result = test.result();
	return result.state === 'skipped' && result.note ? ` (skipped: ${result.note})` : '';
}

function hasFailedTest({ children }: TestModule): boolean {
	return [...children.allTests('failed')].length > 0;
}

// biome-ignore lint/style/noDefaultExport: vitest looks for a default export.
export default SummaryReporter;
