/** A container in its runtime's own words. */
export interface Described {
	id: string;
	name: string | undefined;
	image: string | undefined;
	labels: Record<string, string>;
}

const mostBytes = 32 * 1024 * 1024;

/** What docker, or podman in docker's way, runs. HTTP is loaded only here: most consoles need none. */
export async function listFromDocker(socketPath: string, patience: number): Promise<Described[]> {
	const { get } = await import('node:http');
	const signal = AbortSignal.timeout(patience);
	const text = await new Promise<string>((resolve, reject) => {
		const asked = get({ socketPath, path: '/containers/json', headers: { host: 'localhost' }, signal }, (answer) => {
			const chunks: Buffer[] = [];
			let size = 0;
			answer.on('data', (chunk: Buffer) => {
				size += chunk.length;
				if (size > mostBytes) asked.destroy(new Error('too long an answer'));
				chunks.push(chunk);
			});
			answer.on('error', reject);
			answer.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
		});
		asked.on('error', reject);
	});
	const listed: unknown = JSON.parse(text);
	return Array.isArray(listed) ? listed.flatMap(described) : [];
}

function described(entry: Record<string, unknown> | null): Described[] {
	const { Id: id, Names: names, Image: image, Labels: labels } = entry ?? {};
	if (typeof id !== 'string') return [];
	const name: unknown = Array.isArray(names) ? names[0] : undefined;
	return [
		{
			id,
			name: typeof name === 'string' ? name.replace(/^\//, '') : undefined,
			image: typeof image === 'string' ? image : undefined,
			labels: Object.fromEntries(Object.entries(labels ?? {}).filter(([, value]) => typeof value === 'string')),
		},
	];
}
