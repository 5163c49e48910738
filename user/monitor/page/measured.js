// SPDX-License-Identifier: GPL-2.0-only
// How long accesses take, as pcsc-trace measures them if the daemon was asked to run it.
import { ask } from './ask.js';
import { duration } from './words.js';

const EACH = 2000; // ms from an answer to the next question

const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');

function time(ns) {
	const us = ns / 1e3;
	if (us >= 1e6)
		return duration(us);
	return us >= 1e3 ? `${(us / 1e3).toFixed(1)} ms` : `${us.toFixed(us < 10 ? 2 : 1)} µs`;
}

function row(tr, h, seconds) {
	const cells = h.count ? [(h.count / seconds).toFixed(1), time(h.p50_ns), time(h.p99_ns), time(h.max_ns), time(h.sum_ns)] :
		['0', '-', '-', '-', '0'];
	tr.querySelectorAll('td').forEach((td, i) => td.textContent = cells[i]);
}

// Octaves with accesses, and those between them: four slots make one.
function octaves(slots) {
	const counts = new Map();
	for (const { from_ns, count } of slots) {
		const octave = from_ns ? Math.floor(Math.log2(from_ns)) : 6;
		counts.set(octave, (counts.get(octave) ?? 0) + count);
	}
	const known = [...counts.keys()];
	const all = [];
	for (let o = Math.min(...known); o <= Math.max(...known); o++)
		all.push([o, counts.get(o) ?? 0]);
	return all;
}

// A row for each octave stays as long as it is there.
function bars(h) {
	const all = h.count ? octaves(h.slots) : [];
	const most = Math.max(...all.map(([, n]) => n), 1);
	$('measured-bars').replaceChildren(...all.flatMap(([octave, n]) => {
		const name = `${time(octave > 6 ? 2 ** octave : 0)} to ${time(2 ** (octave + 1))}`;
		const dt = document.createElement('dt');
		const dd = document.createElement('dd');
		const meter = document.createElement('meter');
		const number = document.createElement('span');
		dt.textContent = name;
		meter.value = n / most;
		meter.setAttribute('aria-label', `${name}: ${n}`);
		number.textContent = grouped.format(n);
		dd.append(meter, number);
		return [dt, dd];
	}));
}

function words(j) {
	if (!j.traced)
		return `${j.reason}.`;
	const lost = j.losses.map_full + j.losses.inflight + j.losses.recursion;
	const missing = lost ? ` Accesses are missing: at least ${grouped.format(lost)}.` : '';
	return `By pcsc-trace, for ${duration(j.seconds * 1e6)}: whoever asked, and from memory or hardware.${missing}`;
}

function show(j) {
	$('measured').hidden = !j.asked;
	if (!j.asked)
		return;
	$('measured-words').textContent = words(j);
	if (!j.all)
		return;
	const rows = document.querySelectorAll('#measured-figures tbody tr');
	row(rows[0], j.recent.reads, j.recent_seconds);
	row(rows[1], j.all.reads, j.seconds);
	row(rows[2], j.recent.writes, j.recent_seconds);
	row(rows[3], j.all.writes, j.seconds);
	bars(j.recent.reads);
}

// A daemon that was not asked to measure never will.
export async function begin() {
	let asked = true;
	try {
		const j = await ask('latency.json');
		({ asked } = j);
		show(j);
	} catch {
		// The page says already that the daemon does not answer.
	}
	if (asked)
		setTimeout(begin, EACH);
}
