import { paramValues } from '../catalog/argv.ts';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import { nextTools } from '../catalog/next-tools.ts';
import { functionsAskedFor, resolve } from '../catalog/resolve.ts';
import type { Tool } from '../catalog/tool.ts';
import { checklists } from '../checks/checklist.ts';
import { Watch } from '../checks/watch.ts';
import { exitCodes } from '../commands/arguments.ts';
import { choicesFor } from '../commands/choices.ts';
import { targetChoices } from '../commands/target.ts';
import { withNames } from '../host/container-names.ts';
import { listContainers } from '../host/containers.ts';
import type { Host } from '../host/host.ts';
import { type Identity, identify } from '../host/identity.ts';
import { kernelFeatures } from '../host/kernel-features.ts';
import { printable } from '../host/printable.ts';
import { readProcess } from '../host/processes.ts';
import type { NetworkWay, Target } from '../host/target.ts';
import type { Keep } from '../session/keep.ts';
import { type Given, LastValues } from '../session/last-values.ts';
import { LiveSession } from '../session/live-session.ts';
import { recordReadings } from '../session/record-readings.ts';
import type { Recorder } from '../session/recorder.ts';
import { type Recording, startRecording } from '../session/start-recording.ts';
import { createActions } from './actions.ts';
import { copy } from './form/clipboard.ts';
import type { FormControls } from './form/form-actions.ts';
import { Lender } from './Lender.tsx';
import { Mouse } from './mouse/mouse.ts';
import { knowsMouse } from './mouse/mouse-reports.ts';
import { wishesOf } from './pane/wishes.ts';
import { openScreen, whenTerminalCloses } from './screen.tsx';
import { createState, type State, type Store } from './state.ts';
import { TerminalLoan } from './terminal-loan.ts';

const sampleMilliseconds = 1000;

export interface Wishes {
	/** The folder for sessions, and how much is kept there; undefined where nothing is to be recorded. */
	sessions: { folder: string; keep: Keep } | undefined;
	/** Clicks and the wheel, where the terminal tells of them. */
	mouse: boolean;
}

/** Opens the console and stays until the user, or a signal, ends it. */
export async function openConsole(host: Host, target: Target, { sessions, mouse: wanted }: Wishes): Promise<number> {
	let watch = new Watch(host, target);
	const kernel = kernelFeatures(host);
	const identity = identify(host);
	const catalog = await installedCatalog();
	kernel.functions(functionsAskedFor(catalog.tools));
	const { recorder, lostWithout } = openRecorder(sessions, host, target, identity);
	const session = new LiveSession(host, kernel, target, recorder);
	const recordingOf = (): State['recording'] => ({
		folder: recorder?.folder,
		failure: sessions && !recorder ? 'no folder' : recorder?.failure,
		isOff: recorder?.isOff ?? false,
		isLost: lostWithout !== undefined,
	});
	const store = createState({
		about: aboutText(identity, session.scope.network),
		target,
		resources: resourcesOf(target),
		recording: recordingOf(),
	});
	const tools = catalog.tools.toSorted((a, b) => a.name.localeCompare(b.name));
	let record = recorder && recordReadings(recorder);
	let finish: (why: string) => void = () => {};
	const finished = new Promise<string>((settle) => {
		finish = settle;
	});

	const given = new LastValues();
	const mouse = new Mouse(wanted && knowsMouse(process.env.TERM));
	const loan = new TerminalLoan((lent) => (lent ? mouse.off() : mouse.on()));
	const forms: FormControls = {
		commandLine: (tool, { values, limit }, scope) => session.commandLine(tool, values, limit, scope),
		lastGiven: (tool) => withoutEnded(host, tool, given.of(tool)),
		remember: (tool, values) => given.remember(tool, values, recorder?.isRecording ?? false),
		choices: (type, scope = session.scope, more) => choicesFor(host, scope, type, more),
		copy,
	};
	const actions = createActions(store, {
		forms,
		lendTerminal: async (tool, { values } = { values: paramValues(tool, {}), limit: undefined }, scope) =>
			loan.lend(tool.name, session.prepareOnTerminal(tool, values, scope)),
		lendTerminalToKept: async (run) => {
			const { tool, provider } = run.request;
			return loan.lend(provider.kept?.shownBy.slice(0, 2).join(' ') ?? tool.name, session.prepareKept(run));
		},
		nextTools: (resource, kind) => nextTools(catalog.tools, kernel, session.scope, resource, kind, session.failures),
		allTools: () =>
			tools.map((tool) => ({ tool, resolution: resolve(tool, kernel, session.scope, {}, session.failures) })),
		start: (tool, filled, scope) =>
			session.start(tool, filled?.values ?? paramValues(tool, {}), filled?.limit, undefined, scope),
		targets(named) {
			const containers = listContainers(host);
			void withNames(host, containers).then((known) => named(targetChoices(host, known)));
			return targetChoices(host, containers);
		},
		lookAt(target) {
			session.lookAt(target);
			watch = new Watch(host, target);
			// The sentences of another target are its own, also where its verdicts are the same.
			record = recorder && recordReadings(recorder);
			store.setState({ target, resources: resourcesOf(target), readings: [] });
		},
		keep: (run, name, text) => recorder?.keepFile(run, name, text),
		keepScreen: () => recorder?.keepScreen(screen.text()),
		turnRecording() {
			if (!recorder || recorder.failure) return 'Nothing is recorded that could be turned off.';
			recorder.turn(recorder.isOff);
			store.setState({ recording: recordingOf() });
			return recorder.isOff ? 'Recording is off; what was recorded stays.' : 'Recording is on again.';
		},
		stopEverything: () => session.stopAndProve(),
		quit: () => finish('quit'),
	});
	actions.first();
	store.subscribe(({ marks }, { marks: before }) => {
		for (const [key, mark] of Object.entries(marks)) if (mark !== before[key]) recorder?.event('mark', mark);
	});
	const lostText = lostWithout && `Lost with this container without ${printable(lostWithout)}`;
	const troubles = [lostText, badToolText(catalog.bad), printable(given.problem ?? '')].filter(Boolean);
	if (troubles.length > 0) store.setState({ message: troubles.join('  ') });

	const recordWishes = recorder ? wishesRecorder(store, recorder) : () => {};
	const sample = () => {
		watch.next();
		record?.(watch.readings);
		const known = store.getState().recording.failure;
		const recording = recordingOf();
		recordWishes();
		store.setState({ readings: watch.readings, recording });
		const notices = recorder?.takeNotices() ?? [];
		if (recording.failure && !known) notices.push(`Recording has stopped: ${recording.failure}`);
		if (notices.length > 0) store.setState({ message: printable(notices.join('  ')) });
	};
	const sampling = setInterval(sample, sampleMilliseconds);
	// Once the screen is there: it may take its time.
	const tidying = setTimeout(() => recorder?.tidy(), sampleMilliseconds);
	for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => finish(signal));
	// Ctrl-C in a tool that has the terminal reaches this process, too.
	process.on('SIGINT', () => loan.lent || finish('SIGINT'));
	whenTerminalCloses(() => finish('terminal closed'));

	mouse.on();
	const screen = openScreen({
		store,
		actions,
		forms,
		history: (reading) => watch.history(reading),
		beside: <Lender loan={loan} />,
	});
	const why = await finished;
	clearInterval(sampling);
	clearTimeout(tidying);
	await loan.end();
	mouse.off();
	screen.close();
	const running = session.running.length;
	if (running > 0 && why === 'quit')
		process.stderr.write(`Stopping ${running === 1 ? 'a tool' : `${running} tools`}…\n`);
	recorder?.event('console-ended', { why });
	process.on('SIGTERM', () => session.stopAll('console', true));
	await session.close(why === 'SIGTERM');
	if (recorder && why === 'quit') process.stdout.write(`Session: ${recorder.folder}\n`);
	if (lostText && why === 'quit') process.stderr.write(`${lostText}\n`);
	process.exit(exitCodes.ok);
}

const resourcesOf = ({ kind }: Target) => checklists[kind].map(({ resource }) => resource);

/** A process that has ended is nobody to look at. */
function withoutEnded(host: Host, tool: Tool, given: Given): Given {
	return Object.fromEntries(
		Object.entries(given).filter(
			([name, value]) => tool.params[name]?.type !== 'pid' || readProcess(host, Number(value)) !== undefined,
		),
	);
}

/** A console that can't record still helps; it says so in its header. */
function openRecorder(
	sessions: Wishes['sessions'],
	host: Host,
	target: Target,
	identity: Identity,
): Partial<Recording> {
	if (!sessions) return {};
	try {
		return startRecording(sessions.folder, host, target, sessions.keep, identity);
	} catch (error) {
		process.stderr.write(`No session is recorded: ${(error as Error).message}\n`);
		return {};
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

/** How panes are looked at, whenever that has changed. */
function wishesRecorder(store: Store, recorder: Recorder): () => void {
	let last = JSON.stringify(wishesOf(store.getState(), (run) => recorder.nameOf(run)));
	return () => {
		const wishes = wishesOf(store.getState(), (run) => recorder.nameOf(run));
		const now = JSON.stringify(wishes);
		if (now === last) return;
		last = now;
		recorder.event('layout', wishes);
	};
}
