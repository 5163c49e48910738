// SPDX-License-Identifier: GPL-2.0-only
// Asks each second for status.json, and for what is new in history.json, and shows both.
import { EVERY, ask } from './ask.js';
import { Past, hits_of, sum } from './past.js';
import { begin, draw } from './chart.js';
import { count } from './counters.js';
import * as detail from './detail.js';
import { latency } from './latency.js';
import * as measured from './measured.js';
import { duration } from './words.js';

const NOW = 5e3; // ms that "now" is
const MINUTES = 120e3;

const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');
const past = new Past();
let answered = null; // when the daemon did, last

function put(id, text) {
	if ($(id).textContent !== text)
		$(id).textContent = text;
}

const plural = (n, one, many) => `${grouped.format(n)} ${n === 1 ? one : many}`;

function health(word, level, advice) {
	$('health').className = level;
	put('word', word);
	put('advice', advice);
	if (EVERY)
		document.title = `${word} - pcsc`;
}

function rate(id, rows, mode, note) {
	const { n, ms } = sum(rows);
	const of = n && hits_of(n, mode);
	put(id, of?.reads > 0 ? `${(100 * of.hits / of.reads).toFixed(1)} %` : '-');
	put(`${id}-note`, n ? note(of.reads, ms) : 'nothing known yet');
}

const MODES = {
	on: 'memory answers what it may',
	shadow: 'hardware answers, and is compared',
	off: 'hardware answers',
};

function glance(mode, f) {
	const shadow = mode === 'shadow';
	put('mode', mode || 'not known');
	put('mode-note', MODES[mode] ?? '');
	rate('rate-now', past.since(NOW), mode, (reads, ms) => `of ${grouped.format(Math.round(reads * 1000 / ms))} reads/s`);
	rate('rate-hour', past.rows, mode, reads => `of ${plural(reads, 'read', 'reads')}`);
	put('saved-name', shadow ? 'Would have saved' : 'Time saved so far');
	put('saved', duration(f.saved_us));
	put('saved-note', 'an estimate, not measured');
	put('avoided-name', shadow ? 'Hardware reads it would avoid' : 'Hardware reads avoided');
	put('avoided', grouped.format(f.avoided_reads));
	put('avoided-note', `and ${grouped.format(f.own_reads)} of its own made`);
	put('mismatches', grouped.format(f.mismatches));
	put('mismatches-note', `${grouped.format(f.quarantined)} quarantined, ${grouped.format(f.demoted)} bytes demoted`);
	$('trouble').className = f.mismatches || f.quarantined ? 'bad' : '';
}

// Without a helper there are no figures, and the last ones are nobody's.
function nothing() {
	document.querySelectorAll('#glance dd:nth-of-type(1), #causes td').forEach(e => e.textContent = '-');
	document.querySelectorAll('#glance dd:nth-of-type(2)').forEach(e => e.textContent = '\u00a0');
	$('trouble').className = '';
	latency({ lookup_us: 0, hardware_us: 0 }, {});
}

function causes(stats) {
	const minutes = sum(past.since(MINUTES)).n;
	const hour = sum(past.rows).n;
	for (const tr of document.querySelectorAll('#causes tbody tr')) {
		const numbers = [minutes?.[tr.dataset.column], hour?.[tr.dataset.column], stats[tr.dataset.name]];
		tr.querySelectorAll('td').forEach((td, i) => td.textContent = numbers[i] === undefined ? '-' : grouped.format(numbers[i]));
	}
}

function show(j) {
	health(j.health, j.level, j.advice);
	if (j.up) {
		glance(j.mode, j.figures);
		causes(j.stats);
		latency(j.figures, j.stats);
	} else {
		nothing();
	}
	count(j.stats);
	draw(past);
}

function stale() {
	const figures = answered ? ` The figures are those of ${answered.toLocaleTimeString('en-GB')}.` : '';
	health('stale', 'bad', `pcsc-monitor does not answer.${figures} The cache does not need it. Start it again, and this page then goes on by itself.`);
	document.body.className = 'stale';
}

async function tick() {
	let status = null;
	try {
		[status] = await Promise.all([ask('status.json'), past.ask()]);
	} catch {
		stale();
	}
	if (EVERY)
		setTimeout(tick, EVERY);
	if (status) {
		answered = new Date();
		document.body.className = '';
		show(status);
	}
}

begin(past);
tick();
detail.begin();
measured.begin();
