// SPDX-License-Identifier: GPL-2.0-only
// Words for what is pointed at in a picture, and keys to get there.

const HINT = 'Point at something, or come here with Tab and move with the arrow keys.';

// The browser's own words come late and not by keyboard, so a mark's title becomes its label.
function name(mark) {
	const title = mark.querySelector('title');
	mark.setAttribute('role', 'img');
	mark.setAttribute('aria-label', title.textContent);
	mark.setAttribute('tabindex', '-1');
	title.remove();
}

function middle(mark) {
	const box = mark.getBBox();
	return { mark, x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

// The nearest mark of the nearest row above (-1) or below (1).
function beside(marks, from, direction) {
	const here = middle(from);
	const far = m => [direction * (m.y - here.y), Math.abs(m.x - here.x)];
	return marks.map(middle).filter(m => far(m)[0] > 3)
		.sort((a, b) => far(a)[0] - far(b)[0] || far(a)[1] - far(b)[1])[0]?.mark;
}

function next(marks, from, key) {
	const at = marks.indexOf(from);
	switch (key) {
	case 'ArrowLeft': return marks[at - 1];
	case 'ArrowRight': return marks[at + 1];
	case 'ArrowUp': return beside(marks, from, -1);
	case 'ArrowDown': return beside(marks, from, 1);
	case 'Home': return marks[0];
	case 'End': return marks[marks.length - 1];
	default: return null;
	}
}

// Its figure listens, since Chromium stops at an SVG that listens for the focus itself.
export function enliven(svg) {
	const marks = [...svg.querySelectorAll('.mark')];
	const figure = svg.closest('figure');
	const output = figure.querySelector('output');
	if (!marks.length)
		return;
	const on = (type, act) => figure.addEventListener(type, event => {
		const mark = event.target.closest('.mark');
		if (mark)
			act(mark, event);
	});
	const say = mark => {
		output.textContent = mark.getAttribute('aria-label');
		output.className = 'said-now';
	};
	let current = marks[0];
	marks.forEach(name);
	current.setAttribute('tabindex', '0');
	output.textContent = HINT;
	on('pointerover', say);
	on('focusin', mark => {
		current.setAttribute('tabindex', '-1');
		current = mark;
		current.setAttribute('tabindex', '0');
		say(mark);
	});
	on('keydown', (mark, event) => {
		const to = next(marks, mark, event.key);
		if (to === null)
			return;
		event.preventDefault();
		to?.focus();
	});
}
