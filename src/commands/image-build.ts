import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { UsageError } from '../catalog/argv.ts';
import { readText } from '../host/host.ts';
import { printable } from '../host/printable.ts';
import { type Command, exitCodes, noWords, readArguments, readChoice } from './arguments.ts';
import { findEngine, handTerminalTo } from './image-engine.ts';
import { copyHeaders, findHeaders, type KernelHeaders, releasesWithHeaders } from './image-headers.ts';
import { thisHost } from './this-host.ts';

/** Those with a compiler in them; the tools of the others can't use headers. */
const targets = ['bpftools', 'slim'] as const;

export const imageBuildCommand: Command = {
	summary: 'an image with the headers of one kernel, for hosts without BTF',
	usage: `bpftools image build [--kernel RELEASE] [--headers DIR] [--target ${targets.join('|')}] [--base IMAGE]
                            [--proxy URL] [--tag NAME] [--engine NAME] [--print | --tar]`,
	help: `Builds images/Dockerfile with the headers and the config of one kernel put in, where
BCC and bpftrace look for them. docs/kernels.md tells when that is needed.

  --kernel RELEASE  as "uname -r" says it on the host it is for; of this host unless given
  --headers DIR     where its packages were unpacked, unless they are installed here
  --target NAME     bpftools (everything), or slim (without BCC); bpftools unless given
  --base IMAGE      what to start from in place of debian:trixie-slim; where there is no
                    images/Dockerfile, as in the image itself, in place of bpftools
  --proxy URL       for downloads while it builds; it does not stay in the image
  --tag NAME        bpftools:RELEASE unless given
  --engine NAME     docker, podman or nerdctl; the first that is installed unless given
  --print           prints the Dockerfile and builds nothing
  --tar             writes the whole build context to stdout, for "docker build --tag NAME -"

Exit code: the engine's.`,
	async run(args) {
		const { values, positionals } = readArguments(args, options);
		noWords(positionals);
		const target = readChoice(values.target, '--target', targets);
		const proxy = values.proxy === undefined ? undefined : readProxy(values.proxy);
		const headers = headersOf(readRelease(values.kernel), values.headers);
		const dockerfile = dockerfileFor(headers.release, target, values.base);
		if (values.print) {
			process.stdout.write(dockerfile);
			return exitCodes.ok;
		}
		if (values.tar && process.stdout.isTTY) {
			throw new UsageError('--tar writes an archive; pipe it into "docker build --tag NAME -".');
		}
		const engine = values.tar ? undefined : findEngine(values.engine);
		const tag = values.tag ?? `bpftools:${headers.release.replaceAll(/[^\w.-]/g, '-')}`;
		return withFolder(async (context, interruption) => {
			fill(context, dockerfile, headers);
			const signal = await interruption();
			if (signal) return 128 + constants.signals[signal];
			if (!engine) return handTerminalTo('tar', ['--create', '--directory', context, '.']);
			return handTerminalTo(engine.program, ['build', '--tag', tag, ...proxyArguments(proxy), context]);
		});
	},
};

const options = {
	kernel: { type: 'string' },
	headers: { type: 'string' },
	target: { type: 'string' },
	base: { type: 'string' },
	proxy: { type: 'string' },
	tag: { type: 'string' },
	engine: { type: 'string' },
	print: { type: 'boolean' },
	tar: { type: 'boolean' },
} as const;

function readRelease(text: string | undefined): string {
	const release = text ?? readText(join(thisHost().proc, 'sys/kernel/osrelease'))?.trim() ?? '';
	// It becomes part of paths.
	if (/^\d+\.\d[\w.+~-]*$/.test(release)) return release;
	throw new UsageError(
		`--kernel is a release as "uname -r" says it, for example 4.18.0-193.el8.x86_64, not "${printable(release)}".`,
	);
}

function readProxy(text: string): string {
	if (URL.canParse(text) && /^https?:/.test(text)) return text;
	throw new UsageError(`--proxy is a URL, for example http://10.0.0.1:8080, not "${printable(text)}".`);
}

/** In a container the host's are seen through the process that stands for it, or lie where they were mounted. */
function headersOf(release: string, folder: string | undefined): KernelHeaders {
	const host = thisHost();
	const roots = folder === undefined ? [join(host.proc, String(host.pid), 'root'), '/'] : [resolve(folder)];
	for (const root of roots) {
		const headers = findHeaders(root, release);
		if (headers) return headers;
	}
	if (folder !== undefined && !existsSync(folder)) throw new UsageError(`There is no folder ${printable(folder)}.`);
	const where = folder === undefined ? 'here' : `in ${printable(folder)}`;
	const others = [...new Set(roots.flatMap(releasesWithHeaders))];
	const known = others.length ? ` (there are those of ${others.map(printable).join(', ')})` : '';
	throw new UsageError(
		`There are no headers of kernel ${release} ${where}${known}; install ${packageOf(release)}, or unpack it into a folder and name that with --headers.`,
	);
}

/** Which package brings a kernel's headers, told by how distributions name their kernels. */
export function packageOf(release: string): string {
	if (/\.(el|fc|amzn)\d/.test(release)) return `kernel-devel-${release}`;
	if (/-default$/.test(release)) return 'kernel-default-devel of the same version';
	if (/arch\d/.test(release)) return 'linux-headers of the same version';
	return `linux-headers-${release} with what it depends on`;
}

const project = join(import.meta.dirname, '../..');
const projectDockerfile = join(project, 'images/Dockerfile');

function dockerfileFor(release: string, target: string, base: string | undefined): string {
	const start = existsSync(projectDockerfile)
		? `${withBase(readFileSync(projectDockerfile, 'utf8'), base)}\n# What follows is added for one kernel.\nFROM ${target}`
		: `FROM ${base ?? 'bpftools'}`;
	return `${start}\nLABEL bpftools.kernel="${release}"\nCOPY kernel/ /\n`;
}

function withBase(dockerfile: string, base: string | undefined): string {
	return base === undefined
		? dockerfile
		: dockerfile.replace(/^(ARG BASE)=.*$/m, (_, argument) => `${argument}=${base}`);
}

/** What an engine knows as its own arguments of a build: none of them stays in the image or its history. */
function proxyArguments(proxy: string | undefined): string[] {
	if (proxy === undefined) return [];
	return ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].flatMap((name) => [
		'--build-arg',
		`${name}=${proxy}`,
	]);
}

function fill(context: string, dockerfile: string, headers: KernelHeaders): void {
	if (existsSync(projectDockerfile)) {
		cpSync(project, context, { recursive: true, filter: (path) => !leftOut.has(relative(project, path)) });
		appendFileSync(join(context, '.dockerignore'), '\n!kernel\n');
	}
	writeFileSync(join(context, 'Dockerfile'), dockerfile);
	copyHeaders(headers, join(context, 'kernel'));
}

/** What is large and no part of the sources. */
const leftOut = new Set(['.git', 'dist', 'node_modules']);

/** What was pressed or sent while this process was busy; it learns of that when it has nothing else to do. */
type Interruption = () => Promise<NodeJS.Signals | undefined>;

/** A folder that is gone afterwards, also when somebody presses Ctrl-C meanwhile. */
async function withFolder(use: (folder: string, interruption: Interruption) => Promise<number>): Promise<number> {
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	let seen: NodeJS.Signals | undefined;
	const note = (signal: NodeJS.Signals) => {
		seen = signal;
	};
	for (const signal of signals) process.on(signal, note);
	const folder = mkdtempSync(join(tmpdir(), 'bpftools-image-'));
	try {
		return await use(folder, () => setImmediate().then(() => seen));
	} finally {
		rmSync(folder, { recursive: true, force: true });
		for (const signal of signals) process.off(signal, note);
	}
}
