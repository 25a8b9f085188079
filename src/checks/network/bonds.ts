import { join } from 'node:path';
import { listFolder } from '../../host/folder.ts';
import { readText } from '../../host/host.ts';
import { printable } from '../../host/printable.ts';
import type { Check } from '../check.ts';
import { aged } from '../kept.ts';
import { finding, tally } from '../measuring.ts';
import { counted } from '../sentence.ts';
import type { NetworkCounters } from './counters.ts';

/** Several links that work as one. */
export interface Bond {
	up: boolean;
	/** By interface. */
	members: Map<string, { up: boolean; failures: number }>;
}

const secondsBetween = 5;

export const readBonds = aged(secondsBetween, (host): Map<string, Bond> => {
	const folder = join(host.proc, String(host.pid), 'net/bonding');
	return new Map(
		listFolder(folder).flatMap((name) => {
			const text = readText(join(folder, name));
			return text === undefined ? [] : [[printable(name), parseBond(text)] as const];
		}),
	);
});

/** A paragraph on the bond itself, then one on each member. */
function parseBond(text: string): Bond {
	const [own = '', ...rest] = text.split(/^Slave Interface: /m);
	const members = rest.map((paragraph) => {
		const name = printable(paragraph.slice(0, paragraph.indexOf('\n')).trim());
		const failures = Number(/^Link Failure Count: (\d+)/m.exec(paragraph)?.[1] ?? 0);
		return [name, { up: isUp(paragraph), failures }] as const;
	});
	return { up: isUp(own), members: new Map(members) };
}

function isUp(paragraph: string): boolean {
	return /^MII Status: (.*)$/m.exec(paragraph)?.[1] === 'up';
}

export const bonding: Check<NetworkCounters> = {
	name: 'network.bonding',
	kind: 'errors',
	title: 'Links that a bond has lost',
	unit: 'links',
	source:
		'/proc/1/net/bonding/*: MII Status and Link Failure Count of each member, every 5 s; no reading without bonds',
	rule: 'Bad when the bond is down, warn when a member is, or was since the first sample.',
	judge: (span) =>
		[...span.now.bonds].map(([name, { up, members }]) =>
			finding(name, () => {
				const down = [...members].filter(([, member]) => !member.up).map(([member]) => member);
				const failures = ({ bonds }: NetworkCounters) => {
					const all = bonds.get(name)?.members.values();
					return all && [...all].reduce((sum, member) => sum + member.failures, 0);
				};
				const { since } = tally(`link failures of ${name}`, span, failures);
				const lost = down.length > 0 ? ` (${down.join(', ')} down)` : '';
				const why = `${name} is ${up ? 'up' : 'down'} with ${members.size - down.length} of ${counted(members.size, 'link')}${lost}, ${counted(since, 'link failure')} since this console started`;
				return { value: down.length, verdict: up ? (down.length + since > 0 ? 'warn' : 'ok') : 'bad', why };
			}),
		),
};
