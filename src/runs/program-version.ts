import { execa } from 'execa';
import type { Provider } from '../catalog/tool.ts';

/** Those that say it themselves; of all others the package is asked for. */
const tellsItself = new Set<Provider['via']>(['bpftrace', 'perf']);
const patienceMilliseconds = 5000;

const known = new Map<string, Promise<string | undefined>>();

/** Which build of a provider's program runs here, as "bpftrace v0.23.2" or "libbpf-tools 0.31.0". Asked once for each. */
export function programVersion({ via, package: name }: Provider, program: string): Promise<string | undefined> {
	const key = tellsItself.has(via) ? program : name;
	const answer = known.get(key) ?? (tellsItself.has(via) ? firstLine(program, '--version') : packageVersion(name));
	known.set(key, answer);
	return answer;
}

/** Only Debian's packages go by the names that the catalog has. */
function packageVersion(name: string): Promise<string | undefined> {
	// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills them in.
	return firstLine('dpkg-query', '--show', '--showformat', '${Package} ${Version}', '--', name);
}

async function firstLine(program: string, ...args: string[]): Promise<string | undefined> {
	const options = { reject: false, timeout: patienceMilliseconds, stdin: 'ignore', stderr: 'ignore' } as const;
	const { stdout, exitCode } = await execa(program, args, options);
	const [line] = stdout?.split('\n') ?? [];
	return exitCode === 0 && line ? line.trim() : undefined;
}
