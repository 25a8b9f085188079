import { UsageError } from '../catalog/argv.ts';
import { type Host, openHost } from '../host/host.ts';

/** The machine under examination. In a container another process than 1 may have to stand for the host. */
export function thisHost(): Host {
	const text = process.env.BPFTOOLS_HOST_PID;
	if (!text) return openHost();
	const pid = Number(text);
	if (!Number.isInteger(pid) || pid < 1) {
		throw new UsageError(`BPFTOOLS_HOST_PID is the pid of a process in the host's namespaces, not "${text}".`);
	}
	return openHost({ pid });
}
