import { Text } from 'ink';
import { memo } from 'react';
import { cut, fitTo, widthOf } from '../table/fit.ts';
import { type Binding, bindingsAt, bindingsInReplay, keyShown, type Place } from './keys.ts';
import { color } from './theme.ts';

const typingTexts = { filter: 'type to filter', search: 'type to search', note: 'type a note' };

/** The keys that work here, or what the console has to say. */
export const KeyLine = memo(function KeyLine({
	place,
	message,
	typing,
	isReplay,
	width,
}: {
	place: Place;
	message: string;
	typing: 'filter' | 'search' | 'note' | undefined;
	isReplay: boolean;
	width: number;
}) {
	if (message)
		return (
			<Text wrap="truncate" bold {...color('warn')}>
				{fitTo(cut(message, width), width)}
			</Text>
		);
	const keys = typing
		? `${typingTexts[typing]}  Enter keep  Esc drop`
		: keysText(isReplay ? bindingsInReplay(place) : bindingsAt(place), place, width);
	return (
		<Text wrap="truncate" {...color('quiet')}>
			{fitTo(cut(keys, width), width)}
		</Text>
	);
});

/** As many as fit, and always the last two: help and the way back. */
function keysText(bindings: Binding[], place: Place, width: number): string {
	const labels = bindings.filter(({ label }) => label).map(({ keys, label }) => `${keyShown(keys, place)} ${label}`);
	const kept = labels.splice(-2);
	let text = '';
	for (const label of labels) {
		if (widthOf([text + label, ...kept].join('  ')) > width) break;
		text += `${label}  `;
	}
	return text + kept.join('  ');
}
