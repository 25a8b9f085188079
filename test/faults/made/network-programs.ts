/** Scripts of Node that send and receive, badly. Each says when it is ready. */

export const udpThatNeverReads = `
	const socket = require('dgram').createSocket('udp4');
	socket.bind(5000, '127.0.0.1', () => { console.log('ready'); setImmediate(block) });`;

/** To HOST. */
export const udpFlood = `
	const socket = require('dgram').createSocket('udp4');
	const datagram = Buffer.alloc(1400);
	const flood = () => { for (let i = 0; i < 50; i++) socket.send(datagram, 5000, process.env.HOST, () => {}); setTimeout(flood, 5) };
	console.log('ready'); flood();`;

export const tcpThatNeverAccepts = `
	require('net').createServer().listen({ port: 5000, host: '127.0.0.1', backlog: 1 }, () => { console.log('ready'); setImmediate(block) });`;

/** New ones all the time, while the oldest are given up. */
export const tcpConnects = `
	const sockets = [];
	const connect = () => {
		for (const socket of sockets.splice(0, Math.max(0, sockets.length - 80))) socket.destroy();
		for (let i = 0; i < 20; i++) sockets.push(require('net').connect(5000, '127.0.0.1').on('error', () => {}));
	};
	setInterval(connect, 100);
	connect();
	console.log('ready');`;

/** One datagram each to as many ports as MANY says. */
export const udpToMany = `
	const dgram = require('dgram');
	let sent = 0, socket;
	const most = Number(process.env.MANY);
	const next = () => new Promise((done) => { socket = dgram.createSocket('udp4'); socket.bind(0, '127.0.0.1', done); });
	(async () => {
		while (sent < most) {
			await next();
			for (let port = 1; port <= 65000 && sent < most; port += 100) {
				for (let i = 0; i < 100; i++, sent++) socket.send('', port + i, '127.0.0.1');
				await new Promise(setImmediate);
			}
		}
		console.log('ready');
		block();
	})();`;

/** New ones all the time that its server ends at once. */
export const tcpLeavesEarly = `
	const net = require('net');
	net.createServer((socket) => socket.on('error', () => {}).end()).listen(5000, '127.0.0.1', () => {
		const connect = () => { for (let i = 0; i < 20; i++) net.connect(5000, '127.0.0.1').resume().on('error', () => {}); };
		setInterval(connect, 500);
		connect();
		console.log('ready');
	});`;

export const tcpThatNeverReads = `
	const keep = (socket) => setTimeout(() => socket.destroy(), 3000);
	require('net').createServer({ pauseOnConnect: true }, keep).listen(5000, '127.0.0.1', () => console.log('ready'))`;

/** Byte by byte, in segments that take more room than they are worth, for half a second; then over new connections. */
export const tcpDribbles = `
	const connect = () => {
		for (let i = 0; i < 20; i++) {
			const socket = require('net').connect({ port: 5000, host: '127.0.0.1', noDelay: true });
			let times = 0;
			const send = () => {
				for (let i = 0; i < 100; i++) socket.write('x');
				if (times++ < 100 && !socket.destroyed) setTimeout(send, 5);
				else socket.destroy();
			};
			socket.on('connect', send).on('error', () => {});
		}
	};
	setInterval(connect, 500);
	connect();
	console.log('ready');`;

export const tcpSink = `
	require('net').createServer((socket) => socket.resume().on('error', () => {})).listen(5000, () => console.log('ready'))`;

/**
 * Some megabytes a second: as fast as it can, a busy machine itself would lose segments. Over many connections, since
 * one whose segment is lost again and again soon sends none for seconds.
 */
export const tcpSource = `
	const chunk = Buffer.alloc(16384);
	const sockets = Array.from({ length: 20 }, () => require('net').connect(5000, '10.77.0.2').on('error', () => {}));
	const send = () => { for (const socket of sockets) socket.writableNeedDrain || socket.write(chunk); };
	const connected = sockets.map((socket) => new Promise((done) => socket.once('connect', done)));
	Promise.all(connected).then(() => { console.log('ready'); setInterval(send, 20); });`;

/** Connections that are dropped without a word, and begun anew with the same ports, again and again. */
export const tcpComesBack = `
	const net = require('net');
	const { execFileSync } = require('child_process');
	const closed = (how) => execFileSync('iptables', [how, 'OUTPUT', '-p', 'tcp', '-j', 'DROP']);
	const pause = (ms) => new Promise((done) => setTimeout(done, ms));
	const open = (port) => new Promise((done) => {
		const socket = net.connect({ port: 5000, host: '10.77.0.2', localAddress: '10.77.0.1', localPort: port }, () => done(socket));
		socket.on('error', () => done());
	});
	(async () => {
		for (let first = 20000; ; first += 60) {
			const ports = Array.from({ length: 60 }, (_, i) => first + i);
			const sockets = await Promise.all(ports.map(open));
			closed('-A');
			for (const socket of sockets) socket?.resetAndDestroy();
			await pause(50);
			closed('-D');
			ports.forEach(open);
			if (first === 20000) console.log('ready');
			await pause(400);
		}
	})();`;
