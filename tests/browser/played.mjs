// SPDX-License-Identifier: GPL-2.0-only
// An hour of a busy host, played to the page as fast as it takes it: a server in front of
// the daemon lets ten seconds pass at each question, in which all functions are read.
import { createServer, request } from 'node:http';
import { verdict } from './seen.mjs';

const HOUR = 3600; // seconds
const AT_ONCE = 10; // seconds that pass between two answers
const MOST_MS = 50;

// Runs in the page before its scripts: its seconds are short.
const hurry = `const wait = setTimeout;
	globalThis.setTimeout = (f, ms, ...more) => wait(f, ms === 1000 ? 20 : ms, ...more);`;

class Stream {
	seconds = 0;
	#base = null;

	take(text) {
		const said = JSON.parse(text);
		if (!this.#base && !said.known)
			return text;
		this.#base ??= said;
		const { columns, functions } = this.#base;
		const [hits, hardware, why] = ['hits', 'hardware', 'why'].map(name => columns.indexOf(name));
		for (let left = AT_ONCE; left--; this.seconds++)
			for (let i = this.seconds % 10; i < functions.length; i += 10) {
				functions[i][hits] += 37 + i % 11;
				functions[i][hardware] += 1 + i % 3;
			}
		// Now and then a PF's VFs are reset, all of them.
		if (this.seconds % 80 === 0)
			for (const row of functions)
				if (row[1] === '0000:22:00.0')
					row[why] ^= 4;
		return JSON.stringify({ ...this.#base, age_ms: 20 });
	}
}

function serve(url, stream) {
	return createServer((asked, answer) => {
		const on = request(new URL(asked.url, url), { headers: { ...asked.headers, host: '127.0.0.1' } }, from => {
			const parts = [];
			from.on('data', part => parts.push(part)).on('end', () => {
				const text = Buffer.concat(parts);
				answer.writeHead(from.statusCode, { 'Content-Type': from.headers['content-type'], 'Content-Security-Policy': from.headers['content-security-policy'] });
				answer.end(asked.url.includes('functions.json') && from.statusCode === 200 ? stream.take(text) : text);
			});
		});
		on.on('error', () => answer.destroy());
		on.end();
	});
}

export async function play(browser, url, key, built) {
	const stream = new Stream();
	const server = serve(url, stream);
	await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
	const { identifier } = await browser.call('Page.addScriptToEvaluateOnNewDocument', { source: hurry });
	await browser.see(1280, 900, 'light');
	await browser.go('about:blank');
	await browser.go(`http://127.0.0.1:${server.address().port}/#key=${key}`);
	await built();
	await browser.ask(`document.querySelector('[value=rate]').click(); document.getElementById('all').open = true`);
	await browser.trace();
	const until = Date.now() + 150e3;
	while (stream.seconds < HOUR && Date.now() < until)
		await new Promise(resolve => setTimeout(resolve, 500));
	const tasks = await browser.tasks();
	const longest = tasks.reduce((most, ms) => Math.max(most, ms), 0);
	const heap = (await browser.call('Runtime.getHeapUsage')).usedSize;
	verdict(`an hour was played: ${stream.seconds} s`, stream.seconds >= HOUR, true);
	verdict(`none of ${tasks.length} tasks took over ${MOST_MS} ms; the longest took ${longest.toFixed(1)}`, [tasks.length > 1000, tasks.filter(ms => ms > MOST_MS)], [true, []]);
	verdict('and it has not grown over 64 MiB', heap < 64 * 2 ** 20, true);
	await browser.call('Page.removeScriptToEvaluateOnNewDocument', { identifier });
	await browser.go('about:blank');
	server.closeAllConnections();
	server.close();
	return { seconds: stream.seconds, tasks: tasks.length, longest, heap };
}
