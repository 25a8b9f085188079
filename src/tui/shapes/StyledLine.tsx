import { Text } from 'ink';
import type { Line } from './line.ts';

/** One line of a shape. */
export function StyledLine({ line, inverse = false }: { line: Line; inverse?: boolean }) {
	return (
		<Text wrap="truncate" inverse={inverse}>
			{line.map(({ text, color, background, bold, dim, underline, inverse }, index) => (
				<Text
					// biome-ignore lint/suspicious/noArrayIndexKey: a span has no other identity than its place.
					key={index}
					{...(color === undefined ? {} : { color })}
					{...(background === undefined ? {} : { backgroundColor: background })}
					{...(bold ? { bold } : {})}
					{...(dim ? { dimColor: dim } : {})}
					{...(underline ? { underline } : {})}
					{...(inverse ? { inverse } : {})}
				>
					{text}
				</Text>
			))}
		</Text>
	);
}
