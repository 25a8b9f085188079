import { UsageError } from '../../catalog/argv.ts';
import type { FormControls } from '../form/form-actions.ts';

/** Nothing is started in a replay, so nothing is asked for. */
export const noForms: FormControls = {
	commandLine() {
		throw new UsageError('This is a replay: no tool can be started.');
	},
	lastGiven: () => ({}),
	remember() {},
	choices: () => undefined,
	copy() {},
};
