// SPDX-License-Identifier: GPL-2.0-only
// The demo's page: of a demo that was kept in demo.json, and of one that left nothing.
import { readFileSync } from 'node:fs';
import { faint, keep, look, run, verdict } from './seen.mjs';

const CARDS = ['phases', 'latencies', 'vf', 'why', 'dashboard'];

let browser, directory, page;

const ask = expression => browser.ask(expression);
const text = id => ask(`document.getElementById(${JSON.stringify(id)}).textContent`);
const column = (table, n) => ask(`[...document.querySelectorAll(${JSON.stringify(table)} + ' tbody tr')].map(tr => Number(tr.children[${n}].textContent.replaceAll(',', '')))`);
const sum = list => list.reduce((all, n) => all + n, 0);
const grouped = new Intl.NumberFormat('en-US');

// In the page: what the squares of the key count, and what each form or colour of it is.
const counted = () => ask(`[...document.querySelectorAll('#vf-key span')].reduce((n, e) => n + Number(e.textContent.replaceAll(',', '')), 0)`);

async function hold_figures() {
	const { figures } = page;
	const sentences = await text('sentences');
	for (const name of ['functions', 'before', 'after', 'hits_workload', 'compared'])
		verdict(`the sentences have ${name} of the report's figures, ${figures[name]}`, sentences.includes(grouped.format(figures[name])), true);
	const [before, hits, after] = [await column('#phases', 1), await column('#phases', 3), await column('#phases', 5)];
	verdict('the last row of the table has the figures', [before.at(-1), hits.at(-1), after.at(-1)], [figures.before, figures.hits_workload, figures.after].map(Number));
	verdict('and is the sum of the others', [before, hits, after].map(list => sum(list.slice(0, -1))), [before, hits, after].map(list => list.at(-1)));
	const said = await ask(`[...document.querySelectorAll('#phases .mark')].map(m => m.getAttribute('aria-label').match(/: ([\\d,]+) without the cache, ([\\d,]+) with it/).slice(1).map(n => Number(n.replaceAll(',', ''))))`);
	verdict('the bars say what the table does', said, before.slice(0, -1).map((n, i) => [n, after[i]]));
	const widths = await ask(`[...document.querySelectorAll('#phases rect.reads')].slice(1).map(r => r.getBoundingClientRect().width)`);
	verdict('and are as long', widths.every((w, i) => Math.abs(w / widths[0] - Math.max(after[i], 1) / after[0]) < .02), true);
	verdict('each read has its latency', [sum(await column('#latencies', 1)), sum(await column('#latencies', 2))], [page.latency.before, page.latency.after].map(list => sum(list.map(slot => slot[1]))));
	verdict('without the cache and with it are as many reads', sum(await column('#latencies', 2)), page.all.reads);
}

async function use_vf() {
	verdict('each byte of the VF has a class', await counted(), page.space.bytes);
	verdict('its table has each byte once', sum(await column('#vf-table', 1)), page.space.bytes);
	await ask(`document.getElementById('vf-grid').focus()`);
	const first = await text('vf-at');
	await browser.press('ArrowRight');
	verdict(`the focus names a register and its reads: '${first.slice(0, 40)}...'`, [/VENDOR_ID.*read [\d,]+ times/.test(first), (await text('vf-at')).startsWith('0x004')], [true, true]);
	await ask(`document.querySelector('[name=vf-lens][value=reads]').click()`);
	verdict('by reads, each dword has its colour', await counted(), page.space.bytes / 4);
	verdict('those that were never read are empty', await ask(`document.querySelectorAll('#vf-grid .h0').length`), page.space.bytes / 4 - new Set(page.registers.map(([offset]) => offset >> 2)).size);
}

async function use_why() {
	const most = Math.max(...page.explain.bytes.filter(run => run.class === 'const').map(run => sum(page.registers.filter(r => r[0] === run.offset).map(r => r[1]))));
	const chosen = page.explain.bytes[await ask(`document.getElementById('why-register').value`)];
	verdict('the register explained is the one of those in memory that is read most', sum(page.registers.filter(r => r[0] === chosen.offset).map(r => r[1])), most);
	const facts = await text('why-facts');
	verdict('with its evidence', [`${grouped.format(chosen.evidence.reads)} reads`, `${grouped.format(chosen.evidence.functions)} functions`].map(words => facts.includes(words)), [true, true]);
	await ask(`(s => (s.value = ${page.explain.bytes.findIndex(run => run.register === 'COMMAND')}, s.dispatchEvent(new Event('change'))))(document.getElementById('why-register'))`);
	verdict('another says why not', /^COMMAND \(.*\): volatile, so hardware always answers: it is on the floor/.test(await text('why-word')), true);
}

async function see_dashboard() {
	const { status, functions } = page.dashboard;
	verdict('the dashboard has the last state', [await text('word'), await text('mode'), await text('avoided')], [status.health, status.mode, grouped.format(status.figures.hits)]);
	verdict('nothing needed attention', await text('red-count'), '0');
	verdict('all counters', await ask(`document.querySelectorAll('#counters dd').length`), Object.keys(status.stats).length);
	verdict('and all functions', await ask(`document.querySelectorAll('#map [role=option]').length`), functions.functions.length);
	verdict('its chart is that of the run', await ask(`[...document.querySelectorAll('#twin tbody td:last-child')].some(td => Number(td.textContent.replaceAll(',', '')) > 0)`), true);
	await ask(`(s => (s.value = '${page.space.address}', s.dispatchEvent(new Event('input'))))(document.getElementById('search'))`);
	await ask(`document.getElementById('search').focus()`);
	await browser.press('Enter');
	await ask(`document.getElementById('map').focus()`);
	await browser.press('Enter');
	verdict('Enter on the VF opens its configuration space there, too', await ask(`document.querySelectorAll('#space-grid [role=option]').length`), page.space.bytes / 4);
	await browser.press('Escape');
}

// Where Tab stops, until it is back at the beginning.
async function use_keys() {
	const stops = [], charts = new Set();
	await browser.go(`file://${directory}/demo.html`);
	for (let i = 0; i < 60; i++) {
		await browser.press('Tab');
		stops.push(await ask(`(e => e.closest('section')?.closest('#dashboard') ? 'dashboard' : e.closest('section')?.id)(document.activeElement)`));
		charts.add(await ask(`document.activeElement.closest('svg.chart')?.classList[1] ?? ''`));
	}
	verdict('Tab leads into both pictures', ['bars', 'histogram'].map(chart => charts.has(chart)), [true, true]);
	verdict('Tab leads to every card, in the order of the page', [...new Set(stops.filter(stop => stop))], CARDS);
	await ask(`document.querySelector('#phases .mark').focus()`);
	const first = await ask(`document.querySelector('#phases output').textContent`);
	await browser.press('ArrowDown');
	verdict('arrows move between bars, which say what they are', [first.startsWith('vf-enable: '), (await ask(`document.querySelector('#phases output').textContent`)).startsWith('lspci: ')], [true, true]);
	await ask(`document.querySelector('#latencies .mark').focus()`);
	await browser.press('ArrowRight');
	verdict('and between columns', / µs to .* without the cache, .* with it$/.test(await ask(`document.querySelector('#latencies output').textContent`)), true);
}

async function open_tables() {
	await ask(`document.querySelectorAll('details').forEach(d => d.open = true)`);
	for (const width of [390, 1280]) {
		await browser.see(width, 900, 'dark');
		verdict(`${width} pixels: tables are in boxes of their own`, await ask('document.documentElement.scrollWidth <= innerWidth'), true);
	}
	verdict('letters of tables can be read', await run(browser, faint), []);
	await keep(browser, directory, 'demo-tables.png');
}

async function refuse() {
	verdict('it asks for nothing but itself', browser.asked.filter(url => !/^file:.*demo\.html$/.test(url) && !url.startsWith('data:')), []);
	verdict('no error on the console', browser.said, []);
	const refused = await ask(`Promise.race([new Promise(done => addEventListener('securitypolicyviolation', e => done(e.effectiveDirective))), new Promise(done => fetch('http://127.0.0.1:9/').catch(() => setTimeout(done, 500, 'nothing')))])`);
	verdict('its policy refuses what is elsewhere', refused, 'connect-src');
	verdict('and a script that it does not know', await ask(`(s => (s.textContent = 'globalThis.ran = 1', document.body.append(s), globalThis.ran ?? 0))(document.createElement('script'))`), 0);
	browser.said = [];
}

// Of a demo that left nothing: each card says so, and nothing dies.
async function without() {
	browser.forget();
	await browser.see(1280, 900, 'light');
	await browser.go(`file://${directory}/nothing/demo/index.html`);
	verdict('of nothing, each card says what is missing', await ask(`${JSON.stringify(CARDS)}.map(id => document.querySelector('#' + id + ' .missing').checkVisibility())`), CARDS.map(() => true));
	verdict('and shows no empty picture', await ask(`[...document.querySelectorAll('figure, .known')].some(e => e.checkVisibility())`), false);
	verdict('the sentences say so, too', (await text('sentences')).includes('left no figures'), true);
	verdict('nothing is said of a daemon that died', await ask(`document.body.className`), '');
	verdict('no error on the console of that', browser.said, []);
	await keep(browser, directory, 'demo-nothing.png');
}

export async function check_demo(its_browser, its_directory) {
	[browser, directory] = [its_browser, its_directory];
	page = JSON.parse(readFileSync(new URL('demo.json', import.meta.url), 'utf8'));
	browser.forget();
	await browser.call('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
	for (const width of [390, 1280])
		for (const scheme of ['light', 'dark'])
			await look(browser, directory, `file://${directory}/demo.html`, 'demo', width, scheme);
	await hold_figures();
	await use_vf();
	await use_why();
	await see_dashboard();
	await use_keys();
	await open_tables();
	await refuse();
	await without();
	await browser.call('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
}
