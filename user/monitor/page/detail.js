// SPDX-License-Identifier: GPL-2.0-only
// Asks each second for what the key opens, and shows it.
import { EVERY, Refused, ask_with_key, forget_key, has_key } from './ask.js';
import { attend } from './attention.js';
import { after, tell } from './events.js';
import { Functions } from './functions.js';
import * as heaviest from './heaviest.js';
import * as map from './map.js';
import * as space from './space.js';
import { handed } from './update.js';

const OLD = 5000; // ms: what is shown is so old
const SOON = 150; // ms: the first answer is only that the helper is being asked

const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');
const all = new Functions();
let heard = performance.now(); // the helper said then what is shown

// Another daemon has another key, and this one will never fit again.
function lock() {
	forget_key();
	document.documentElement.classList.remove('keyed');
	$('locked-why').textContent = 'The key does not fit, since pcsc-monitor was started again. ';
}

function age() {
	const ms = performance.now() - heard;
	const text = ms > OLD ? `This is what the helper said ${Math.round(ms / 1000)} s ago.` : '';
	if ($('detail-age').textContent !== text)
		$('detail-age').textContent = text;
}

const pause = () => new Promise(resolve => setTimeout(resolve));

// A task for each part: together they may be long on a slow machine.
async function show(functions) {
	const up = all.take(functions);
	heard = performance.now() - (functions.age_ms ?? 0);
	attend(all, up);
	await pause();
	map.draw(all);
	await pause();
	heaviest.weigh(all);
}

// What goes wrong once, in the daemon, on the way or here, does not end the asking.
async function tick() {
	let next = EVERY;
	try {
		const functions = await ask_with_key('functions.json');
		if (functions.known)
			await show(functions);
		else
			next = SOON;
		await space.look();
		await pause();
		tell(await ask_with_key(`events.json?after=${after()}`));
		const handover = await ask_with_key('handover.json');
		if (handover.known)
			handed(handover);
	} catch (error) {
		if (error instanceof Refused) {
			lock();
			return;
		}
		// live.js says that the daemon does not answer, or not in JSON.
		if (!(error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError))
			reportError(error);
	}
	age();
	if (EVERY)
		setTimeout(tick, next);
}

function search(event) {
	const words = $('search').value.trim().toLowerCase().split(/\s+/);
	const match = f => words.every(word => f.text.includes(word));
	const found = all.list.filter(match).length;
	map.search(match, event.key === 'Enter');
	heaviest.search(match);
	$('found').textContent = words[0] ? `${grouped.format(found)} of ${grouped.format(all.list.length)}` : '';
}

export function begin() {
	if (!has_key())
		return;
	map.begin();
	space.begin(ask_with_key);
	heaviest.begin();
	$('search').addEventListener('input', search);
	$('search').addEventListener('keydown', event => event.key === 'Enter' && search(event));
	tick();
}
