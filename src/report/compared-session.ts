import type { Catalog } from '../catalog/load-catalog.ts';
import type { Column, OutputClass } from '../catalog/tool.ts';
import { columnsOf } from '../output/reader-for.ts';
import type { ComparedSession } from './compare.ts';
import { digestOf } from './digest.ts';
import { identityColumns, RowSums } from './row-sums.ts';

export async function comparedSession(folder: string, catalog: Catalog): Promise<ComparedSession> {
	const sums: ComparedSession['sums'] = new Map();
	const digest = await digestOf(folder, catalog, ({ name, tool }) => {
		const { class: of } = tool.output;
		if (of === 'stacks' || of === 'histogram' || of === 'text' || of === 'terminal') return undefined;
		const columns = columnsOf(tool);
		const all = new RowSums(columns, of);
		const brief = briefly(columns, of);
		sums.set(name, { all, brief });
		return {
			begin() {
				all.begin();
				brief?.begin();
			},
			row(row) {
				all.row(row);
				brief?.row(row);
			},
		};
	});
	return { digest, sums };
}

/** Events of the same command may have nothing else in common, as files that it opens. */
function briefly(columns: readonly Column[], outputClass: OutputClass): RowSums | undefined {
	const command = columns.findIndex(({ name }) => name === 'command');
	const isNeeded = outputClass === 'event-stream' && command >= 0 && identityColumns(columns).length > 1;
	return isNeeded ? new RowSums(columns, outputClass, [command]) : undefined;
}
