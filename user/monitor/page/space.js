// SPDX-License-Identifier: GPL-2.0-only
// The configuration space of the function that was opened on the map.
import { SpaceGrid, hex, runs_of, said_of } from './space_grid.js';
import { Table } from './table.js';

const SOON = 150; // ms: the first answer is only that the helper is being asked
const $ = id => document.getElementById(id);
const COLUMNS = [
	{ name: 'from', left: true, value: run => run.offset, text: run => hex(run.offset) },
	{ name: 'bytes', value: run => run.length, text: run => String(run.length) },
	{ name: 'register', left: true, value: run => run.register, text: run => run.register },
	{ name: 'place', left: true, value: run => run.place, text: run => run.place },
	{ name: 'PCIe', left: true, value: run => run.source, text: run => run.source },
	{ name: 'state', left: true, value: run => run.state, text: said_of },
];

let grid, table, ask;
let address = null;
let answer = null;
let timer = null;
let drawn = false; // what the helper said
let back = () => {};

const known = () => answer?.known && answer.runs;

function list() {
	if ($('space-all').open && known())
		table.show(runs_of(answer), 4096);
}

// What is not known, or no longer, is not shown.
function clear() {
	grid.clear();
	table.show([], 4096);
	drawn = false;
}

function show() {
	if (!known()) {
		if (drawn)
			clear();
		$('space-at').textContent = answer.reason ?? 'Asking the helper.';
		return;
	}
	grid.draw(answer);
	drawn = true;
	if (!answer.bytes)
		$('space-at').textContent = 'The helper has not evaluated it, so hardware answers all of it.';
	list();
}

// True if one is open.
export async function look() {
	clearTimeout(timer);
	if (!address)
		return false;
	const asked = address;
	const said = await ask(`function.json?address=${asked}`);
	if (asked !== address)
		return true;
	answer = said;
	if (!answer.up)
		answer.reason = 'There is no helper.';
	show();
	if (answer.up && !answer.known && !answer.reason)
		timer = setTimeout(() => look().catch(() => {}), SOON);
	return true;
}

// RETURN gives the focus back when it is closed.
export function open(f, go_back) {
	const other = f.address !== address;
	[address, back] = [f.address, go_back];
	$('space').hidden = false;
	$('space-name').textContent = `Configuration space of ${f.address}`;
	$('space-what').textContent = f.full;
	$('space-how').textContent = `pcsc-profile explain ${f.address}`;
	if (other) {
		answer = null;
		clear();
	}
	$('space-grid').focus();
	$('space').scrollIntoView({ block: 'nearest' });
	look().catch(() => {}); // detail.js asks again
}

function close() {
	address = null;
	$('space').hidden = true;
	back();
}

export function begin(how_to_ask) {
	ask = how_to_ask;
	grid = new SpaceGrid({ grid: $('space-grid'), key: $('space-key'), at: $('space-at') });
	table = new Table($('space-table'), COLUMNS, 0, list);
	table.down = false;
	$('space-close').addEventListener('click', close);
	$('space').addEventListener('keydown', event => event.key === 'Escape' && close());
	$('space-all').addEventListener('toggle', list);
}
