import type { Host } from './host.ts';
import type { ProcessTable } from './process-table.ts';
import { scaled } from './processes.ts';
import { SocketOwners } from './socket-owners.ts';
import { inHandshake, listening, readSockets, type Socket } from './sockets.ts';

/** What sockets are compared by. */
export type SocketRanking = 'accepting' | 'datagrams' | 'unread' | 'unsent';

interface Use {
	socket: Socket;
	amount: number;
	/** After the name of who has it open. */
	does: string;
}

const rankings: readonly SocketRanking[] = ['accepting', 'datagrams', 'unread', 'unsent'];
const mostNamed = 5;

/** Who is behind a verdict on the network: the kernel counts no traffic by process, but what waits in each socket. */
export class SocketCulprits {
	private ranked = new Map<SocketRanking, Use[]>();
	private drops = new Map<string, number>();
	private at = 0;
	private readonly owners: SocketOwners;
	private readonly host: Host;
	private readonly pid: () => number;

	/** Of the network namespace of a process; only those processes are named that the table has. */
	constructor(host: Host, table: ProcessTable, pid: () => number) {
		this.host = host;
		this.pid = pid;
		this.owners = new SocketOwners(host, table);
	}

	look(): void {
		const sockets = readSockets(this.host, this.pid());
		const now = performance.now();
		const lost = this.lostSince(sockets, (now - this.at) / 1000);
		this.at = now;
		this.ranked = new Map(
			rankings.map((ranking) => [
				ranking,
				uses[ranking](sockets, lost)
					.sort((a, b) => b.amount - a.amount)
					.slice(0, mostNamed),
			]),
		);
		this.owners.look([...this.ranked.values()].flat().map(({ socket }) => socket.inode));
	}

	/** "nginx (pid 812) lets 129 connections to port 80 wait" */
	top(ranking: SocketRanking, count: number): string[] {
		const named = (this.ranked.get(ranking) ?? []).flatMap(({ socket, does }) => {
			const owner = this.owners.of(socket.inode);
			return owner ? [`${owner.now.counters.name} (pid ${owner.pid}) ${does}`] : [];
		});
		return named.slice(0, count);
	}

	/** Datagrams a second, of those sockets that were there before. */
	private lostSince(sockets: readonly Socket[], seconds: number): (socket: Socket) => number {
		const before = this.drops;
		this.drops = new Map(sockets.map(({ inode, drops }) => [inode, drops]));
		return ({ inode, drops }) => Math.max(0, drops - (before.get(inode) ?? drops)) / seconds;
	}
}

const uses: Record<SocketRanking, (sockets: readonly Socket[], lost: (socket: Socket) => number) => Use[]> = {
	accepting(sockets) {
		const handshakes = new Map<number, number>();
		for (const { state, port } of sockets)
			if (state === inHandshake) handshakes.set(port, (handshakes.get(port) ?? 0) + 1);
		return sockets.flatMap((socket) => {
			if (socket.protocol !== 'TCP' || socket.state !== listening) return [];
			const half = handshakes.get(socket.port) ?? 0;
			const waiting = socket.unread > 0 ? [`${socket.unread} to be accepted`] : [];
			const shaking = half > 0 ? [`${half} for the end of their handshake`] : [];
			const does = `listens on port ${socket.port}, where connections wait: ${[...waiting, ...shaking].join(', ')}`;
			return used(socket, socket.unread + half, does);
		});
	},
	datagrams(sockets, lost) {
		return sockets.flatMap((socket) => {
			if (socket.protocol !== 'UDP') return [];
			const rate = lost(socket);
			const loses = rate > 0 ? `loses ${Math.ceil(rate)} datagrams a second on` : 'does not read';
			const does = `${loses} UDP port ${socket.port}, where ${scaled(socket.unread, 'B')} wait`;
			return used(socket, rate * 1e9 + socket.unread, does);
		});
	},
	unread(sockets) {
		return sockets.flatMap((socket) => {
			if (socket.state === listening) return [];
			const from = socket.peer ? ` from ${socket.peer}` : '';
			const where = `${socket.protocol} port ${socket.port}`;
			return used(socket, socket.unread, `has not read ${scaled(socket.unread, 'B')}${from} on ${where}`);
		});
	},
	unsent(sockets) {
		return sockets.flatMap((socket) => {
			if (socket.state === listening) return [];
			const to = socket.peer ? ` to ${socket.peer}` : '';
			const again = socket.timeouts > 0 ? `, sent again ${socket.timeouts} times without an answer` : '';
			const what = `${scaled(socket.unsentBytes, 'B')} by ${socket.protocol}`;
			return used(socket, socket.unsentBytes, `has ${what} on the way${to}${again}`);
		});
	},
};

/** Nobody has a socket open whose number is 0: a connection that was given up, or has yet to be accepted. */
function used(socket: Socket, amount: number, does: string): Use[] {
	return amount > 0 && socket.inode !== '0' ? [{ socket, amount, does }] : [];
}
