// SPDX-License-Identifier: GPL-2.0-only
// What is read most, and the table of all functions.
import { share } from './functions.js';
import { Table } from './table.js';

const TOP = 8;
const FIRST = 50, MORE = 200;
const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');

const number = (name, of) => ({ name, value: of, text: item => grouped.format(of(item)) });
const RATE = {
	name: 'hit rate', value: share, bar: share,
	text: item => share(item) === null ? '-' : `${(100 * share(item)).toFixed(1)} %`,
};
const COUNTS = [number('hits', f => f.hits), number('hardware reads', f => f.hardware), RATE];

const BY = {
	device: f => [f.id, `${f.name}${f.id ? ` [${f.id}]` : ''}`],
	model: f => [f.model, f.model ? `model ${f.model} of the profile` : 'no model'],
	driver: f => [f.driver, f.driver || 'no driver'],
	function: f => [f.address, `${f.address} ${f.name}`],
};

let list = [];
let matches = () => true;
let most = FIRST;
let top_table, all_table;

function add_up() {
	const key = BY[document.querySelector('[name=by]:checked').value];
	const groups = new Map();
	for (const f of list) {
		const [id, name] = key(f);
		if (!groups.has(id))
			groups.set(id, { name, n: 0, hits: 0, hardware: 0, own: 0 });
		const g = groups.get(id);
		g.n++;
		g.hits += f.hits;
		g.hardware += f.hardware;
		g.own += f.own;
	}
	return [...groups.values()];
}

const show_top = () => top_table.show(add_up(), TOP, TOP);

function show_all() {
	if (!$('all').open)
		return;
	const some = list.filter(matches);
	all_table.show(some, most);
	$('all-more').hidden = some.length <= most;
	$('all-more').textContent = `Show ${grouped.format(Math.min(MORE, some.length - most))} more of ${grouped.format(some.length)}`;
}

export function search(match) {
	matches = match;
	most = FIRST;
	show_all();
}

export function weigh(all) {
	({ list } = all);
	show_top();
	show_all();
}

export function begin() {
	top_table = new Table($('top'), [
		{ name: 'what', left: true, value: g => g.name, text: g => g.name },
		number('functions', g => g.n), ...COUNTS, number('own reads', g => g.own),
	], 2, show_top);
	all_table = new Table($('all-table'), [
		{ name: 'function', left: true, value: f => f.address, text: f => f.address },
		{ name: 'state', left: true, value: f => f.state, text: f => f.state },
		...COUNTS,
		number('cached', f => f.cached), number('const', f => f.const), number('writes', f => f.writes), number('own reads', f => f.own),
		{ name: 'driver', left: true, value: f => f.driver, text: f => f.driver || '-' },
		{ name: 'device', left: true, value: f => f.name, text: f => f.name },
	], 3, show_all);
	show_top();
	$('all').addEventListener('toggle', show_all);
	$('all-more').addEventListener('click', () => {
		most += MORE;
		show_all();
	});
	document.querySelectorAll('[name=by]').forEach(input => input.addEventListener('change', show_top));
}
