import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../host/folder.ts';
import { digestOf } from './digest.ts';
import { htmlReport } from './html-report.ts';
import { markdownReport } from './markdown-report.ts';

/** Where a report lies that was written. */
export interface Report {
	markdown: string;
	html: string;
}

/** Reads a session once, and writes what it came to for a terminal or a ticket, and for a browser. */
export async function writeReport(sessionFolder: string, outFolder: string): Promise<Report> {
	const digest = await digestOf(sessionFolder);
	makeFolders(outFolder);
	const report = { markdown: join(outFolder, 'report.md'), html: join(outFolder, 'report.html') };
	writeWhole(report.markdown, markdownReport(digest));
	writeWhole(report.html, htmlReport(digest));
	return report;
}

/** The whole file or none of it. */
function writeWhole(path: string, pieces: Iterable<string>): void {
	const unfinished = `${path}.new`;
	rmSync(unfinished, { force: true });
	try {
		writePieces(unfinished, pieces);
		renameSync(unfinished, path);
	} catch (error) {
		rmSync(unfinished, { force: true });
		throw error;
	}
}

function writePieces(path: string, pieces: Iterable<string>): void {
	const file = openSync(path, 'wx');
	try {
		for (const piece of pieces) {
			const bytes = Buffer.from(piece);
			for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
		}
	} finally {
		closeSync(file);
	}
}
