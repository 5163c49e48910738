// SPDX-License-Identifier: GPL-2.0-only
// What the key opens on the page of pcsc-monitor: functions, events, the live update, with
// a made-up host of 2,823 functions.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Feed } from './feed.mjs';
import { Daemon, Helper, seconds } from './helper.mjs';
import { play } from './played.mjs';
import { faint, keep, look, moved, run, verdict } from './seen.mjs';
import { check_space } from './space.mjs';

const FUNCTIONS = 2823;
const VF = '0000:19:03.1', OTHER = '0000:16:02.2', ODD = '0000:1c:02.0';

let browser, directory, helper, feed, daemon, url, key;

const ask = expression => browser.ask(expression);
const text = id => ask(`document.getElementById(${JSON.stringify(id)}).textContent`);
const numbers = selector => ask(`[...document.querySelectorAll(${JSON.stringify(selector)})].map(td => Number(td.textContent.replaceAll(',', '')))`);
const sum = list => list.reduce((all, n) => all + n, 0);

// How long until EXPRESSION is true in the page, in seconds.
async function until(expression, most = 6) {
	const from = performance.now();
	while (!await ask(expression) && performance.now() - from < most * 1000)
		await seconds(.05);
	return (performance.now() - from) / 1000;
}

const built = () => until(`document.querySelectorAll('#map [role=option]').length === ${FUNCTIONS} && document.getElementById('map').ariaBusy === 'false'`, 15);

async function open() {
	await browser.go('about:blank');
	await browser.go(`${url}#key=${key}`);
	await built();
}

// Without the key, and with one that fits no more.
async function locked() {
	await browser.see(1280, 900, 'light');
	await browser.go(url);
	await until(`document.getElementById('word').textContent === 'fine'`);
	verdict('without the key there are totals, and a sentence on how to see more',
		[await ask(`document.getElementById('locked').checkVisibility()`), /pcsc-monitor --url/.test(await text('locked')), await ask(`[...document.querySelectorAll('.root')].some(e => e.checkVisibility())`)], [true, true, false]);
	verdict('and nothing is asked that needs it', browser.asked.filter(asked => /(functions|events|handover).json/.test(asked)), []);
	verdict('letters can be read', await run(browser, faint), []);
	await keep(browser, directory, 'detail-locked.png');
	await browser.go('about:blank');
	await browser.go(`${url}#key=${'0'.repeat(32)}`);
	await until(`document.getElementById('locked').checkVisibility()`);
	verdict('a key that does not fit is forgotten, and said', [/does not fit/.test(await text('locked')), await ask(`sessionStorage.getItem('pcsc-key')`)], [true, null]);
	verdict('a wrong key is all that the console has', browser.said.filter(said => !/401/.test(said)), []);
	browser.said = [];
}

async function hold_figures() {
	await ask(`document.getElementById('all').open = true`);
	for (const moment of ['first', 'second']) {
		await feed.tell('step 20');
		const { hits, hardware, functions } = feed.truth;
		await until(`document.querySelectorAll('#top tbody tr td:nth-child(3)').length && [...document.querySelectorAll('#top tbody tr td:nth-child(3)')].reduce((all, td) => all + (Number(td.textContent.replaceAll(',', '')) || 0), 0) === ${hits - await ninth('hits')}`);
		const top = [sum(await numbers('#top td:nth-child(2)')), sum(await numbers('#top td:nth-child(3)')), sum(await numbers('#top td:nth-child(4)'))];
		const rest = await ninth_all();
		verdict(`at the ${moment} moment functions, hits and hardware reads are those of the host`,
			top.map((n, i) => n + rest[i]), [functions, hits, hardware]);
	}
	verdict('the key of the map counts all functions', sum(await numbers('#map-key span')), FUNCTIONS);
}

// The table shows eight kinds of devices of nine: what the last has is in functions.json.
async function ninth_all() {
	const j = await (await fetch(`${url}functions.json`, { headers: { Authorization: `Bearer ${key}` } })).json();
	const of = name => j.columns.indexOf(name);
	const groups = new Map();
	for (const row of j.functions) {
		const g = groups.get(row[of('device')]) ?? [0, 0, 0];
		groups.set(row[of('device')], [g[0] + 1, g[1] + row[of('hits')], g[2] + row[of('hardware')]]);
	}
	return [...groups.values()].sort((a, b) => b[1] - a[1])[8] ?? [0, 0, 0];
}
const ninth = async () => (await ninth_all())[1];

async function use_map() {
	await ask(`document.getElementById('map').focus()`);
	const first = await text('map-at');
	verdict(`the focus says what is there: '${first}'`, /^0000:16:00\.0 Intel .* hits, .* hardware reads/.test(first), true);
	await browser.press('ArrowRight');
	verdict('an arrow goes to the next', (await text('map-at')).slice(0, 12), '0000:16:01.0');
	await browser.press('ArrowDown');
	verdict('down, to the next row', (await text('map-at')).slice(0, 12), '0000:19:01.0');
	const reached = await ask(`(map => {
		const seen = new Set();
		map.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
		for (let i = 0; i < ${FUNCTIONS}; i++) {
			seen.add(document.getElementById('map-at').textContent.slice(0, 12));
			map.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
		}
		return seen.size;
	})(document.getElementById('map'))`);
	verdict('keys reach every square', reached, FUNCTIONS);
	const at = await ask(`(box => ({ x: box.x + 5, y: box.y + 5 }))((e => (e.scrollIntoView({ block: 'center' }), e.getBoundingClientRect()))(document.querySelector('#map i:nth-child(4)')))`);
	await browser.call('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
	verdict('what is pointed at is said', (await text('map-at')).slice(0, 12), '0000:16:01.2');
	await ask(`document.getElementById('search').focus()`);
	await browser.call('Input.insertText', { text: `${VF} mellanox` });
	await until(`document.querySelectorAll('#map i:not(.dim)').length === 1`);
	verdict('a search finds one', [await text('found'), await ask(`document.querySelectorAll('#map i:not(.dim)').length`), await ask(`document.querySelectorAll('#all-table tbody tr').length`)], [`1 of 2,823`, 1, 1]);
	await browser.press('Enter');
	verdict('Enter chooses it', (await text('map-at')).slice(0, 12), VF);
	await keep(browser, directory, 'detail-search.png');
	await ask(`(s => (s.value = '', s.dispatchEvent(new Event('input'))))(document.getElementById('search'))`);
	for (const lens of ['rate', 'hardware']) {
		await ask(`document.querySelector('[name=lens][value=${lens}]').click()`);
		await until(`document.querySelectorAll('#map .h1, #map .h2, #map .h3, #map .h4, #map .h5, #map .h6, #map .h7').length > 1000`);
		verdict(`coloured by ${lens}, all are counted`, sum(await numbers('#map-key span')), FUNCTIONS);
		await keep(browser, directory, `detail-${lens}.png`);
	}
	await ask(`document.querySelector('[name=lens][value=state]').click()`);
}

async function use_table() {
	const first = () => ask(`document.querySelector('#all-table tbody th').textContent`);
	await ask(`[...document.querySelectorAll('#all-table th button')].find(b => b.textContent === 'function').click()`);
	verdict('a click on a column sorts by it', [await first(), await ask(`document.querySelector('#all-table th').ariaSort`)], ['0000:00:00.0', 'ascending']);
	await ask(`document.querySelector('#all-table th button').click()`);
	verdict('and again the other way', [await first() > '0000:80', await ask(`document.querySelector('#all-table th').ariaSort`)], [true, 'descending']);
	for (let more = true; more; more = await ask(`!document.getElementById('all-more').hidden`))
		await ask(`document.getElementById('all-more').click()`);
	verdict('it shows all in the end', await ask(`document.querySelectorAll('#all-table tbody tr').length`), FUNCTIONS);
	await ask(`document.getElementById('all').open = false`);
}

// Each stop once, in the order of the page.
async function use_keys() {
	const stops = [];
	await ask(`document.activeElement.blur(); scrollTo(0, 0)`);
	await open();
	for (let i = 0; i < 19; i++) {
		await browser.press('Tab');
		stops.push(await ask(`(e => e.id || e.value || e.ariaLabel || e.textContent.trim())(document.activeElement)`));
	}
	verdict('Tab leads to everything, in the order of the page', stops, [
		'Functions that are quarantined, limited or demoted', 'Events, the newest first',
		'minutes', 'chart', 'The same as a table', 'What these words mean',
		'search', 'state', 'map', 'The same as a table',
		'device', 'What is read most', 'what', 'functions', 'hits', 'hardware reads', 'hit rate', 'own reads', 'metrics']);
}

// A proxy's own page, for example
async function answer_no_json() {
	const asked = () => browser.asked.filter(asked => /functions.json/.test(asked)).length;
	await ask(`(real => {
		window.fetch = (path, ...more) => /functions/.test(path) ? (window.fetch = real, Promise.resolve(new Response('busy'))) : real(path, ...more);
	})(window.fetch)`);
	await seconds(2);
	const before = asked();
	await seconds(2);
	verdict('an answer that is no JSON does not end the asking', asked() > before, true);
}

async function go_wrong() {
	const from = performance.now();
	await feed.tell(`quarantine ${VF}`);
	helper.n.mismatches = helper.n.quarantined = 1;
	await until(`document.getElementById('red').classList.contains('bad') && document.getElementById('word').textContent === 'quarantined'`);
	verdict('a quarantine turns the page red within 2 s', (performance.now() - from) / 1000 < 2, true);
	verdict('it names the function', (await text('red-list')).startsWith(`${VF}quarantined`), true);
	await until(`document.getElementById('event-list').textContent.includes('${VF}')`);
	verdict('the event is the first of the list', await ask(`document.querySelector('#event-list li').textContent.includes('mismatch${VF} 0x10c')`), true);
	await feed.tell(`disable ${OTHER}`, `demote ${ODD}`, 'live 2790 2760 4');
	await until(`document.getElementById('red-count').textContent === '3'`);
	verdict('the worst is first', await ask(`[...document.querySelectorAll('#red-list b + span')].map(e => e.textContent)`), ['quarantined', 'limited', 'demoted']);
	verdict('squares differ by more than a colour', await ask(`new Set(['quarantined', 'limited', 'demoted', 'served'].map(s => getComputedStyle(document.querySelector('#map .s-' + s)).backgroundImage)).size`), 4);
	verdict('bridges, ports and drives, of which nothing is const, are uncached', await ask(`document.querySelectorAll('#map .s-uncached').length`), 24);
	await until(`document.getElementById('update-adopted').textContent === '2,760'`);
	verdict('the live update', [await text('update-handed'), await text('update-refused'), await text('update-waiting')], ['2,790', '4', '26']);
	verdict('nothing has moved', await ask(moved), []);
	await feed.tell('events 256');
	await until(`document.querySelectorAll('#event-list li').length === 200`);
	verdict('of many events the last 200 are kept', await ask(`document.querySelectorAll('#event-list li').length`), 200);
	verdict('nor by these', await ask(moved), []);
	// Where only what is behind the # differs, a browser stays on the page.
	for (const [width, scheme] of [[390, 'light'], [390, 'dark'], [1280, 'light'], [1280, 'dark']])
		await look(browser, directory, `${url}?${width}${scheme}#key=${key}`, 'detail-bad', width, scheme, built);
}

async function end_well() {
	verdict('no URL that was asked for has the key', browser.asked.filter(asked => asked.replace(/#.*/, '').includes(key)), []);
	verdict('nor has the address bar', (await ask('location.href')).includes(key), false);
	verdict('no error on the console', browser.said, []);
}

async function check() {
	await locked();
	await open();
	await until(`document.getElementById('red-more').textContent.startsWith('No function')`);
	verdict('nothing needs attention', await text('red-count'), '0');
	await feed.tell('mode 1');
	await new Promise(done => setTimeout(done, 2500));
	verdict('a host in shadow has no function that is limited', await text('red-count'), '0');
	await feed.tell('mode 2');
	await hold_figures();
	await use_map();
	await use_table();
	await check_space(browser, directory, feed, VF, open);
	await browser.see(1280, 900, 'light');
	await use_keys();
	await answer_no_json();
	await go_wrong();
	await end_well();
	writeFileSync(join(directory, 'long-tasks.json'), JSON.stringify(await play(browser, url, key, built)));
	verdict('no error on the console', browser.said, []);
}

export async function check_detail(its_browser, its_directory, monitor) {
	[browser, directory] = [its_browser, its_directory];
	helper = new Helper();
	helper.write();
	helper.go();
	const state = join(helper.directory, 'state'), key_file = join(helper.directory, 'key');
	feed = new Feed(join(monitor, '..', 'tests', 'feed'), state, FUNCTIONS);
	await feed.hear();
	daemon = new Daemon(monitor, helper.directory, 0, ['--state', state, '--key', key_file]);
	try {
		url = `http://127.0.0.1:${await daemon.served}/`;
		await seconds(.5);
		key = readFileSync(key_file, 'utf8').trim();
		browser.forget();
		await check();
	} finally {
		daemon.child.kill();
		feed.end();
		helper.end();
	}
}
