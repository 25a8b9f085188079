/** Of the files in a session; one of a later format is refused. */
export const formatVersion = 1;

/** What stands in session.json. */
export interface SessionFile {
	format: number;
	program: string;
	/** The program's own. */
	version?: string;
	host: Record<string, unknown>;
	target: string;
	started: string;
	ended: string | null;
}
