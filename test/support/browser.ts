import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { eventually } from './eventually.ts';

type Data = Record<string, unknown>;

/** Debian's chromium, asked over a pipe in the DevTools protocol. */
export class Browser {
	private readonly process: ChildProcess;
	private readonly folder = mkdtempSync(join(tmpdir(), 'browser-'));
	private readonly waiting = new Map<number, { settle: (result: Data) => void; fail: (error: Error) => void }>();
	private readonly pages = new Map<string, Page>();
	private asked = 0;
	private rest = '';

	constructor() {
		// Root may not use its sandbox; what it opens here is our own.
		const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
		// Some pages draw with WebGL, and a machine for tests has no graphics card.
		flags.push('--enable-unsafe-swiftshader');
		this.process = spawn(
			'chromium',
			[...flags, `--user-data-dir=${this.folder}`, '--remote-debugging-pipe', 'about:blank'],
			{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
		);
		(this.process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.read(text));
		this.process.on('exit', () => {
			for (const { fail } of this.waiting.values()) fail(new Error('chromium has ended'));
		});
	}

	async open(url: string): Promise<Page> {
		const { targetId } = await this.ask('Target.createTarget', { url: 'about:blank' });
		const { sessionId } = await this.ask('Target.attachToTarget', { targetId, flatten: true });
		const page = new Page((method, params) => this.ask(method, params, String(sessionId)));
		this.pages.set(String(sessionId), page);
		await page.load(url);
		return page;
	}

	async close(): Promise<void> {
		const { process } = this;
		const ended = new Promise((settle) => process.once('exit', settle));
		if (process.exitCode === null && process.signalCode === null) {
			process.kill('SIGKILL');
			await ended;
		}
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
	}

	private ask(method: string, params: Data = {}, sessionId?: string): Promise<Data> {
		const id = ++this.asked;
		const text = JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) });
		return new Promise((settle, fail) => {
			this.waiting.set(id, { settle, fail });
			(this.process.stdio[3] as Writable).write(`${text}\0`);
		});
	}

	private read(text: string): void {
		const messages = (this.rest + text).split('\0');
		this.rest = messages.pop() ?? '';
		for (const message of messages) {
			const { id, result, error, method, params, sessionId } = JSON.parse(message);
			const asked = this.waiting.get(id);
			this.waiting.delete(id);
			if (error) asked?.fail(new Error(error.message));
			else if (asked) asked.settle(result);
			else if (method) this.pages.get(sessionId)?.happened(method, params);
		}
	}
}

/** One page, and everything that it asked for or complained of. */
export class Page {
	/** Errors, warnings and exceptions. */
	readonly complaints: string[] = [];
	readonly requests: string[] = [];
	/** What dialogs said; each is answered with `answer`. */
	readonly dialogs: string[] = [];
	answer = '';
	private loaded = false;
	private readonly ask: (method: string, params?: Data) => Promise<Data>;

	constructor(ask: (method: string, params?: Data) => Promise<Data>) {
		this.ask = ask;
	}

	async load(url: string): Promise<void> {
		for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.ask(`${domain}.enable`);
		this.loaded = false;
		await this.ask('Page.navigate', { url });
		await eventually('the page is loaded', () => this.loaded);
	}

	/** The value of an expression in the page. */
	async value<T>(expression: string): Promise<T> {
		const { result, exceptionDetails } = await this.ask('Runtime.evaluate', { expression, returnByValue: true });
		if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
		return (result as { value: T }).value;
	}

	/** Presses and releases the mouse in the middle of what an expression says. */
	async click(element: string): Promise<void> {
		const box = `(() => { const e = ${element}; e.scrollIntoView({ block: 'center' }); const { x, y, width, height } = e.getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()`;
		const at = await this.value<{ x: number; y: number }>(box);
		for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased'])
			await this.ask('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1 });
	}

	async press(key: string): Promise<void> {
		// Only a key that has a text presses a button.
		const enters = key === 'Enter' ? { text: '\r', windowsVirtualKeyCode: 13 } : {};
		for (const type of ['keyDown', 'keyUp'])
			await this.ask('Input.dispatchKeyEvent', { type, key, code: key, ...enters });
	}

	async type(text: string): Promise<void> {
		await this.ask('Input.insertText', { text });
	}

	/** Shows the page as a reader with these wishes sees it. */
	async prefer(features: { name: string; value: string }[], media = ''): Promise<void> {
		await this.ask('Emulation.setEmulatedMedia', { features, media });
	}

	async withoutScripts(): Promise<void> {
		await this.ask('Emulation.setScriptExecutionDisabled', { value: true });
	}

	async resize(width: number): Promise<void> {
		await this.ask('Emulation.setDeviceMetricsOverride', { width, height: 1000, deviceScaleFactor: 1, mobile: false });
	}

	happened(method: string, params: Data): void {
		if (method === 'Page.loadEventFired') this.loaded = true;
		if (method === 'Network.requestWillBeSent') this.requests.push((params.request as { url: string }).url);
		if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params.exceptionDetails));
		if (method === 'Log.entryAdded') this.complaints.push(JSON.stringify(params.entry));
		if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params.args));
		if (method === 'Page.javascriptDialogOpening') {
			this.dialogs.push(String(params.message));
			void this.ask('Page.handleJavaScriptDialog', { accept: true, promptText: this.answer });
		}
	}
}
