import { useApp } from 'ink';
import { useEffect } from 'react';
import type { TerminalLoan } from './terminal-loan.ts';

/** Draws nothing: only a component can ask Ink to let go of the terminal. */
export function Lender({ loan }: { loan: TerminalLoan }) {
	const { suspendTerminal } = useApp();
	useEffect(() => {
		loan.suspend = suspendTerminal;
	});
	return null;
}
