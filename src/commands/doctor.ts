import { join } from 'node:path';
import { installedCatalog } from '../catalog/installed-catalog.ts';
import { KnownFailures } from '../catalog/known-failures.ts';
import { functionsAskedFor } from '../catalog/resolve.ts';
import { type Host, readText } from '../host/host.ts';
import { whoseNamespace } from '../host/identity.ts';
import { readKernelConfig } from '../host/kernel-config.ts';
import { kernelFeatures } from '../host/kernel-features.ts';
import { surroundings } from '../host/surroundings.ts';
import { hostTarget, scopeOf } from '../host/target.ts';
import { type Command, exitCodes, noWords, readArguments } from './arguments.ts';
import { capabilityFindings } from './doctor/capabilities.ts';
import { catalogFindings } from './doctor/catalog.ts';
import { configFindings } from './doctor/config.ts';
import { confinementFindings } from './doctor/confinement.ts';
import { type Areas, countsOf, jsonOf, remediesIn, textOf, works } from './doctor/finding.ts';
import { kernelFindings } from './doctor/kernel.ts';
import { moduleFindings } from './doctor/modules.ts';
import { mountFindings } from './doctor/mounts.ts';
import { namespaceFindings } from './doctor/namespaces.ts';
import { probeFindings } from './doctor/probes.ts';
import { programFindings } from './doctor/programs.ts';
import { tryTools } from './doctor/tool-trials.ts';
import { thisHost } from './this-host.ts';

export const doctorCommand: Command = {
	summary: 'what works on this host, what does not, and what to do about it',
	usage: 'bpftools doctor [--tools] [--json]',
	help: `Tries each kind of probe by loading a small BPF program and taking it out again,
and looks at mounts, rights, namespaces, the kernel's config and the installed
tools. In a container, what is missing comes with the flags of docker run that
grant it. It changes nothing.

--tools also runs every tool of the catalog through every provider that could
serve here, for a few seconds each. A provider that fails is passed over from then
on, until its program, its catalog entry or the kernel is another; one that works
is taken again.

Exit code: 0 when nothing is missing, else 1. What can't be found out is unknown,
with the reason; it changes no exit code.`,
	async run(args) {
		const { values, positionals } = readArguments(args, { tools: { type: 'boolean' }, json: { type: 'boolean' } });
		noWords(positionals);
		const host = thisHost();
		const kernel = kernelFeatures(host);
		const place = surroundings(host);
		const remedy = remediesIn(place);
		const { tools } = await installedCatalog();
		kernel.functions(functionsAskedFor(tools));
		const scope = scopeOf(host, hostTarget(host));
		const failures = new KnownFailures(host, kernel);
		const probes = await probeFindings(host, kernel, remedy);
		const mayLoad = probes.some(({ status }) => status === 'works');
		const areas: Areas = {
			kernel: [
				works('container', `${place.container ? 'yes' : 'no'}: ${place.why}`),
				...kernelFindings(host, kernel, remedy),
			],
			modules: moduleFindings(host),
			probes,
			mounts: mountFindings(mountsOf(host, 'self') ?? '', hostsMounts(host), remedy),
			capabilities: capabilityFindings(host, kernel.release, remedy),
			confinement: confinementFindings(host, probes, remedy),
			namespaces: await namespaceFindings(host, remedy),
			config: configFindings(readKernelConfig(host, kernel.release), kernel.headers, remedy),
			programs: await programFindings(place.container),
			...(values.tools ? { tools: await tryTools(tools, { host, kernel, scope, failures, mayLoad }) } : {}),
			catalog: catalogFindings(tools, kernel, scope, failures),
		};
		process.stdout.write(values.json ? `${JSON.stringify(jsonOf(areas), null, 2)}\n` : textOf(areas));
		return countsOf(areas).missing === 0 ? exitCodes.ok : exitCodes.warn;
	},
};

function mountsOf(host: Host, pid: number | 'self'): string | undefined {
	return readText(join(host.proc, String(pid), 'mounts'));
}

/** In a pid namespace of its own, what goes by the host's pid is the container's. */
function hostsMounts(host: Host): string | undefined {
	return whoseNamespace(host, 'mnt') === 'own' ? mountsOf(host, host.pid) : undefined;
}
