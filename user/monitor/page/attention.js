// SPDX-License-Identifier: GPL-2.0-only
// What needs attention: functions that are out of service, and why.
import { IN_RED, reasons } from './functions.js';

const MOST = 60;
const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');

let shown = '';

function item(f, walk) {
	const li = document.createElement('li');
	const head = li.appendChild(document.createElement('p'));
	const sign = head.appendChild(document.createElement('i'));
	sign.className = `s-${f.state}`;
	head.appendChild(document.createElement('b')).textContent = f.address;
	head.appendChild(document.createElement('span')).textContent = f.state;
	const name = head.appendChild(document.createElement('small'));
	name.textContent = f.name;
	name.title = f.full;
	const why = li.appendChild(document.createElement('p'));
	why.textContent = reasons(f, walk).join(' ');
	return li;
}

export function attend(all, up) {
	const list = all.list.filter(f => IN_RED.includes(f.state))
		.sort((a, b) => IN_RED.indexOf(a.state) - IN_RED.indexOf(b.state));
	const now = `${up} ${list.map(f => `${f.address} ${f.state} ${f.why} ${f.demoted} ${f.mode}`).join()}`;
	if (now === shown)
		return;
	shown = now;
	$('red').className = list.some(f => f.state === 'quarantined') ? 'card bad' : 'card';
	$('red-count').textContent = up ? grouped.format(list.length) : '-';
	$('red-list').replaceChildren(...list.slice(0, MOST).map(f => item(f, all.walk)));
	$('red-more').textContent = !up ? 'Nobody knows while no helper is loaded.' :
		list.length > MOST ? `and ${grouped.format(list.length - MOST)} more: the map and its table have them` :
			list.length ? '' : 'No function is quarantined, limited or demoted.';
}
