import type { Host } from '../host/host.ts';
import { type Identity, identify } from '../host/identity.ts';
import { lostWithContainer } from '../host/own-layer.ts';
import type { Target } from '../host/target.ts';
import type { Keep } from './keep.ts';
import { Recorder } from './recorder.ts';
import { ownVersion } from './version.ts';

export interface Recording {
	recorder: Recorder;
	/** What would have to be added to keep the session, where it goes with its container. */
	lostWithout: string | undefined;
}

/** Begins a session in a folder of its own; fails where none can be made. */
export function startRecording(
	sessions: string,
	host: Host,
	target: Target,
	keep: Keep,
	identity: Identity = identify(host),
): Recording {
	const about = { program: 'bpftools', version: ownVersion, host: { ...identity }, target: target.name };
	return { recorder: new Recorder(sessions, about, keep), lostWithout: lostWithContainer(sessions, host) };
}
