import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram, isCompiled } from '../../host/programs.ts';
import { advice, type Finding, missing, unknown, works } from './finding.ts';

interface Program {
	name: string;
	/** The first that is found. */
	commands: string[];
	/** Some distributions install libbpf's programs and BCC's scripts under the same names. */
	compiled?: boolean;
	versionFlag?: string;
	package: string;
	without: string;
}

const programs: Program[] = [
	{
		name: 'libbpf-tools',
		commands: ['opensnoop-libbpf', 'opensnoop'],
		compiled: true,
		package: 'libbpf-tools',
		without: 'the tools that cost the host least are not there',
	},
	{
		name: 'bpftrace',
		commands: ['bpftrace'],
		versionFlag: '--version',
		package: 'bpftrace',
		without: 'no bpftrace tool runs, and probes are not tried',
	},
	{
		name: 'BCC',
		commands: ['opensnoop-bpfcc', 'opensnoop'],
		compiled: false,
		package: 'bpfcc-tools',
		without: 'tools that only BCC has do not run',
	},
	{
		name: 'perf',
		commands: ['perf'],
		versionFlag: '--version',
		package: 'linux-perf',
		without: 'no profiles by perf, no hardware counters',
	},
	{
		name: 'sysstat',
		commands: ['iostat'],
		versionFlag: '-V',
		package: 'sysstat',
		without: 'no iostat, mpstat, pidstat and sar',
	},
	{
		name: 'procps',
		commands: ['vmstat'],
		versionFlag: '-V',
		package: 'procps',
		without: 'no vmstat, top, free and slabtop',
	},
	{ name: 'iproute2', commands: ['ss'], versionFlag: '-V', package: 'iproute2', without: 'no ss, ip, nstat and tc' },
	{
		name: 'bpftool',
		commands: ['bpftool'],
		versionFlag: '--version',
		package: 'bpftool',
		without: 'nobody can prove that nothing stays loaded',
	},
	{
		name: 'setpriv',
		commands: ['setpriv'],
		versionFlag: '--version',
		package: 'util-linux',
		without: 'tools can outlive a console that is killed outright',
	},
	{
		name: 'stdbuf',
		commands: ['stdbuf'],
		versionFlag: '--version',
		package: 'coreutils',
		without: 'tools hold back their lines when they write to a pipe',
	},
];

/** In a container as well: the image that has all of them is the full one. */
export function programFindings(container: boolean): Promise<Finding[]> {
	return Promise.all(programs.map((program) => programFinding(program, container)));
}

async function programFinding(program: Program, container: boolean): Promise<Finding> {
	const { name, commands, compiled, versionFlag, package: debianPackage, without } = program;
	const path = commands
		.map((command) => findProgram(command, ['/usr/share/bcc/tools']))
		.find((found) => found && (compiled === undefined || isCompiled(found) === compiled));
	const install = `apt-get install ${debianPackage}`;
	if (!path) return missing(name, without, advice(container ? `Use the full image, or here: ${install}` : install));
	if (!versionFlag) return works(name, path);
	try {
		const { stdout } = await promisify(execFile)(path, [versionFlag], { timeout: 5000 });
		return works(name, `${path} ${/\d+\.\d[\w.]*/.exec(stdout)?.[0] ?? ''}`.trim());
	} catch {
		return unknown(name, `${path} does not start`, advice(`apt-get install --reinstall ${debianPackage}`));
	}
}
