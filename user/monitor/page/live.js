// SPDX-License-Identifier: GPL-2.0-only
// Asks for status.json each second, and shows it.
'use strict';

const SECONDS = 120; // that the chart shows
const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');
const past = []; // hit rates, a second each; NaN: nothing was read; null: not known
let last = null; // what the answer before said, and when

function put(id, number) {
	$(id).textContent = isNaN(number) ? '-' : grouped.format(Math.round(number));
}

// Rates are of the time since the last answer, unless the counters or the mode are others.
function show(now, f, mode) {
	let from = last;
	if (!from || from.mode !== mode || from.f.reads > f.reads)
		from = null;
	last = { now, f, mode };
	put('mismatches', f.mismatches);
	$('mismatches').className = f.mismatches ? 'bad' : '';
	if (!from) {
		draw(null);
		return;
	}
	const t = (now - from.now) / 1000;
	const reads = f.mode_reads - from.f.mode_reads;
	const rate = reads > 0 ? 100 * (f.hits - from.f.hits) / reads : NaN;
	put('reads', (f.reads - from.f.reads) / t);
	put('hits', (f.hits - from.f.hits) / t);
	put('hardware', (f.hardware_reads - from.f.hardware_reads) / t);
	$('rate').textContent = isNaN(rate) ? '-' : rate.toFixed(1);
	draw(rate);
}

// Lists of points, to be joined: over seconds without a read, but not over unknown ones.
function runs() {
	const all = [];
	let run = null;
	past.forEach((rate, i) => {
		if (rate === null)
			run = null;
		if (rate === null || isNaN(rate))
			return;
		if (!run)
			all.push(run = []);
		run.push([SECONDS - (past.length - 1 - i), 100 - rate]);
	});
	return all;
}

// "h0" makes a dot of a point that is alone.
function draw(rate) {
	past.push(rate);
	if (past.length > SECONDS + 1)
		past.shift();
	const lines = runs().map(run => 'M' + run.join('L') + 'h0');
	const areas = runs().map((run, i) => `${lines[i]}V100H${run[0][0]}Z`);
	$('line').setAttribute('d', lines.join(''));
	$('area').setAttribute('d', areas.join(''));
}

function clear() {
	last = null;
	for (const id of ['reads', 'hits', 'rate', 'hardware', 'mismatches']) {
		$(id).textContent = '-';
		$(id).className = '';
	}
	draw(null);
}

function row(name) {
	const div = document.createElement('div');
	div.appendChild(document.createElement('dt')).textContent = name;
	div.appendChild(document.createElement('dd'));
	return div;
}

// Rows stay while the names do, so that text in them can be selected.
function list(stats) {
	const names = Object.keys(stats);
	const shown = [...$('stats').querySelectorAll('dt')].map(dt => dt.textContent);
	if (names.join('\n') !== shown.join('\n'))
		$('stats').replaceChildren(...names.map(row));
	$('stats').querySelectorAll('dd').forEach((dd, i) => {
		dd.textContent = grouped.format(stats[names[i]]);
	});
}

function say(text, kind) {
	$('state').textContent = text;
	$('state').className = kind;
}

async function tick() {
	try {
		const j = await (await fetch('status.json')).json();
		if (j.up) {
			say('Mode ' + j.mode, j.mode);
			show(performance.now(), j.figures, j.mode);
		} else {
			say('The kernel helper is not loaded.', 'bad');
			clear();
		}
		list(j.stats);
		document.body.className = '';
	} catch (e) {
		say('pcsc-monitor does not answer.', 'bad');
		document.body.className = 'old';
	}
	setTimeout(tick, 1000);
}
tick();
