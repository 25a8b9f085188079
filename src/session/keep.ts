/** How much is kept of what consoles record. */
export interface Keep {
	/** Of one session. Its runs have a quarter each, its readings a sixteenth before they become fewer. */
	sessionBytes: number;
	/** Of all sessions in one folder. */
	folderBytes: number;
	/** Since a session was last written. */
	days: number;
}

const gigabyte = 1024 ** 3;

/** Little enough for the disk that a server's system lies on, and enough for what is worth another look. */
export const usualKeep: Keep = { sessionBytes: gigabyte, folderBytes: 4 * gigabyte, days: 90 };
