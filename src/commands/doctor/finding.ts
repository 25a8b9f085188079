/** One thing that was looked at. */
export interface Finding {
	name: string;
	status: 'works' | 'missing' | 'unknown';
	detail: string;
	/** What to do about it. */
	fix: string | null;
	/** In a container: the flags of docker run that grant it. */
	flags: string[];
}

export type Remedy = Pick<Finding, 'fix' | 'flags'>;

/** What to do on a bare host, and with which flags the container would have to be started. */
export type Remedies = (onHost: string, ...flags: string[]) => Remedy;

export function remediesIn(place: { container: boolean }): Remedies {
	return (onHost, ...flags) =>
		place.container && flags.length > 0 ? { fix: `docker run ${flags.join(' ')}`, flags } : advice(onHost);
}

/** The same wherever it runs. */
export const advice = (fix: string): Remedy => ({ fix, flags: [] });

const nothing: Remedy = { fix: null, flags: [] };

export const works = (name: string, detail: string): Finding => ({ name, status: 'works', detail, ...nothing });
export const missing = (name: string, detail: string, remedy: Remedy): Finding => ({
	...{ name, status: 'missing', detail },
	...remedy,
});
export const unknown = (name: string, detail: string, remedy = nothing): Finding => ({
	...{ name, status: 'unknown', detail },
	...remedy,
});

/** Findings by the area they are printed in. */
export type Areas = Record<string, Finding[]>;

export type Counts = Record<Finding['status'], number>;

export function countsOf(areas: Areas): Counts {
	const findings = Object.values(areas).flat();
	const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
	return { works: count('works'), missing: count('missing'), unknown: count('unknown') };
}

export function jsonOf(areas: Areas) {
	const entries = Object.entries(areas).flatMap(([area, findings]) =>
		findings.map(({ name, ...rest }) => ({ name, area, ...rest })),
	);
	return { entries, ...countsOf(areas) };
}

export function textOf(areas: Areas): string {
	const width = Math.max(...Object.values(areas).flatMap((findings) => findings.map(({ name }) => name.length)));
	const paragraphs = Object.entries(areas).map(([area, findings]) =>
		[area, ...linesOf(findings, width), ''].join('\n'),
	);
	const { works, missing, unknown } = countsOf(areas);
	return `${paragraphs.join('\n')}\n${flagsText(areas)}${works} works, ${missing} missing, ${unknown} unknown\n`;
}

/** A fix that mends several findings in a row is said once, after the last. */
function linesOf(findings: Finding[], width: number): string[] {
	return findings.flatMap(({ name, status, detail, fix }, index) => [
		`  ${status.padEnd(8)} ${name.padEnd(width)}  ${detail}`,
		...(fix && fix !== findings[index + 1]?.fix ? [`           → ${fix}`] : []),
	]);
}

/** Command lines to copy, for a container that lacks something. */
function flagsText(areas: Areas): string {
	const findings = Object.values(areas).flat();
	const flags = new Set(findings.flatMap((finding) => finding.flags));
	if (flags.size === 0) return '';
	const rights = [...flags].some((flag) => !flag.startsWith('-v '));
	const everything = rights ? 'Or every right:     docker run --privileged --pid=host\n' : '';
	return `All of these flags: docker run ${[...flags].join(' ')}\n${everything}\n`;
}
