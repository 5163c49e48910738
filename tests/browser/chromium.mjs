// SPDX-License-Identifier: GPL-2.0-only
// A page in headless Chromium, driven over a pipe, without a library.
import { spawn } from 'node:child_process';

const ARGUMENTS = ['--headless=new', '--remote-debugging-pipe', '--no-sandbox', '--no-first-run',
	'--disable-gpu', '--disable-background-networking', '--hide-scrollbars'];

export class Chromium {
	#calls = new Map();
	#last = 0;
	#rest = '';
	#session;
	said = []; // what the console has, and exceptions
	asked = []; // URLs
	#traced = [];
	#trace_ended = null;
	stand_in = null; // url => what is answered in place of the server, or null

	constructor(program, profile) {
		this.child = spawn(program, [...ARGUMENTS, `--user-data-dir=${profile}`, 'about:blank'],
			{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		this.child.on('exit', () => this.#calls.forEach(c => c.reject(new Error('Chromium ended'))));
		this.child.stdio[4].setEncoding('utf8').on('data', text => this.#take(text));
	}

	#take(text) {
		const parts = (this.#rest + text).split('\0');
		this.#rest = parts.pop();
		for (const part of parts)
			this.#heard(JSON.parse(part));
	}

	#heard(message) {
		const call = this.#calls.get(message.id);
		if (call) {
			this.#calls.delete(message.id);
			if (message.error)
				call.reject(new Error(message.error.message));
			else
				call.resolve(message.result);
		}
		if (message.method === 'Network.requestWillBeSent')
			this.asked.push(message.params.request.url);
		if (message.method === 'Tracing.dataCollected')
			this.#traced.push(...message.params.value);
		if (message.method === 'Tracing.tracingComplete')
			this.#trace_ended();
		if (message.method === 'Fetch.requestPaused')
			this.#stand_in(message.params);
		if (message.method === 'Runtime.exceptionThrown')
			this.said.push(message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text);
		if (message.method === 'Runtime.consoleAPICalled' || message.method === 'Log.entryAdded')
			this.said.push(JSON.stringify(message.params));
	}

	#stand_in({ requestId, request }) {
		const text = this.stand_in?.(request.url);
		if (text)
			this.call('Fetch.fulfillRequest', { requestId, responseCode: 200, body: Buffer.from(text).toString('base64') });
		else
			this.call('Fetch.continueRequest', { requestId });
	}

	forget() {
		this.said = [];
		this.asked = [];
	}

	call(method, params = {}) {
		const id = ++this.#last;
		this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.#session }) + '\0');
		return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
	}

	async open() {
		const { targetInfos } = await this.call('Target.getTargets');
		const target = targetInfos.find(t => t.type === 'page');
		const { sessionId } = await this.call('Target.attachToTarget', { targetId: target.targetId, flatten: true });
		this.#session = sessionId;
		for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
			await this.call(`${domain}.enable`);
		// Or focus comes late, as to a window in the background.
		await this.call('Emulation.setFocusEmulationEnabled', { enabled: true });
	}

	async see(width, height, scheme, motion = 'no-preference') {
		await this.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
		await this.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: motion }] });
	}

	async go(url) {
		await this.call('Page.navigate', { url });
		while (await this.ask('document.readyState') !== 'complete')
			await new Promise(resolve => setTimeout(resolve, 50));
	}

	async ask(expression) {
		const { result, exceptionDetails } = await this.call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
		if (exceptionDetails)
			throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
		return result.value;
	}

	async press(key) {
		for (const type of ['rawKeyDown', 'keyUp'])
			await this.call('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: { Tab: 9, ArrowRight: 39, ArrowDown: 40, ArrowLeft: 37, ArrowUp: 38, Enter: 13, Escape: 27 }[key] });
	}

	// Tasks of pages' main threads from here to tasks().
	async trace() {
		this.#traced = [];
		await this.call('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', '__metadata'], excludedCategories: ['*'] } });
	}

	// How long each of them had a processor, in ms: a host that is busy makes none longer.
	async tasks() {
		const ended = new Promise(resolve => this.#trace_ended = resolve);
		await this.call('Tracing.end');
		await ended;
		const thread = event => `${event.pid} ${event.tid}`;
		const main = new Set(this.#traced.filter(e => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map(thread));
		return this.#traced.filter(e => e.name === 'RunTask' && main.has(thread(e))).map(e => (e.tdur ?? 0) / 1000);
	}

	async picture(whole, clip) {
		const { data } = await this.call('Page.captureScreenshot', { captureBeyondViewport: whole, clip });
		return Buffer.from(data, 'base64');
	}

	async close() {
		const ended = new Promise(resolve => this.child.on('exit', resolve));
		this.call('Browser.close').catch(() => {});
		await ended;
	}
}
