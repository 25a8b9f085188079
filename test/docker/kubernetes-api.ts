import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sent {
	method: string;
	path: string;
	body: Buffer;
}

/**
 * A stand-in for an API server, since Debian packages none: it knows one pod
 * and one node, keeps what a client sends it, and runs nothing.
 */
export class StandInApi implements AsyncDisposable {
	readonly sent: Sent[] = [];
	private readonly server: Server;

	private constructor() {
		this.server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const { method = '', headers } = request;
				const path = new URL(request.url ?? '', 'http://stand-in').pathname;
				const body = Buffer.concat(chunks);
				if (method !== 'GET') this.sent.push({ method, path, body });
				// A client is content with what it sent itself.
				const echo = method === 'POST';
				const answer = echo ? body : JSON.stringify(known[path] ?? notFound);
				const type = echo ? headers['content-type'] : 'application/json';
				response.writeHead(echo || known[path] ? 200 : 404, { 'content-type': type ?? '' }).end(answer);
			});
		});
	}

	static async start(): Promise<StandInApi> {
		const api = new StandInApi();
		await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
		return api;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

const pod = {
	apiVersion: 'v1',
	kind: 'Pod',
	metadata: { name: 'web', namespace: 'default', uid: 'web', resourceVersion: '1' },
	spec: { nodeName: 'worker-1', containers: [{ name: 'app', image: 'app' }] },
	status: { phase: 'Running' },
};

const known: Record<string, unknown> = {
	'/api': { kind: 'APIVersions', versions: ['v1'] },
	'/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
	'/api/v1': {
		kind: 'APIResourceList',
		groupVersion: 'v1',
		resources: [
			{ name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['create', 'get', 'patch'] },
			{ name: 'pods/ephemeralcontainers', singularName: '', namespaced: true, kind: 'Pod', verbs: ['patch'] },
			{ name: 'nodes', singularName: 'node', namespaced: false, kind: 'Node', verbs: ['get'] },
		],
	},
	'/api/v1/namespaces/default/pods/web': pod,
	'/api/v1/namespaces/default/pods/web/ephemeralcontainers': pod,
	'/api/v1/nodes/worker-1': { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker-1' } },
};

const notFound = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
