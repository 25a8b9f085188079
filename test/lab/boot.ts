import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Guardian } from '../../src/runs/guardian.ts';
import { start } from '../support/program.ts';
import { labImage } from './image.ts';
import { Lab } from './lab.ts';

const checkout = join(import.meta.dirname, '../..');
const bootSeconds = 120;

export interface BootedLab extends AsyncDisposable {
	lab: Lab;
}

/** Boots a lab of one's own. It ends with this process, whatever ends that, and leaves nothing behind. */
export async function bootLab(folder = mkdtempSync(join(tmpdir(), 'bpftools-lab-'))): Promise<BootedLab> {
	const guardian = new Guardian('rm -rf -- "$1"', folder);
	const image = await labImage();
	const lab = new Lab(folder);
	mkdirSync(lab.share);
	const port = await freePort();
	const machine = spawn('setpriv', ['--pdeathsig', 'KILL', ...machineArgv(image, lab, port)], {
		stdio: ['ignore', 'pipe', 'pipe'],
		// What the guest writes goes into a file there, which has no name for most of its life.
		env: { ...process.env, TMPDIR: folder },
	});
	const ended = once(machine, 'close');
	const powerOff = async () => {
		machine.kill('SIGKILL');
		await ended;
		rmSync(folder, { recursive: true });
		guardian.dismiss();
	};
	try {
		await sshdOf(machine);
		await connect(lab, join(image, 'key'), port);
	} catch (error) {
		await powerOff();
		throw error;
	}
	return { lab, [Symbol.asyncDispose]: powerOff };
}

/**
 * Emulated, because /dev/kvm is rarely there for a machine that is virtual itself. With
 * more than one thread, patching of running code (kprobes, static keys) crashes the guest.
 */
function machineArgv(image: string, { share }: Lab, port: number): string[] {
	const kernel = ['-kernel', join(image, 'vmlinux'), '-initrd', join(image, 'initrd')];
	const words = 'console=ttyS0 quiet mitigations=off tsc=reliable panic=-1';
	return [
		'qemu-system-x86_64',
		...['-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '1', '-m', '4G'],
		...['-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
		...[...kernel, '-append', words],
		// What the guest writes is gone with the machine.
		...['-drive', `file=${join(image, 'root.img')},format=raw,if=virtio,snapshot=on,cache=unsafe`],
		...['-virtfs', `local,path=${checkout},mount_tag=checkout,security_model=none,multidevs=remap,readonly=on`],
		...['-virtfs', `local,path=${share},mount_tag=share,security_model=none`],
		...['-nic', `user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
	];
}

/** Until the guest's console tells that sshd listens. */
function sshdOf(machine: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		let console = '';
		const fail = () => reject(new Error(`The lab did not boot. The end of its console:\n${console.slice(-4000)}`));
		const late = setTimeout(fail, bootSeconds * 1000);
		const read = (text: string) => {
			console += text;
			if (console.includes('Server listening')) resolve();
		};
		machine.stdout?.setEncoding('utf8').on('data', read);
		machine.stderr?.setEncoding('utf8').on('data', read);
		machine.on('error', reject);
		machine.on('close', fail);
		machine.on('close', () => clearTimeout(late));
	});
}

/** One connection for all sessions. ssh goes to the background when it stands, and ends when the machine does. */
async function connect({ socket }: Lab, key: string, port: number): Promise<void> {
	const trust = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-i', key];
	const argv = ['ssh', '-F', 'none', '-fNMS', socket, ...trust, '-p', String(port), 'root@127.0.0.1'];
	const { code } = await start(argv, { stdio: 'ignore' }).ended;
	if (code !== 0) throw new Error('The lab has booted, but ssh could not connect to it.');
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	if (address === null || typeof address === 'string') throw new Error('No port is free.');
	return address.port;
}
