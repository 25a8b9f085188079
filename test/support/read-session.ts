import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionFile } from '../../src/session/format.ts';
import type { RecordedRun, SessionEvent } from '../../src/session/read-session.ts';
import { readStory } from '../../src/session/story.ts';

export interface Session {
	session: SessionFile;
	events: SessionEvent[];
	runs: RecordedRun[];
	/** What was found damaged and left out. */
	warnings: string[];
}

/** A whole session in memory, each second's readings among its events: tests' own are small. */
export function readSession(folder: string): Session {
	const { session, runs, warnings } = readStory(folder);
	const lines = existing(join(folder, 'events.ndjson')).split('\n');
	return { session, events: lines.flatMap(eventIn), runs, warnings };
}

function existing(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

function eventIn(line: string): SessionEvent[] {
	try {
		return [JSON.parse(line)];
	} catch {
		return [];
	}
}
