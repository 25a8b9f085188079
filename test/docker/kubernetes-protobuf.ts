/**
 * A client creates pods in Kubernetes' binary form. This reads the fields of a
 * pod that say how it runs, by their numbers in Kubernetes' API (core/v1).
 */
export function readPod(body: Buffer): Pod {
	if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') return JSON.parse(body.toString('utf8'));
	const [raw] = fieldsOf(body.subarray(4)).get(2) ?? [];
	return { apiVersion: 'v1', kind: 'Pod', ...(message(raw as Buffer, pod) as Pick<Pod, 'metadata' | 'spec'>) };
}

export interface Pod {
	apiVersion: 'v1';
	kind: 'Pod';
	metadata: { name: string };
	spec: Record<string, unknown> & { containers: Record<string, unknown>[] };
}

type Field =
	| { name: string; type: 'text' | 'flag' | Message; repeated?: true }
	/** Its fields are those of the message that holds it. */
	| { inline: Message };
interface Message {
	[number: number]: Field;
}

const hostPath: Message = { 1: { name: 'path', type: 'text' }, 2: { name: 'type', type: 'text' } };
const volume: Message = {
	1: { name: 'name', type: 'text' },
	2: { inline: { 1: { name: 'hostPath', type: hostPath } } },
};
const mount: Message = { 1: { name: 'name', type: 'text' }, 3: { name: 'mountPath', type: 'text' } };
const container: Message = {
	1: { name: 'name', type: 'text' },
	2: { name: 'image', type: 'text' },
	3: { name: 'command', type: 'text', repeated: true },
	4: { name: 'args', type: 'text', repeated: true },
	9: { name: 'volumeMounts', type: mount, repeated: true },
	15: { name: 'securityContext', type: { 2: { name: 'privileged', type: 'flag' } } },
	16: { name: 'stdin', type: 'flag' },
	18: { name: 'tty', type: 'flag' },
};
const pod: Message = {
	1: { name: 'metadata', type: { 1: { name: 'name', type: 'text' } } },
	2: {
		name: 'spec',
		type: {
			1: { name: 'volumes', type: volume, repeated: true },
			2: { name: 'containers', type: container, repeated: true },
			3: { name: 'restartPolicy', type: 'text' },
			10: { name: 'nodeName', type: 'text' },
			11: { name: 'hostNetwork', type: 'flag' },
			12: { name: 'hostPID', type: 'flag' },
			13: { name: 'hostIPC', type: 'flag' },
		},
	},
};

function message(bytes: Buffer, fields: Message): Record<string, unknown> {
	const read: Record<string, unknown> = {};
	for (const [number, values] of fieldsOf(bytes)) {
		const field = fields[number];
		if (!field) continue;
		if ('inline' in field) {
			Object.assign(read, message(values[0] as Buffer, field.inline));
			continue;
		}
		const all = values.map((value) => {
			if (typeof value === 'number') return value !== 0;
			return field.type === 'text' || field.type === 'flag' ? value.toString('utf8') : message(value, field.type);
		});
		read[field.name] = field.repeated ? all : all[0];
	}
	return read;
}

/** The values of a message by their fields' numbers: numbers, and bytes that mean text or another message. */
function fieldsOf(bytes: Buffer): Map<number, (number | Buffer)[]> {
	const fields = new Map<number, (number | Buffer)[]>();
	let at = 0;
	const number = () => {
		let value = 0;
		for (let factor = 1; ; factor *= 128) {
			const byte = bytes[at++] as number;
			value += (byte & 127) * factor;
			if (byte < 128) return value;
		}
	};
	while (at < bytes.length) {
		const key = number();
		const kind = key & 7;
		if (kind !== 0 && kind !== 2) throw new Error(`A pod has no values of kind ${kind}`);
		const value = number();
		const values = fields.get(key >>> 3) ?? [];
		values.push(kind === 0 ? value : bytes.subarray(at, at + value));
		if (kind === 2) at += value;
		fields.set(key >>> 3, values);
	}
	return fields;
}
