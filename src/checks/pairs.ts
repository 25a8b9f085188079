/** "name value" or "name: value kB" a line, as meminfo, vmstat and snmp6 are written. */
export function parsePairs(text: string): Map<string, number> {
	const pairs = new Map<string, number>();
	for (const [, name, value] of text.matchAll(/^(\S+?):?[ \t]+(\d+)/gm)) pairs.set(name ?? '', Number(value));
	return pairs;
}
