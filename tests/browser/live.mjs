// SPDX-License-Identifier: GPL-2.0-only
// The page of pcsc-monitor, against a daemon whose helper is a script.
import { Daemon, Helper, seconds } from './helper.mjs';
import { faint, keep, look, moved, run, verdict } from './seen.mjs';

const SAID = /^\d\d:\d\d:\d\d: ([\d,.]+ [a-z-]+|no reads)/; // of a moment, below the chart

let browser, directory, helper, daemon, url;

const text = id => browser.ask(`document.getElementById(${JSON.stringify(id)}).textContent`);
const number = async id => Number((await text(id)).replaceAll(',', ''));
const counters = () => browser.ask(`Object.fromEntries([...document.querySelectorAll('#counters dd')].map(dd => [dd.dataset.name, parseFloat(dd.textContent.replaceAll(',', ''))]))`);
const sorted = object => Object.entries(object).sort();

// How long until the page says WORD, in seconds.
async function until(word, most = 5) {
	const from = performance.now();
	while (await text('word') !== word && performance.now() - from < most * 1000)
		await seconds(.05);
	return (performance.now() - from) / 1000;
}

async function state() {
	const level = await browser.ask(`document.getElementById('health').className`);
	const icons = await browser.ask(`[...document.querySelectorAll('#health path')].filter(p => getComputedStyle(p).display !== 'none').map(p => p.className.baseVal)`);
	return [await text('word'), level, icons.join(), (await text('advice')).length > 40];
}

async function hold_figures() {
	const seen = [];
	for (const moment of ['first', 'second']) {
		helper.rest();
		await seconds(2.5);
		const stats = helper.stats();
		verdict(`at the ${moment} moment the counters are those of stats`, sorted(await counters()), sorted(stats));
		verdict(`at the ${moment} moment hits and mismatches are at the top`, [await number('avoided'), await number('mismatches')], [stats['Cache Hits'], stats['Mismatches']]);
		verdict(`at the ${moment} moment the rate of the hour is of the reads that were made in its mode`, Number((await text('rate-hour-note')).replace(/\D/g, '')), stats['Total Reads'] - stats['Shadow Reads']);
		seen.push(stats['Total Reads']);
		helper.n.shadow += 500;
		helper.n.would += 500;
		helper.go();
		await seconds(3);
	}
	verdict('they moved in between', seen[1] > seen[0], true);
	verdict('who has not asked for latencies sees none', await browser.ask(`document.getElementById('measured').hidden`), true);
	verdict('the hit rate of now is a rate', /^\d\d\.\d %$/.test(await text('rate-now')), true);
}

// Keys and what has the focus: each stop once, in the order of the page.
async function use_keys() {
	const stops = [];
	await browser.see(1280, 900, 'light');
	await browser.go(url);
	await until('fine');
	for (let i = 0; i < 7; i++) {
		await browser.press('Tab');
		stops.push(await browser.ask(`(e => e.id || e.value || e.textContent.trim())(document.activeElement)`));
	}
	verdict('Tab leads to everything, in the order of the page', stops,
		['minutes', 'chart', 'The same as a table', 'What these words mean', 'metrics', 'status.json', 'history.json']);
	await browser.ask(`document.getElementById('chart').focus()`);
	await browser.press('ArrowLeft');
	const last = await text('at');
	await browser.press('ArrowLeft');
	const before = await text('at');
	verdict(`arrows move in the chart, and it says what is there: '${last}' after '${before}'`, [SAID.test(last), SAID.test(before), before === last], [true, true, false]);
	await browser.ask(`document.querySelector('[value=minutes]').focus()`);
	await browser.press('ArrowRight');
	verdict('an arrow chooses the hour', await browser.ask(`document.querySelector('[name=range]:checked').value`), 'hour');
}

async function point() {
	await browser.ask(`document.querySelector('[value=minutes]').click()`);
	const at = await browser.ask(`(box => ({ x: box.right - 60, y: box.top + box.height / 2 }))(document.getElementById('chart').getBoundingClientRect())`);
	await browser.call('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
	verdict('what is pointed at is said', SAID.test(await text('at')), true);
	await keep(browser, directory, 'live-pointed.png');
}

async function see_states() {
	helper.mode = 'shadow';
	await until('shadow');
	verdict('shadow, and what to do', await state(), ['shadow', 'idle', 'of-idle', true]);
	verdict('shadow: what would have been', /^Would/.test(await text('saved-name')), true);
	await seconds(3);
	await keep(browser, directory, 'live-shadow.png');
	helper.mode = 'off';
	await until('off');
	verdict('off, and what to do', await state(), ['off', 'idle', 'of-idle', true]);
	helper.unload();
	await until('missing');
	verdict('no helper, and what to do', await state(), ['missing', 'bad', 'of-bad', true]);
	verdict('no helper: no figures', [await text('avoided'), await text('mode'), await browser.ask(`document.querySelectorAll('#counters dd').length`)], ['-', '-', 0]);
	await keep(browser, directory, 'live-missing.png');
	helper.mode = 'on';
	helper.n = Helper.nothing();
	helper.go();
	await until('fine');
	verdict('loaded again', await state(), ['fine', 'good', 'of-good', true]);
	const past = await (await fetch(`${url}history.json`)).json();
	verdict('the past has gaps, and no row that is out of all proportion', [past.rows.some(row => row.length === 1), past.rows.some(row => row.slice(1).some(n => n < 0 || n > 20000))], [true, false]);
}

async function contradict(width) {
	await browser.see(width, 900, 'light');
	await browser.go(url);
	await until('fine');
	helper.n.mismatches = helper.n.quarantined = 1;
	const took = await until('quarantined');
	verdict('a mismatch turns it red within 2 s', took < 2, true);
	verdict('with a word, a colour and a sign', await state(), ['quarantined', 'bad', 'of-bad', true]);
	helper.n.quarantined = 0;
	await until('mismatch');
	verdict('out of quarantine, it is said on', await state(), ['mismatch', 'bad', 'of-bad', true]);
	helper.mode = 'shadow';
	helper.n.mismatches = 0;
	await until('shadow');
	helper.n.mismatches = helper.n.quarantined = 1;
	await until('quarantined');
	verdict(`${width} pixels: nothing moves when what is said changes`, await browser.ask(moved), []);
	await keep(browser, directory, `live-quarantined-${width}.png`);
	helper.mode = 'on';
	helper.n.mismatches = helper.n.quarantined = 0;
	await until('fine');
}

// What the browser says of a server that is not there is no error of the page's.
async function die() {
	verdict('no error on the console', browser.said, []);
	const port = await daemon.served;
	daemon.child.kill('SIGSTOP');
	verdict('a daemon that stands still is said within 4 s', await until('stale') < 4, true);
	daemon.child.kill('SIGCONT');
	await until('fine');
	await daemon.kill();
	verdict('a daemon that died is said within 2 s', await until('stale') < 2, true);
	verdict('with what to do, and whose figures these are', [await state(), /those of \d\d:\d\d:\d\d/.test(await text('advice'))], [['stale', 'bad', 'of-bad', true], true]);
	verdict('and its letters can still be read', await run(browser, faint), []);
	await keep(browser, directory, 'live-stale.png');
	daemon = new Daemon(daemon.child.spawnfile, helper.directory, port);
	await daemon.served;
	await until('fine');
	verdict('when it is back, the page goes on', await state(), ['fine', 'good', 'of-good', true]);
	browser.said = [];
}

// An hour that is made up, since nobody waits for one: a load that comes and goes, and a reload.
function made_up_hour() {
	const columns = ['ms', 'hit', 'miss', 'uncachable', 'bypass', 'would_be_hit', 'verified', 'shadow_reads', 'writes', 'invalidations', 'resets', 'walk', 'identity', 'populate', 'scrub', 'mismatches'];
	const rows = [];
	for (let i = 0; i < 3600; i++) {
		const load = 1 + Math.sin(i / 300) + Math.random() / 3;
		const hits = Math.round(3000 * load), shadow = i < 900;
		rows.push(i % 1800 > 1700 && i < 1800 ? [1000] : [1000, shadow ? 0 : hits, Math.round(200 * load), Math.round(900 * load), i % 40 ? 0 : 700, shadow ? hits : 0, shadow ? 0 : 3,
			shadow ? hits : 0, 90, 9, i % 40 ? 0 : 3, 0, i % 40 ? 0 : 12, 0, 0, 0]);
	}
	return JSON.stringify({ started: 1, first: 1, age_ms: 100, columns, rows });
}

async function see_hour() {
	const hour = made_up_hour();
	browser.stand_in = asked => !asked.includes('history.json') ? null :
		asked.includes('after') ? JSON.stringify({ ...JSON.parse(hour), first: 3601, rows: [] }) : hour;
	await browser.call('Fetch.enable', { patterns: [{ urlPattern: '*/history.json*' }] });
	for (const [width, scheme] of [[390, 'dark'], [1280, 'light']]) {
		await browser.see(width, 900, scheme);
		await browser.go(url);
		await until('fine');
		await browser.ask(`document.querySelector('[value=hour]').click()`);
		await browser.ask(`document.querySelectorAll('details').forEach(d => d.open = true)`);
		verdict(`an hour, ${width} pixels: nothing is wider than the page`, await browser.ask('document.documentElement.scrollWidth <= innerWidth'), true);
		verdict(`an hour, ${width} pixels: letters can be read`, await run(browser, faint), []);
		await keep(browser, directory, `live-hour-${width}-${scheme}.png`);
	}
	await browser.call('Fetch.disable');
}

async function move_little() {
	const drawn = async motion => {
		await browser.see(1280, 900, 'light', motion);
		await browser.go(url);
		await until('fine');
		await browser.ask(`globalThis.row = document.querySelector('#twin tbody tr')`);
		await seconds(2.5);
		return browser.ask(`document.querySelector('#twin tbody tr') !== row`);
	};
	verdict('the chart moves, and hardly where that is not wanted', [await drawn('no-preference'), await drawn('reduce')], [true, false]);
}

async function check() {
	await seconds(20); // for a past
	for (const width of [390, 1280])
		for (const scheme of ['light', 'dark'])
			await look(browser, directory, url, 'live', width, scheme, () => until('fine'));
	await hold_figures();
	await use_keys();
	await point();
	await see_states();
	await contradict(1280);
	await contradict(390);
	await move_little();
	await see_hour();
	await die();
	verdict('the live page asks for nothing from elsewhere', browser.asked.filter(asked => !asked.startsWith(url) && !asked.startsWith('data:')), []);
	verdict('no error on the console after all', browser.said, []);
}

export async function check_live(its_browser, its_directory, monitor) {
	[browser, directory] = [its_browser, its_directory];
	helper = new Helper();
	helper.write();
	helper.go();
	daemon = new Daemon(monitor, helper.directory);
	try {
		url = `http://127.0.0.1:${await daemon.served}/`;
		browser.forget();
		await check();
	} finally {
		daemon.child.kill();
		helper.end();
	}
}
