import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Host, readNumber } from './host.ts';
import { readProcess } from './processes.ts';

export type OvsDaemon = 'ovs-vswitchd' | 'ovsdb-server';

/** Where its daemons leave their pids and listen. Not /var/run: that is a link, which would lead out of the host's root. */
function runFolder(host: Host): string {
	return join(host.proc, String(host.pid), 'root/run/openvswitch');
}

/** Another process' root takes rights that not everybody has. */
export function seesDaemons(host: Host): boolean {
	return existsSync(join(host.proc, String(host.pid), 'root/run'));
}

/** The pid that it wrote down, which one that was killed leaves behind. */
export function writtenPid(host: Host, daemon: OvsDaemon): number | undefined {
	return readNumber(join(runFolder(host), `${daemon}.pid`));
}

/** Whether the process of this pid is that daemon, and whether a signal or a debugger keeps it from running. */
export function stateOf(host: Host, daemon: OvsDaemon, pid: number): 'runs' | 'stopped' | 'gone' {
	const process = readProcess(host, pid);
	if (process?.name !== daemon || process.state === 'Z') return 'gone';
	return /^t$/i.test(process.state) ? 'stopped' : 'runs';
}

const mostBytes = 32 * 1024 * 1024;

/** Asks as ovs-appctl does: one JSON object there, one back. */
export async function askDaemon(
	host: Host,
	daemon: OvsDaemon,
	pid: number,
	[method, ...params]: readonly [string, ...string[]],
	patience: number,
): Promise<string> {
	const text = await new Promise<string>((resolve, reject) => {
		const socket = connect(join(runFolder(host), `${daemon}.${pid}.ctl`));
		const late = setTimeout(() => socket.destroy(new Error(`no answer within ${patience / 1000} s`)), patience);
		let answer = '';
		socket.setEncoding('utf8');
		socket.on('connect', () => socket.write(JSON.stringify({ id: 0, method, params })));
		socket.on('data', (part: string) => {
			answer += part;
			if (answer.length > mostBytes) socket.destroy(new Error('too long an answer'));
			// The connection stays open for more questions; the object's end is the answer's.
			if (answer.endsWith('}') && isWhole(answer)) socket.destroy();
		});
		socket.on('error', (error: NodeJS.ErrnoException) => {
			const isGone = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
			reject(isGone ? new Error('nobody listens on its control socket') : error);
		});
		socket.on('end', () => socket.destroy(new Error('it hung up')));
		socket.on('close', () => {
			clearTimeout(late);
			resolve(answer);
		});
	});
	const { result, error } = JSON.parse(text) as { result?: unknown; error?: unknown };
	if (typeof result !== 'string') throw new Error(`it refuses ${method}: ${error}`);
	return result;
}

function isWhole(json: string): boolean {
	try {
		JSON.parse(json);
		return true;
	} catch {
		return false;
	}
}
