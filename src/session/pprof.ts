import { gzipSync } from 'node:zlib';
import { bytesField, numberField, numbersField } from '../host/protobuf.ts';
import { Indexed, type Stack } from './stack-files.ts';

/** A profile for pprof: a gzipped message Profile of its profile.proto. The process is a label of each sample. */
export function pprof(stacks: readonly Stack[], unit: string, startedAt: number, seconds: number): Buffer {
	const texts = new Indexed();
	texts.of('');
	const functions = new Indexed();
	const samples = stacks.map(({ count, process, frames }) => {
		// The innermost comes first; ids start at 1.
		const locations = [...frames].reverse().map((frame) => functions.of(frame) + 1);
		const label = Buffer.concat([numberField(1, texts.of('process')), numberField(2, texts.of(process))]);
		return Buffer.concat([numbersField(1, locations), numbersField(2, [count]), bytesField(3, label)]);
	});
	const names = functions.all();
	const type = Buffer.concat([numberField(1, texts.of('samples')), numberField(2, texts.of(unit))]);
	const functionMessages = names.map((name, index) =>
		Buffer.concat([numberField(1, index + 1), numberField(2, texts.of(name))]),
	);
	const locationMessages = names.map((_, index) =>
		Buffer.concat([numberField(1, index + 1), bytesField(4, numberField(1, index + 1))]),
	);
	return gzipSync(
		Buffer.concat([
			bytesField(1, type),
			...samples.map((sample) => bytesField(2, sample)),
			...locationMessages.map((location) => bytesField(4, location)),
			...functionMessages.map((message) => bytesField(5, message)),
			...texts.all().map((text) => bytesField(6, Buffer.from(text))),
			numberField(9, startedAt * 1e6),
			numberField(10, Math.round(seconds * 1e9)),
		]),
	);
}
