// SPDX-License-Identifier: GPL-2.0-only
// How long a read takes, from memory and from hardware, as the helper estimates it.
import { duration } from './words.js';

const $ = id => document.getElementById(id);

function put(id, text) {
	if ($(id).textContent !== text)
		$(id).textContent = text;
}

const microseconds = us => us ? `${us < 10 ? us.toFixed(2) : us.toFixed(1)} µs` : '-';

export function latency({ lookup_us, hardware_us }, stats) {
	for (const dd of document.querySelectorAll('#times dd')) {
		const us = stats[dd.dataset.name];
		dd.textContent = us === undefined ? '-' : duration(us);
	}
	put('lookup', microseconds(lookup_us));
	put('hardware', microseconds(hardware_us));
	const most = Math.max(lookup_us, hardware_us) || 1;
	$('lookup-bar').value = lookup_us / most;
	$('hardware-bar').value = hardware_us / most;
	const times = lookup_us && hardware_us / lookup_us;
	put('latency-note', times > 1 ? `Memory is ${times < 10 ? times.toFixed(1) : Math.round(times)} times as fast. From counts, and the time of one access.` : 'Nothing to compare yet.');
}
