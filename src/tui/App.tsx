import { Box, Text, useInput, useWindowSize } from 'ink';
import { type ComponentProps, memo, useRef } from 'react';
import { useStore } from 'zustand';
import { stepAhead } from './actions.ts';
import { CatalogList } from './CatalogList.tsx';
import { Checklist } from './Checklist.tsx';
import { Detail } from './Detail.tsx';
import { FormBox } from './form/FormBox.tsx';
import type { FormControls } from './form/form-actions.ts';
import { Header } from './Header.tsx';
import { Help } from './Help.tsx';
import { KeyLine } from './KeyLine.tsx';
import { type Action, actionFor, actionInReplay, charName, keyName, type Place } from './keys.ts';
import { layoutOf, type Tile } from './layout.ts';
import { NextStep } from './NextStep.tsx';
import { NextTools } from './NextTools.tsx';
import { ColumnList } from './pane/ColumnList.tsx';
import { PaneBox } from './pane/PaneBox.tsx';
import { stampOf } from './pane/pane-view.ts';
import { RowDetail } from './pane/RowDetail.tsx';
import { Strip } from './Strip.tsx';
import { focusedPane, markOf, type Overlay, runningIn, type State, type Store, selectedCell } from './state.ts';
import { TargetList } from './TargetList.tsx';
import { color } from './theme.ts';
import { narrow, typeIntoForm, typeText } from './typing.ts';
import { Why } from './Why.tsx';

export interface Screen {
	store: Store;
	actions: Record<Action, () => void>;
	forms: FormControls;
	history(reading: { check: string; device: string | null }): (number | null)[];
}

export const leastColumns = 60;
export const leastRows = 16;

/**
 *     header
 *     checklist │ pane
 *     why       │ pane
 *     run next  │ pane
 *     keys
 */
export function App({ store, actions, forms, history }: Screen) {
	const state = useStore(store);
	const { columns, rows } = useWindowSize();
	const press = (name: string, input: string) => pressed({ store, actions, forms }, name, input);
	useInput((input, key) => {
		const name = keyName(input, key);
		if (name !== input || key.ctrl) return press(name, input);
		// Keys pressed fast arrive together, and Esc with another as if it were Alt.
		if (key.meta) press('esc', '');
		for (const char of input) press(charName(char), char);
	});
	if (columns < leastColumns || rows < leastRows) {
		return (
			<Text>{`This terminal has ${columns}x${rows}; the console needs ${leastColumns}x${leastRows}. Enlarge it, or Q to quit.`}</Text>
		);
	}
	const running = runningIn(state);
	const cost = running.reduce((sum, run) => sum + Math.max(0, run.cost.percent), 0);
	return (
		<Box flexDirection="column" width={columns} height={rows}>
			<Header
				about={state.about}
				target={state.target.name}
				recording={state.recording}
				replay={state.replay}
				cost={cost}
				running={running.length}
				width={columns}
			/>
			<Box height={rows - 2}>
				{state.overlay ? (
					<OverlayBox
						store={store}
						state={state}
						overlay={state.overlay}
						history={history}
						width={columns}
						height={rows - 2}
					/>
				) : (
					<Body state={state} width={columns} height={rows - 2} />
				)}
			</Box>
			<KeyLine
				place={placeOf(state)}
				message={state.message}
				typing={state.prompt?.into}
				isReplay={state.replay !== undefined}
				width={columns}
			/>
		</Box>
	);
}

function pressed({ store, actions, forms }: Omit<Screen, 'history'>, name: string, input: string): void {
	if (store.getState().message) store.setState({ message: '' });
	if (store.getState().prompt) return typeText(store, name, input);
	const place = placeOf(store.getState());
	if (narrow(store, name) || typeIntoForm(store, forms, name, input)) return;
	const action = store.getState().replay ? actionInReplay(name, place) : actionFor(name, place);
	if (action) actions[action]();
}

function Body({ state, width, height }: { state: State; width: number; height: number }) {
	const layout = layoutOf(state, width, height);
	return (
		<>
			{layout.left > 0 && (
				<Box flexDirection="column" width={layout.left} height={height} marginRight={layout.columns.length ? 1 : 0}>
					<Checklist
						resources={state.resources}
						readings={state.readings}
						target={state.target}
						found={state.marks}
						cell={state.cell}
						focused={state.focus === 'checklist'}
						width={layout.left}
					/>
					<NextStep step={stepAhead(state)} width={layout.left} />
					<Why
						readings={state.readings}
						{...selectedCell(state)}
						note={noteOf(state)}
						width={layout.left}
						height={layout.why}
					/>
					<NextTools
						tools={state.tools}
						cursor={state.toolCursor}
						focused={state.focus === 'tools'}
						isReplay={state.replay !== undefined}
						width={layout.left}
						height={layout.tools}
					/>
				</Box>
			)}
			{layout.columns.length > 0 && (
				<Box flexDirection="column">
					{layout.strip && <Strip resources={state.resources} readings={state.readings} width={width} />}
					<Box columnGap={1}>
						{layout.columns.map((tiles) => (
							<Box key={tiles[0]?.id} flexDirection="column">
								{tiles.map((tile) => (
									<PaneTile key={tile.id} state={state} tile={tile} />
								))}
							</Box>
						))}
					</Box>
				</Box>
			)}
		</>
	);
}

/**
 * Drawn again only when there is something new of it, and where it has not the focus, only when the screen shows what
 * tools have printed since: a key waits for its own pane, not for all of them.
 */
const DrawnPane = memo(function DrawnPane({ stamp: _, ...props }: ComponentProps<typeof PaneBox> & { stamp: string }) {
	return <PaneBox {...props} />;
});

function PaneTile({ state, tile: { id, width, height } }: { state: State; tile: Tile }) {
	const pane = state.panes.find((pane) => pane.id === id);
	const focused = state.focus === id;
	const drawn = useRef({ frame: -1, stamp: '' });
	if (!pane) return null;
	if (focused || drawn.current.frame !== state.frame) drawn.current = { frame: state.frame, stamp: stampOf(pane) };
	return (
		<DrawnPane
			stamp={drawn.current.stamp}
			pane={pane}
			focused={focused}
			prompt={focused && state.prompt && state.prompt.into !== 'note' ? state.prompt : undefined}
			width={width}
			height={height}
		/>
	);
}

interface OverlayProps extends Pick<Screen, 'history'> {
	store: Store;
	state: State;
	overlay: Overlay;
	width: number;
	height: number;
}

function OverlayBox({ store, state, overlay, history, width, height }: OverlayProps) {
	const setTop = (top: number) => {
		const { overlay } = store.getState();
		if (overlay && 'top' in overlay) store.setState({ overlay: { ...overlay, top } });
	};
	switch (overlay.kind) {
		case 'help':
			return (
				<Help
					place={placeOf({ ...state, overlay: overlay.over })}
					top={overlay.top}
					setTop={setTop}
					width={width}
					height={height}
				/>
			);
		case 'detail':
			return <Detail state={state} history={history} top={overlay.top} setTop={setTop} width={width} height={height} />;
		case 'catalog':
			return <CatalogList overlay={overlay} width={width} height={height} />;
		case 'form':
			return <FormBox overlay={overlay} width={width} height={height} />;
		case 'targets':
			return <TargetList overlay={overlay} width={width} height={height} />;
		case 'row':
			return (
				<RowDetail
					columns={overlay.columns}
					row={overlay.row}
					top={overlay.top}
					setTop={setTop}
					width={width}
					height={height}
				/>
			);
		case 'columns': {
			const pane = focusedPane(state);
			return pane ? <ColumnList pane={pane} cursor={overlay.cursor} width={width} height={height} /> : null;
		}
		case 'question':
			return (
				<Text bold {...color('warn')}>
					{`${overlay.text} y/n`}
				</Text>
			);
	}
}

/** What is being written on the selected cell, or stands there. */
function noteOf(state: State): string {
	const { note } = markOf(state, selectedCell(state));
	return state.prompt?.into === 'note' ? `${state.prompt.text}_` : note;
}

function placeOf(state: State): Place {
	if (state.overlay?.kind === 'form' && state.overlay.form.picker) return 'picker';
	if (state.overlay) return state.overlay.kind;
	if (focusedPane(state)) return 'pane';
	return state.focus === 'tools' ? 'tools' : 'checklist';
}
