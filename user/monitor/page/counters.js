// SPDX-License-Identifier: GPL-2.0-only
// Every line of stats under a heading. tests/unit/names.sh holds the names against the helper's.

const GROUPS = [
	['Reads, by how they were answered', 'Hits, misses and uncachable reads add up to Total Reads. Bypassed reads, would-be hits and verified hits are among the uncachable.',
		['Total Reads', 'Hardware Reads', 'Hit Rate', 'Cache Hits', 'Cache Misses', 'Uncachable Reads', 'Bypassed Reads', 'Would-be Hits', 'Verified Hits', 'Sibling Hits', 'Shadow Reads']],
	['Reads, by who asked', 'The kernel while it looks for VFs, its drivers, drivers in user space, and reads of addresses where no function is known.',
		['Enumeration Reads', 'Enumeration Hits', 'Kernel Reads', 'Kernel Hits', 'User Driver Reads', 'User Driver Hits', 'Unlisted Reads', 'Unlisted Hits']],
	['Time', 'In microseconds. Estimates: a count times the time of one access.',
		['Total Hardware Access Time', 'Total Cache Access Time', 'Cache Access Time (without HW reads due to Misses)', 'HW Access Time due to misses']],
	['What fills and empties the cache', 'Values come by fills and go with resets, writes and power, which Device Resets counts; Cache Invalidations has these, and mismatches and devices that did not answer besides.',
		['Fills', 'Writes', 'Cache Invalidations', 'Device Resets']],
	['Reads of its own', 'The helper reads hardware for itself, which no driver asked for.',
		['Walk Reads', 'Identity Reads', 'Populate Reads', 'Scrub Reads']],
	['Trouble', 'All of these should be 0, but for demoted bytes: drivers may write where nothing was expected.',
		['Mismatches', 'Mismatched Registers', 'Mismatches Not Passed On', 'Quarantined Functions', 'Demoted Bytes', 'Dropped Templates', 'Missing Hooks', 'Missed Hook Calls']],
	['Brought over from the last kernel', 'Only after a live update.',
		['Restored Devices', 'Total Restore Time', 'Hashtable Initial Entries', 'Hashtable Build Time', 'Refused Lines', 'Waiting Lines']],
];
const PERCENT = 'Hit Rate';
const OTHERS = ['Others', 'This page does not know them.'];

const grouped = new Intl.NumberFormat('en-US');
let shown = null;

function element(name, text) {
	const made = document.createElement(name);
	made.textContent = text;
	return made;
}

function group([heading, explanation, names]) {
	const section = document.createElement('section');
	const list = document.createElement('dl');
	for (const name of names) {
		const div = list.appendChild(document.createElement('div'));
		const value = element('dd', '');
		value.dataset.name = name;
		div.append(element('dt', name), value);
	}
	section.append(element('h3', heading), element('p', explanation), list);
	return section;
}

// Rows stay while the names do, so that text in them can be selected.
export function count(stats) {
	const names = Object.keys(stats);
	if (names.join('\n') !== shown) {
		const known = GROUPS.flatMap(g => g[2]);
		const groups = [...GROUPS, [...OTHERS, names.filter(name => !known.includes(name))]]
			.map(([heading, explanation, of]) => [heading, explanation, of.filter(name => name in stats)])
			.filter(g => g[2].length);
		document.getElementById('counters').replaceChildren(...groups.map(group));
		document.getElementById('no-counters').hidden = names.length > 0;
		shown = names.join('\n');
	}
	document.querySelectorAll('#counters dd').forEach(dd => {
		dd.textContent = grouped.format(stats[dd.dataset.name]) + (dd.dataset.name === PERCENT ? ' %' : '');
	});
}
