import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from '../support/program.ts';
import { build, type Image } from './image.ts';

const root = join(import.meta.dirname, '../..');
const clientsImage = 'bpftools-test-kubernetes';
/** The smallest that can be narrowed to a container on every kernel. */
export const toolsImage: Image = 'bpftools:slim';
const applicationImage = 'debian:trixie-slim';

const dockerfile = `FROM ${applicationImage}
RUN apt-get update -qq \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends kubectl podman crun catatonit netavark \\
 && apt-get clean
`;

/**
 * Debian's kubectl and podman, in a container of their own that sees this host:
 * podman's pods are the host's processes, and its folders (/sys, /lib/modules,
 * /var/lib) are those that a node's would be.
 */
export class KubernetesClients implements AsyncDisposable {
	private readonly container: string;

	private constructor(container: string) {
		this.container = container;
	}

	static async start(): Promise<KubernetesClients> {
		await build(toolsImage);
		execFileSync('docker', ['build', '--quiet', '--network=host', '--tag', clientsImage, '-'], { input: dockerfile });
		const flags = ['--privileged', '--pid=host', '--network=host', '--env', 'PODMAN_IGNORE_CGROUPSV1_WARNING=1'];
		const folders = ['--volume', '/var/lib/containers', '--volume', `${root}/images/kubernetes:/manifests:ro`];
		const started = ['run', '--detach', '--rm', ...flags, ...folders, clientsImage, 'sleep', 'infinity'];
		const clients = new KubernetesClients(execFileSync('docker', started, { encoding: 'utf8' }).trim());
		await clients.load(toolsImage, applicationImage);
		// Folders that every node has.
		await clients.run('mkdir', '-p', '/lib/modules', '/usr/src');
		return clients;
	}

	/** What it prints; fails with what it complains about. */
	async run(...argv: string[]): Promise<string> {
		const { code, stdout, stderr } = await this.result(argv);
		if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`);
		return stdout;
	}

	async result(argv: string[], input = ''): Promise<Result> {
		const child = spawn('docker', ['exec', '--interactive', this.container, ...argv]);
		const output = { stdout: '', stderr: '' };
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			output.stdout += text;
		});
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			output.stderr += text;
		});
		child.stdin.end(input);
		const [code, signal] = await once(child, 'close');
		return { code, signal, ...output };
	}

	/** The words that start a program in the container on this terminal. */
	onTerminal(...argv: string[]): string[] {
		return ['docker', 'exec', '--interactive', '--tty', this.container, ...argv];
	}

	/** Starts what a manifest describes, and takes it away afterwards. */
	async play(manifest: string, ...flags: string[]): Promise<AsyncDisposable> {
		const { code, stderr } = await this.result(['podman', 'kube', 'play', ...flags, '-'], manifest);
		if (code !== 0) throw new Error(stderr);
		return {
			[Symbol.asyncDispose]: async () => void (await this.run('podman', 'pod', 'rm', '--all', '--force', '-t', '0')),
		};
	}

	private async load(...images: string[]): Promise<void> {
		const saved = spawn('docker', ['save', ...images], { stdio: ['ignore', 'pipe', 'inherit'] });
		const loaded = spawn('docker', ['exec', '--interactive', this.container, 'podman', 'load', '--quiet'], {
			stdio: [saved.stdout, 'ignore', 'inherit'],
		});
		const [code] = await once(loaded, 'close');
		if (code !== 0) throw new Error(`podman load ended with ${code}`);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		// Pods are processes of the host, and outlive a podman that is killed.
		await this.result(['podman', 'pod', 'rm', '--all', '--force', '-t', '0']);
		await promisify(execFile)('docker', ['rm', '--force', '--volumes', this.container]);
	}
}
