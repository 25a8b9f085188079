import type { Lab } from './lab.ts';

type Words =
	| ['up' | 'down']
	| ['host' | 'vm' | 'kvm', name: string, address: string]
	| ['netem', name: string, ...what: string[]];

/** Builds networks inside the lab; guest/topology says what each word does. */
export async function topology(lab: Lab, ...words: Words): Promise<void> {
	await lab.output(['/bpftools/test/lab/guest/topology', ...words], { seconds: 150 });
}
