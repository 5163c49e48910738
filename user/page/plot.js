// SPDX-License-Identifier: GPL-2.0-only
// Pictures of two series beside each other: bars by name, and a histogram. They look as those
// of pcsc-trace do, and marks.js gives them words and keys.
import { enliven } from './marks.js';

const HEAD = 32, ROW = 52, BAR = 8;
const TALL = 190, FOOT = 24; // of a histogram
const LEAST = 1.5; // what there is one of is seen beside thousands
const KEY = 15, LETTER = 6.6;

const grouped = new Intl.NumberFormat('en-US');

function element(name, attributes, text) {
	const made = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	if (text !== undefined)
		made.textContent = text;
	return made;
}

const text = (kind, x, y, words) => element('text', { class: kind, x, y }, words);
const rect = (kind, x, y, width, height) => element('rect', { class: kind, x, y, width, height });

function begin(kind, label, height, series) {
	const svg = element('svg', { class: `chart ${kind}`, role: 'group', 'aria-label': label, width: '100%', height });
	let x = 0;
	for (const [colour, words] of series) {
		svg.append(rect(colour, x, 3, 10, 10), text('faint', x + KEY, 12, words));
		x += KEY + LETTER * words.length + 14;
	}
	return svg;
}

function mark(words, ...parts) {
	const g = element('g', { class: 'mark' });
	g.append(element('title', {}, words), ...parts);
	return g;
}

function put(figure, svg) {
	figure.querySelector('.fit').replaceChildren(svg);
	enliven(svg);
}

// SERIES: [class of a colour, word] each; ROWS: { name, counts, note }, a count for each of them
export function draw_bars(figure, label, series, rows) {
	const svg = begin('bars', label, HEAD + ROW * rows.length, series);
	const most = Math.max(1, ...rows.flatMap(row => row.counts));
	rows.forEach(({ name, counts, note }, i) => {
		const y = HEAD + ROW * i;
		const words = series.map(([, word], s) => `${grouped.format(counts[s])} ${word}`).join(', ');
		svg.append(mark(`${name}: ${words}${note ? `; ${note}` : ''}`, text('label', 0, y + 12, name),
			text('value end', '100%', y + 12, counts.map(n => grouped.format(n)).join(' → ')),
			...counts.flatMap((n, s) => [rect('track', 0, y + 19 + (BAR + 2) * s, '100%', BAR), rect(series[s][0], 0, y + 19 + (BAR + 2) * s, `${Math.max(100 * n / most, .2)}%`, BAR)])));
	});
	put(figure, svg);
}

// STEPS: { name, counts, tick }, in their order; TICK is what stands below one, if anything.
export function draw_histogram(figure, label, series, steps) {
	const svg = begin('histogram', label, HEAD + TALL + FOOT, series);
	const most = Math.max(1, ...steps.flatMap(step => step.counts));
	const wide = 100 / steps.length;
	const bar = wide * .84 / series.length;
	svg.append(rect('track', 0, HEAD + TALL, '100%', 1));
	steps.forEach(({ name, counts, tick }, i) => {
		const words = series.map(([, word], s) => `${grouped.format(counts[s])} ${word}`).join(', ');
		const bars = counts.map((n, s) => {
			const height = n ? Math.max(TALL * n / most, LEAST) : 0;
			return rect(series[s][0], `${wide * (i + .08) + bar * s}%`, HEAD + TALL - height, `${bar}%`, height);
		});
		// The column as a whole can be pointed at.
		svg.append(mark(`${name}: ${words}`, rect('column', `${wide * i}%`, HEAD, `${wide}%`, TALL), ...bars));
		if (tick)
			svg.append(text('axis', `${wide * i}%`, HEAD + TALL + 16, tick), rect('tick', `${wide * i}%`, HEAD + TALL, 1, 5));
	});
	put(figure, svg);
}
