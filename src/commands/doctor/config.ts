import { type KernelConfig, optionsForTracing } from '../../host/kernel-config.ts';
import { advice, type Finding, missing, type Remedies, unknown, works } from './finding.ts';

export function configFindings(
	config: KernelConfig | undefined,
	headers: string | undefined,
	remedy: Remedies,
): Finding[] {
	return Object.entries(optionsForTracing).map(([option, without]) => {
		const name = `CONFIG_${option}`;
		if (!config)
			return unknown(name, 'no config of this kernel can be read', remedy('modprobe configs', '-v /boot:/boot:ro'));
		const value = config.get(option);
		if (value) return works(name, value);
		if (option === 'IKHEADERS' && headers) return works(name, `not set, which is harmless: headers are in ${headers}`);
		return missing(name, without, advice(`Boot a kernel built with ${name}.`));
	});
}
