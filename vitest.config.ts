import { defineConfig } from 'vitest/config';

const commands = ['test/{bundle,cli,next-provider,session-convert,session-handover}.test.ts', 'test/report/*.test.ts'];

export default defineConfig({
	test: {
		reporters: ['default', './test/support/summary-reporter.ts'],
		projects: [
			{
				test: {
					name: 'unit',
					include: ['src/**/*.test.{ts,tsx}', 'tools-catalog/**/*.test.ts', 'test/docs/*.test.ts'],
					exclude: ['**/*.fault.test.ts'],
					testTimeout: 20_000,
					sequence: { groupOrder: 0 },
				},
			},
			// These load the whole machine, so each has it for itself.
			{
				test: {
					name: 'fault',
					include: ['src/**/*.fault.test.ts', 'test/faults/*.test.ts'],
					testTimeout: 60_000,
					maxWorkers: 1,
					sequence: { groupOrder: 1 },
				},
			},
			// Of the program as it is built: commands that ask nothing of the machine but their time …
			{
				test: {
					name: 'command',
					include: commands,
					testTimeout: 90_000,
					hookTimeout: 60_000,
					maxWorkers: 2,
					sequence: { groupOrder: 2 },
				},
			},
			// … and what loads it, traces it, or counts what traces it.
			{
				test: {
					name: 'program',
					include: ['test/**/*.test.ts'],
					exclude: ['test/{docs,docker,faults,lab}/**', ...commands],
					testTimeout: 90_000,
					hookTimeout: 60_000,
					maxWorkers: 1,
					sequence: { groupOrder: 3 },
				},
			},
			{
				test: {
					name: 'docker',
					include: ['test/docker/**/*.test.ts'],
					testTimeout: 90_000,
					// The first hook of a run builds the images.
					hookTimeout: 600_000,
					maxWorkers: 1,
					// Where a file lets its containers run beside each other.
					maxConcurrency: 3,
					sequence: { groupOrder: 4 },
				},
			},
			{
				test: {
					name: 'lab',
					include: ['test/lab/**/*.test.ts'],
					testTimeout: 240_000,
					// The first hook of a run boots the lab, and builds it where that has not been done.
					hookTimeout: 600_000,
					// One process runs all files, so one lab serves them all.
					maxWorkers: 1,
					isolate: false,
					sequence: { groupOrder: 5 },
				},
			},
		],
	},
});
