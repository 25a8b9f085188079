import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { type Footprint, footprintOf, mayStart } from './footprint.ts';

const { tools } = loadCatalog(join(import.meta.dirname, '../../tools-catalog'));

function footprint(name: string, via: string): Footprint {
	const provider = tools.find((tool) => tool.name === name)?.providers.find((known) => known.via === via);
	if (!provider) throw new Error(`${name} has no provider ${via}`);
	return footprintOf(provider);
}

const [counters, tracer] = [footprint('vmstat', 'classic'), footprint('execsnoop', 'libbpf')];
const sampler = footprint('profile', 'perf');

describe('A footprint', () => {
	test('tells readers of counters, tracers and samplers apart', () => {
		expect([counters.kind, tracer.kind, sampler.kind]).toEqual(['counters', 'tracer', 'sampler']);
		expect(footprint('profile', 'bpftrace').kind).toBe('sampler');
		expect(footprint('runqlen', 'bpftrace').kind).toBe('sampler');
	});

	test('is shared by tracers of one subsystem, whatever provider serves them', () => {
		for (const via of ['libbpf', 'bpftrace']) {
			const shared = footprint('biosnoop', via).paths.filter((path) =>
				footprint('biolatency', 'libbpf').paths.includes(path),
			);
			expect(shared).toEqual(['block']);
		}
		expect(footprint('tcpconnect', 'bpftrace').paths).toEqual(footprint('tcplife', 'libbpf').paths);
	});

	test('has each system call as a path of its own', () => {
		expect(tracer.paths).toEqual(['execve']);
		expect(footprint('opensnoop', 'libbpf').paths).toEqual(['openat']);
	});
});

describe('Beside what runs', () => {
	const [opens, requests, latency] = [
		footprint('opensnoop', 'libbpf'),
		footprint('biosnoop', 'libbpf'),
		footprint('biolatency', 'libbpf'),
	];

	test('counters go with counters, four to a CPU, and with nothing else', () => {
		expect(mayStart(counters, Array(7).fill(counters), 2)).toBe(true);
		expect(mayStart(counters, Array(8).fill(counters), 2)).toBe(false);
		for (const other of [tracer, sampler]) {
			expect(mayStart(counters, [other], 64)).toBe(false);
			expect(mayStart(other, [counters], 64)).toBe(false);
		}
	});

	test('tracers go with tracers of other paths, one to two CPUs', () => {
		expect(mayStart(tracer, [opens], 4)).toBe(true);
		expect(mayStart(tracer, [opens], 3)).toBe(false);
		expect(mayStart(tracer, [], 1)).toBe(true);
		expect(mayStart(tracer, [opens, requests], 64)).toBe(true);
		expect(mayStart(latency, [opens, requests], 64)).toBe(false);
	});

	test('a sampler is alone', () => {
		expect(mayStart(sampler, [], 1)).toBe(true);
		expect(mayStart(sampler, [sampler], 64)).toBe(false);
		expect(mayStart(sampler, [tracer], 64)).toBe(false);
		expect(mayStart(tracer, [sampler], 64)).toBe(false);
	});
});
