import type { ClientHttp2Session } from 'node:http2';
import type { Described } from './docker-api.ts';
import { fieldsOf, textOf } from './protobuf.ts';

const mostBytes = 32 * 1024 * 1024;
const mostNamespaces = 16;

/** What containerd runs in all its namespaces: kubelet's, docker's, nerdctl's. */
export async function listFromContainerd(socketPath: string, patience: number): Promise<Described[]> {
	const [{ connect }, { createConnection }] = await Promise.all([import('node:http2'), import('node:net')]);
	const signal = AbortSignal.timeout(patience);
	const session = connect('http://localhost', { createConnection: () => createConnection(socketPath) });
	// Whoever waits for an answer hears of it too.
	session.on('error', () => {});
	const end = () => session.destroy();
	signal.addEventListener('abort', end);
	try {
		const namespaces = namespacesIn(await call(session, 'namespaces.v1.Namespaces/List'));
		const lists = namespaces.slice(0, mostNamespaces).map(async (namespace) => {
			return containersIn(await call(session, 'containers.v1.Containers/List', namespace));
		});
		return (await Promise.all(lists)).flat();
	} finally {
		signal.removeEventListener('abort', end);
		end();
	}
}

/** A gRPC call whose request says nothing but which of containerd's namespaces it is about. */
function call(session: ClientHttp2Session, method: string, namespace?: string): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const stream = session.request({
			':method': 'POST',
			':path': `/containerd.services.${method}`,
			'content-type': 'application/grpc',
			te: 'trailers',
			...(namespace && { 'containerd-namespace': namespace }),
		});
		const chunks: Buffer[] = [];
		let size = 0;
		stream.on('data', (chunk: Buffer) => {
			size += chunk.length;
			if (size > mostBytes) stream.destroy(new Error('too long an answer'));
			chunks.push(chunk);
		});
		stream.on('error', reject);
		stream.on('close', () => reject(new Error('the connection was closed')));
		stream.on('end', () => resolve(messageIn(Buffer.concat(chunks))));
		stream.end(Buffer.alloc(prefixBytes));
	});
}

/** Before each message: whether it is compressed, and its length. */
const prefixBytes = 5;

function messageIn(answer: Buffer): Buffer {
	return answer.length >= prefixBytes && answer[0] === 0
		? answer.subarray(prefixBytes, prefixBytes + answer.readUInt32BE(1))
		: Buffer.alloc(0);
}

function namespacesIn(message: Buffer): string[] {
	return fieldsOf(message, 1).map((namespace) => textOf(namespace, 1) ?? '');
}

function containersIn(message: Buffer): Described[] {
	return fieldsOf(message, 1).map((container) => ({
		id: textOf(container, 1) ?? '',
		name: undefined,
		image: textOf(container, 3),
		labels: Object.fromEntries(fieldsOf(container, 2).map((label) => [textOf(label, 1) ?? '', textOf(label, 2) ?? ''])),
	}));
}
