import type { Container } from './containers.ts';
import type { Host } from './host.ts';

export async function withNames(_host: Host, containers: Container[]): Promise<Container[]> {
	return containers;
}
