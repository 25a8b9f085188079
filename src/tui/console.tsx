import { render } from 'ink';
import { paramValues } from '../catalog/argv.ts';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import { nextTools } from '../catalog/next-tools.ts';
import { functionsAskedFor, resolve } from '../catalog/resolve.ts';
import { checklists } from '../checks/checklist.ts';
import { Watch } from '../checks/watch.ts';
import { exitCodes } from '../commands/arguments.ts';
import { targetChoices } from '../commands/target.ts';
import { withNames } from '../host/container-names.ts';
import { listContainers } from '../host/containers.ts';
import type { Host } from '../host/host.ts';
import { type Identity, identify } from '../host/identity.ts';
import { kernelFeatures } from '../host/kernel-features.ts';
import { printable } from '../host/printable.ts';
import type { NetworkWay, Target } from '../host/target.ts';
import { LiveSession } from '../session/live-session.ts';
import { recordReadings } from '../session/record-readings.ts';
import { Recorder } from '../session/recorder.ts';
import { App } from './App.tsx';
import { createActions } from './actions.ts';
import { isBehind } from './pane/pane-view.ts';
import { createState, type Store } from './state.ts';

const sampleMilliseconds = 1000;
/** What the eye can follow; also the most that a flood of rows can cost. */
const frameMilliseconds = 100;

/** Opens the console and stays until the user, or a signal, ends it. */
export async function openConsole(host: Host, target: Target, sessions: string): Promise<number> {
	let watch = new Watch(host, target);
	const kernel = kernelFeatures(host);
	const identity = identify(host);
	const catalog = await installedCatalog();
	kernel.functions(functionsAskedFor(catalog.tools));
	const recorder = openRecorder(sessions, identity, target);
	const session = new LiveSession(host, kernel, target, recorder);
	const store = createState({
		about: aboutText(identity, session.scope.network),
		target,
		resources: resourcesOf(target),
		recording: { folder: recorder?.folder, failure: recorder ? undefined : 'no folder' },
	});
	const tools = catalog.tools.toSorted((a, b) => a.name.localeCompare(b.name));
	const record = recorder && recordReadings(recorder);
	let finish: (why: string) => void = () => {};
	const finished = new Promise<string>((settle) => {
		finish = settle;
	});

	const actions = createActions(store, {
		nextTools: (resource, kind) => nextTools(catalog.tools, kernel, session.scope, resource, kind, session.failures),
		allTools: () =>
			tools.map((tool) => ({ tool, resolution: resolve(tool, kernel, session.scope, {}, session.failures) })),
		start: (tool) => session.start(tool, paramValues(tool, {})),
		targets(named) {
			const containers = listContainers(host);
			void withNames(host, containers).then((known) => named(targetChoices(host, known)));
			return targetChoices(host, containers);
		},
		lookAt(target) {
			session.lookAt(target);
			watch = new Watch(host, target);
			store.setState({ target, resources: resourcesOf(target), readings: [] });
		},
		keep: (run, name, text) => recorder?.keep(run, name, text),
		stopEverything: () => session.stopAndProve(),
		quit: () => finish('quit'),
	});
	actions.first();
	store.subscribe(({ marks }, { marks: before }) => {
		for (const [key, mark] of Object.entries(marks)) if (mark !== before[key]) recorder?.event('mark', mark);
	});
	if (catalog.bad.length > 0) store.setState({ message: badToolText(catalog.bad) });

	const sample = () => {
		watch.next();
		record?.(watch.readings);
		const known = store.getState().recording.failure;
		const failure = recorder?.failure ?? known;
		store.setState({ readings: watch.readings, recording: { folder: recorder?.folder, failure } });
		if (failure && !known) store.setState({ message: `Recording has stopped: ${printable(failure)}` });
	};
	const sampling = setInterval(sample, sampleMilliseconds);
	const drawing = setInterval(drawChanges(store), frameMilliseconds);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => finish(signal));
	// A terminal that is gone takes no more output; what runs must still be stopped.
	process.stdout.on('error', () => finish('terminal closed'));
	process.stdin.on('error', () => finish('terminal closed'));
	process.stdin.on('end', () => finish('terminal closed'));

	const screen = render(<App store={store} actions={actions} history={(reading) => watch.history(reading)} />, {
		alternateScreen: true,
		// Ink draws only the last frame where CI is set; a terminal is one all the same.
		interactive: true,
		exitOnCtrlC: false,
		patchConsole: false,
		incrementalRendering: true,
		maxFps: 60,
	});
	const why = await finished;
	clearInterval(sampling);
	clearInterval(drawing);
	screen.unmount();
	const running = session.running.length;
	if (running > 0 && why === 'quit')
		process.stderr.write(`Stopping ${running === 1 ? 'a tool' : `${running} tools`}…\n`);
	recorder?.event('console-ended', { why });
	process.on('SIGTERM', () => session.stopAll('console', true));
	await session.close(why === 'SIGTERM');
	if (recorder && why === 'quit') process.stdout.write(`Session: ${recorder.folder}\n`);
	process.exit(exitCodes.ok);
}

const resourcesOf = ({ kind }: Target) => checklists[kind].map(({ resource }) => resource);

/** A console that can't record still helps; it says so in its header. */
function openRecorder(sessions: string, identity: Identity, target: Target): Recorder | undefined {
	try {
		return new Recorder(sessions, { program: 'bpftools', host: { ...identity }, target: target.name });
	} catch (error) {
		process.stderr.write(`No session is recorded: ${(error as Error).message}\n`);
		return undefined;
	}
}

function aboutText({ hostname, kernel, namespaces }: Identity, network: NetworkWay) {
	// A container's other namespaces hide nothing that is shown here.
	const hidden = [
		...(namespaces.pid === 'own' ? ['processes'] : []),
		...(namespaces.net === 'own' && network.way === 'closed' ? ['network'] : []),
	];
	return {
		hostname: printable(hostname ?? 'unknown host'),
		kernel: `Linux ${printable(kernel ?? 'unknown')}`,
		hidden: hidden.length ? `NOT SEEN: the host's ${hidden.join(', ')}` : '',
	};
}

function badToolText(bad: { file: string; line: number; reason: string }[]): string {
	const [first] = bad;
	const more = bad.length > 1 ? ` (and ${bad.length - 1} more: bpftools list)` : '';
	return first ? printable(`${first.file}:${first.line}: ${first.reason}${more}`) : '';
}

/** A new frame only when a table changed since the last one, and once a second for the times in the titles. */
function drawChanges(store: Store): () => void {
	let seen = '';
	return () => {
		const { panes } = store.getState();
		const isOwing = panes.some((pane) => !pane.frozen && isBehind(pane));
		const now = panes
			.map(
				({ id, run, frozen }) =>
					`${id} ${frozen ? '' : run.table.version} ${run.state.state} ${Math.floor(run.seconds)} ${frozen ? run.table.total : ''}`,
			)
			.join();
		if (now === seen && !isOwing) return;
		seen = now;
		store.setState(({ frame }) => ({ frame: frame + 1 }));
	};
}
