// SPDX-License-Identifier: GPL-2.0-only
// Which function is seen how.
import { enliven } from './marks.js';

function choose(id) {
	for (const space of document.querySelectorAll('.space'))
		space.hidden = space.dataset.function !== id;
}

document.querySelectorAll('svg.chart').forEach(enliven);
const functions = document.getElementById('function');
functions.addEventListener('change', () => choose(functions.value));
choose(functions.value);
for (const lens of document.querySelectorAll('input[name=lens]')) {
	lens.checked = lens.defaultChecked;
	lens.addEventListener('change', () => {
		for (const svg of document.querySelectorAll('svg.grid'))
			svg.dataset.lens = lens.value;
	});
}
document.querySelector('.controls').hidden = false;
