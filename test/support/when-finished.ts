import { AsyncLocalStorage } from 'node:async_hooks';
import { onTestFinished, type TestContext } from 'vitest';

const running = new AsyncLocalStorage<TestContext>();

/** For tests that run beside each other: what is made within belongs to this one. */
export function asTest<T>(context: TestContext, run: () => T): T {
	return running.run(context, run);
}

/** Once the test is over that makes what has to be undone. */
export function whenFinished(undo: () => void | Promise<void>): void {
	const context = running.getStore();
	if (context) context.onTestFinished(undo);
	else onTestFinished(undo);
}
