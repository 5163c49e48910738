// SPDX-License-Identifier: GPL-2.0-only
// A square for each function, by the PF that it belongs to.
import { STATE_NAMES, STATE_WORDS, share } from './functions.js';
import { in_slices } from './slices.js';
import { open } from './space.js';

const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');
const HINT = 'Point at a square, or come here with Tab and use the arrow keys; a click or Enter opens its configuration space.';
const OTHERS = 'functions without VFs';
const RATES = [.5, .7, .8, .9, .95, .99];
const LENSES = {
	state: {
		of: f => `s-${f.state}`,
		key: STATE_NAMES.map(name => [`s-${name}`, name, STATE_WORDS[name]]).reverse(),
	},
	rate: {
		of: f => share(f) === null ? 'never' : `h${1 + RATES.filter(rate => share(f) >= rate).length}`,
		key: [['never', 'not read'], ['h1', 'under 50 %'], ['h2', '50 %'], ['h3', '70 %'], ['h4', '80 %'], ['h5', '90 %'], ['h6', '95 %'], ['h7', '99 %']],
	},
	hardware: {
		of: f => f.hardware ? `h${Math.min(7, 1 + Math.floor(Math.log10(f.hardware)))}` : 'never',
		key: [['never', 'none'], ['h1', '1'], ['h2', '10'], ['h3', '100'], ['h4', '1,000'], ['h5', '10,000'], ['h6', '100,000'], ['h7', '1,000,000 and more']],
	},
};

let lens = LENSES.state;
let functions = []; // in the order of the squares
let cells = []; // of them
let starts = []; // the number of each group's first square
let counts = new Map(); // class => its number in the key
let chosen = -1;
let matches = () => true;
let turn = 0; // which building is under way

export const words = f => [
	`${f.address} ${f.full}`,
	`${f.state}${f.driver ? `, ${f.driver}` : ''}`,
	`${grouped.format(f.hits)} hits, ${grouped.format(f.hardware)} hardware reads${share(f) === null ? '' : ` (${(100 * share(f)).toFixed(1)} %)`}`,
	`${grouped.format(f.cached)} of ${grouped.format(f.const)} bytes cached`,
].join(' · ');

function class_of(f) {
	return `${lens.of(f)}${f.state === 'quarantined' ? ' bad' : ''}${matches(f) ? '' : ' dim'}`;
}

function paint(i) {
	const name = class_of(functions[i]);
	if (cells[i].className !== name)
		cells[i].className = name;
}

function say() {
	const text = chosen < 0 ? HINT : words(functions[chosen]);
	if ($('map-at').textContent !== text)
		$('map-at').textContent = text;
}

function choose(i, by_key) {
	cells[chosen]?.removeAttribute('aria-selected');
	chosen = i;
	if (i >= 0) {
		cells[i].ariaSelected = 'true';
		cells[i].ariaLabel = words(functions[i]);
		if (by_key)
			cells[i].scrollIntoView({ block: 'nearest' });
		$('map').setAttribute('aria-activedescendant', cells[i].id);
	} else {
		$('map').removeAttribute('aria-activedescendant');
	}
	say();
}

// Functions without VFs have one group, the last.
function groups_of(list) {
	const pfs = new Set(list.map(f => f.pf).filter(pf => pf));
	const groups = new Map();
	for (const f of list) {
		const head = f.pf || (pfs.has(f.address) ? f.address : OTHERS);
		if (!groups.has(head))
			groups.set(head, []);
		groups.get(head).push(f);
	}
	return [...groups].sort((a, b) => (a[0] === OTHERS) - (b[0] === OTHERS));
}

function make_group(head, members, first) {
	const group = document.createElement('div');
	const name = group.appendChild(document.createElement('p'));
	const address = name.appendChild(document.createElement('b'));
	const squares = group.appendChild(document.createElement('div'));
	const pf = members.find(f => f.address === head);
	address.textContent = pf ? head : 'without VFs';
	name.append(pf ? ` ${grouped.format(members.length - 1)} ${members.length === 2 ? 'VF' : 'VFs'}` : ` ${grouped.format(members.length)}`);
	name.title = pf?.full ?? head;
	group.role = 'group';
	group.ariaLabel = pf ? `${head} ${pf.full} and its VFs` : head;
	members.forEach((f, i) => {
		const cell = document.createElement('i');
		cell.id = `f${first + i}`;
		cell.role = 'option';
		cell.className = class_of(f);
		cells.push(cell);
		squares.append(cell);
	});
	return group;
}

async function build(list) {
	const mine = ++turn;
	const was = functions[chosen]?.address;
	const groups = groups_of(list);
	const map = $('map');
	[functions, cells, starts] = [groups.flatMap(group => group[1]), [], []];
	choose(-1);
	map.replaceChildren();
	map.ariaBusy = 'true';
	await in_slices(groups, ([head, members]) => {
		starts.push(cells.length);
		map.append(make_group(head, members, cells.length));
	}, () => mine !== turn);
	if (mine !== turn)
		return;
	map.ariaBusy = 'false';
	functions.forEach((f, i) => f.square = i);
	repaint(); // what changed meanwhile
	if (was)
		choose(functions.findIndex(f => f.address === was));
}

const built = () => cells.length === functions.length;

async function repaint() {
	const mine = turn;
	if (built())
		await in_slices(cells.keys(), paint, () => mine !== turn);
}

function count() {
	const n = new Map();
	for (const f of functions)
		n.set(lens.of(f), (n.get(lens.of(f)) ?? 0) + 1);
	for (const [name, node] of counts) {
		const text = grouped.format(n.get(name) ?? 0);
		if (node.textContent !== text)
			node.textContent = text;
	}
}

function make_key() {
	counts = new Map();
	$('map-key').replaceChildren(...lens.key.map(([name, word, explanation]) => {
		const li = document.createElement('li');
		const sign = li.appendChild(document.createElement('i'));
		sign.className = name;
		li.append(word, ' ');
		li.title = explanation ?? '';
		counts.set(name, li.appendChild(document.createElement('span')));
		return li;
	}));
	count();
}

// The square that is STEPS rows below, as the squares are laid out now.
function below(steps) {
	const rect = cells[chosen].getBoundingClientRect();
	const sign = Math.sign(steps);
	let best = chosen, row = null;
	for (let i = chosen + sign; i >= 0 && i < cells.length; i += sign) {
		const at = cells[i].getBoundingClientRect();
		if (at.top === rect.top)
			continue;
		if (row !== null && at.top !== row)
			break;
		if (row === null || Math.abs(at.left - rect.left) < Math.abs(cells[best].getBoundingClientRect().left - rect.left))
			best = i;
		row = at.top;
	}
	return best;
}

function group_from(sign) {
	const at = starts.findLastIndex(start => start <= chosen);
	return starts[Math.max(0, Math.min(starts.length - 1, at + sign))];
}

function open_chosen() {
	if (chosen >= 0)
		open(functions[chosen], () => $('map').focus());
}

function move(event) {
	if (!cells.length)
		return;
	if (event.key === 'Enter') {
		open_chosen();
		return;
	}
	const from = Math.max(chosen, 0);
	const to = {
		ArrowLeft: () => from - 1, ArrowRight: () => chosen < 0 ? 0 : from + 1,
		ArrowUp: () => chosen < 0 ? 0 : below(-1), ArrowDown: () => chosen < 0 ? 0 : below(1),
		PageUp: () => group_from(-1), PageDown: () => group_from(1),
		Home: () => 0, End: () => cells.length - 1, Escape: () => -1,
	}[event.key]?.();
	if (to === undefined)
		return;
	event.preventDefault();
	choose(event.key === 'Escape' ? -1 : Math.max(0, Math.min(cells.length - 1, to)), true);
}

const square_at = target => target.localName === 'i' && target.id ? Number(target.id.slice(1)) : -1;

// Only squares that MATCH are seen, and the first of them is chosen, if it is TO be.
export function search(match, to) {
	matches = match;
	repaint();
	if (to)
		choose(functions.findIndex(match), true);
}

export function choose_function(f) {
	$('map').focus();
	choose(f.square ?? -1, true);
}

export function draw(all) {
	if (all.moved) {
		build(all.list).then(count);
		return;
	}
	if (built())
		for (const f of all.changed)
			paint(f.square);
	count();
	if (chosen >= 0)
		say();
}

export function begin() {
	const map = $('map');
	// A browser may remember what was chosen.
	lens = LENSES[document.querySelector('[name=lens]:checked').value];
	make_key();
	say();
	map.addEventListener('keydown', move);
	// Not pointerover, which comes without a hand as well, when squares move.
	map.addEventListener('pointermove', event => {
		const square = square_at(event.target);
		if (square >= 0 && square !== chosen)
			choose(square);
	});
	map.addEventListener('click', event => {
		if (square_at(event.target) < 0)
			return;
		choose(square_at(event.target));
		open_chosen();
	});
	map.addEventListener('focus', () => chosen < 0 && cells.length && choose(0, true));
	document.querySelectorAll('[name=lens]').forEach(input => input.addEventListener('change', () => {
		lens = LENSES[input.value];
		make_key();
		repaint();
	}));
}
