import { mkdirSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createRaw, type Server as RawServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alteredTree } from '../../test/fixtures/proc-trees/altered.ts';
import { withNames } from './container-names.ts';
import type { Container } from './containers.ts';
import type { Host } from './host.ts';

const container = (id: string, runtime = 'docker'): Container => ({ id, runtime, pid: 50, processes: 1 });
const docker = 'run/docker.sock';
const containerd = 'run/containerd/containerd.sock';

/** A server on a socket of a saved tree, gone after the test. */
async function listen(host: Host, path: string, server: Server | Http2Server | RawServer): Promise<void> {
	const socket = join(host.proc, '..', path);
	mkdirSync(dirname(socket), { recursive: true });
	onTestFinished(() => {
		server.close();
	});
	await new Promise<void>((resolve) => server.listen(socket, resolve));
}

const answering = (answer: unknown) =>
	createHttp((_, response) => response.end(typeof answer === 'string' ? answer : JSON.stringify(answer)));

test('docker tells names, images and pods', async () => {
	const host = alteredTree();
	const labels = {
		'io.kubernetes.container.name': 'app',
		'io.kubernetes.pod.name': 'web-1',
		'io.kubernetes.pod.namespace': 'shop',
	};
	await listen(
		host,
		docker,
		answering([
			{ Id: 'a', Names: ['/web'], Image: 'nginx:1.27', Labels: null },
			{ Id: 'b', Names: ['/k8s_app_web-1_shop_x_0'], Image: 'app:3', Labels: labels },
			{ Id: 'other', Names: ['/other'], Image: 'x' },
		]),
	);
	expect(await withNames(host, [container('a'), container('b', 'kubernetes'), container('c')])).toEqual([
		{ ...container('a'), name: 'web', image: 'nginx:1.27' },
		{ ...container('b'), name: 'app', image: 'app:3', pod: 'shop/web-1' },
		container('c'),
	]);
});

test('a hostile name moves no cursor, and fills no screen', async () => {
	const host = alteredTree();
	await listen(host, docker, answering([{ Id: 'a', Names: [`/\x1b[2J${'x'.repeat(1e6)}`], Image: 'a\nb' }]));
	const [named] = await withNames(host, [container('a')]);
	expect(named?.name).toMatch(/^·\[2Jx{196}$/);
	expect(named?.image).toBe('a·b');
});

test('a user who claims what the system knows is not believed', async () => {
	const host = alteredTree();
	await listen(host, docker, answering([{ Id: 'a', Names: ['/web'] }]));
	await listen(
		host,
		'run/user/1000/podman/podman.sock',
		answering([
			{ Id: 'a', Names: ['evil'] },
			{ Id: 'b', Names: ['mine'] },
		]),
	);
	expect(await withNames(host, [container('a'), container('b')])).toMatchObject([{ name: 'web' }, { name: 'mine' }]);
});

test.each<[string, () => Server | RawServer]>([
	['never answers', () => createHttp(() => {})],
	['takes no request', () => createRaw(() => {})],
	['hangs up', () => createRaw((socket) => socket.destroy())],
	['speaks no JSON', () => answering('<html>')],
	['answers something else', () => answering({ message: 'page not found' })],
	['answers with nonsense', () => answering([null, 3, { Id: 4 }, { Id: 'a', Names: 'web', Image: 7, Labels: 'x' }])],
	[
		'never stops',
		() =>
			createHttp((_, response) => {
				const more = () => {
					while (response.write('x'.repeat(1 << 20)));
				};
				response.on('drain', more).on('error', () => {});
				more();
			}),
	],
])('a docker that %s is done without', async (_, server) => {
	const host = alteredTree();
	await listen(host, docker, server());
	expect(await withNames(host, [container('a')])).toEqual([container('a')]);
});

test('a socket that nobody listens on, and a file that is none, are done without', async () => {
	const host = alteredTree({ [docker]: '', [containerd]: '' });
	expect(await withNames(host, [container('a')])).toEqual([container('a')]);
});

/** A field of a protobuf message that holds text, bytes or a message. */
function field(number: number, content: string | Buffer): Buffer {
	const bytes = Buffer.from(content);
	const size = bytes.length < 128 ? [bytes.length] : [(bytes.length % 128) | 128, Math.floor(bytes.length / 128)];
	return Buffer.concat([Buffer.from([number * 8 + 2, ...size]), bytes]);
}

const label = (key: string, value: string) => field(2, Buffer.concat([field(1, key), field(2, value)]));

function grpc(answers: (path: string, namespace: string | undefined) => Buffer): Http2Server {
	const server = createHttp2();
	server.on('stream', (stream: ServerHttp2Stream, headers) => {
		const message = answers(String(headers[':path']), headers['containerd-namespace'] as string | undefined);
		const prefix = Buffer.alloc(5);
		prefix.writeUInt32BE(message.length, 1);
		stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
		stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
		stream.end(Buffer.concat([prefix, message]));
	});
	return server;
}

test('containerd tells the containers of all its namespaces', async () => {
	const host = alteredTree();
	const app = [
		label('io.kubernetes.container.name', 'app'),
		label('io.kubernetes.pod.name', 'web-1'),
		label('io.kubernetes.pod.namespace', 'shop'),
	];
	const pause = [label('io.cri-containerd.kind', 'sandbox'), label('io.kubernetes.pod.name', 'web-1')];
	const containers: Record<string, Buffer> = {
		// A fixed number and a varint in between, which nobody asked for.
		'k8s.io': Buffer.concat([
			field(
				1,
				Buffer.concat([
					field(1, 'a'),
					Buffer.from([0x40, 0x96, 0x01, 0x49, 1, 2, 3, 4, 5, 6, 7, 8]),
					...app,
					field(3, 'app:3'),
				]),
			),
			field(1, Buffer.concat([field(1, 'b'), ...pause])),
		]),
		default: field(1, Buffer.concat([field(1, 'c'), label('nerdctl/name', 'web'), field(5, 'x'.repeat(9000))])),
	};
	const namespaces = Buffer.concat(Object.keys(containers).map((name) => field(1, field(1, name))));
	await listen(
		host,
		containerd,
		grpc((path, namespace) =>
			path.endsWith('Namespaces/List') ? namespaces : (containers[namespace ?? ''] ?? Buffer.alloc(0)),
		),
	);
	expect(await withNames(host, [container('a', 'kubernetes'), container('b'), container('c')])).toEqual([
		{ ...container('a', 'containerd'), name: 'app', image: 'app:3', pod: 'shop/web-1' },
		{ ...container('b'), name: 'POD', pod: 'web-1' },
		{ ...container('c'), name: 'web' },
	]);
});

test.each<[string, () => Http2Server | RawServer]>([
	[
		'answers with nonsense',
		() => grpc(() => Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
	],
	['never answers', () => createHttp2()],
	['speaks no HTTP/2', () => createRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))],
	['hangs up', () => createRaw((socket) => socket.destroy())],
])('a containerd that %s is done without', async (_, server) => {
	const host = alteredTree();
	await listen(host, containerd, server());
	expect(await withNames(host, [container('a')])).toEqual([container('a')]);
});
