import { stripVTControlCharacters } from 'node:util';
import { render, renderToString } from 'ink';
import type { ReactNode } from 'react';
import { App, type Screen } from './App.tsx';
import { ConsoleInput } from './mouse/console-input.ts';
import { mouseActions } from './mouse/mouse-actions.ts';
import { stampOf } from './pane/pane-view.ts';
import type { Store } from './state.ts';

/** What the eye can follow; also the most that a flood of rows can cost. */
const frameMilliseconds = 100;

/** Draws on this terminal and reads its keys, until it is closed. */
export function openScreen({ beside, ...app }: Screen & { beside?: ReactNode }): { close(): void; text(): string } {
	const { store, actions } = app;
	const drawing = setInterval(drawChanges(store), frameMilliseconds);
	const input = new ConsoleInput(process.stdin, (report) => act(report));
	const act = mouseActions(store, actions, () => process.stdout);
	const screen = render(
		<>
			<App {...app} />
			{beside}
		</>,
		{
			stdin: input as unknown as NodeJS.ReadStream,
			alternateScreen: true,
			// Ink draws only the last frame where CI is set; a terminal is one all the same.
			interactive: true,
			exitOnCtrlC: false,
			patchConsole: false,
			incrementalRendering: true,
			// Frames come from keys and from the interval above; Ink's own would make a key wait for up to two of them.
			maxFps: 1000,
		},
	);
	return {
		/** What stands on it, without colours: what is in a session is to be redacted word by word. */
		text: () => stripVTControlCharacters(renderToString(<App {...app} />, { columns: process.stdout.columns })),
		close() {
			clearInterval(drawing);
			screen.unmount();
		},
	};
}

/** A terminal that is gone takes no more output; what runs must still be stopped. */
export function whenTerminalCloses(finish: () => void): void {
	process.stdout.on('error', finish);
	process.stdin.on('error', finish);
	process.stdin.on('end', finish);
}

/** A new frame only when a table changed since the last one, and once a second for the times in the titles. */
function drawChanges(store: Store): () => void {
	let seen = '';
	return () => {
		const now = store.getState().panes.map(stampOf).join();
		if (now === seen) return;
		seen = now;
		store.setState(({ frame }) => ({ frame: frame + 1 }));
	};
}
