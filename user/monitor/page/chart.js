// SPDX-License-Identifier: GPL-2.0-only
// Reads by how they were answered: drawn by dygraphs, and as a table.
/* global Dygraph */
import { RESULTS, bins, reads } from './past.js';

const SECOND = 1e3;
// ms: that are shown, of a point of the chart, of a row of the table; and letters of a label
const RANGES = {
	minutes: { ms: 120 * SECOND, bin: SECOND, table: 10 * SECOND, label: 8 },
	hour: { ms: 3600 * SECOND, bin: 10 * SECOND, table: 300 * SECOND, label: 5 },
};
const COLOURS = { hit: '--reads', would_be_hit: '--ramp-3', verified: '--same', miss: '--writes', uncachable: '--lock', bypass: '--visit' };
const HINT = 'Reads a second. Point at the chart, or come here with Tab and use the arrow keys.';
const SERIES = [...RESULTS].reverse(); // dygraphs puts the first on top
const SLOWLY = 10 * SECOND; // ms between drawings, for those who want little to move

// Without its legend, which sets a style attribute: the policy of the page refuses these.
Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid];

const $ = id => document.getElementById(id);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact' });
const clock = ms => new Date(ms).toLocaleTimeString('en-GB');
const rounded = number => (number < 10 ? tenths : whole).format(number);
const per_second = (count, ms) => count * SECOND / ms;

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');

let graph = null;
let points = []; // { from, ms, n }, a point each
let chosen = null; // the time of the point that is spoken of
let drawn = 0;

const range = () => RANGES[document.querySelector('[name=range]:checked').value];

function words(point) {
	if (!point)
		return HINT;
	if (!point.n)
		return `${clock(point.from)}: not known`;
	const counts = [...$('key').children].filter(li => point.n[li.className] > 0)
		.map(li => `${rounded(per_second(point.n[li.className], point.ms))} ${li.textContent}`);
	return `${clock(point.from)}: ${counts.join(', ') || 'no reads'}`;
}

// Only if it is new: a screen reader would say it again each second.
function say() {
	const text = words(points.find(p => p.from === chosen));
	if ($('at').textContent !== text)
		$('at').textContent = text;
}

function colours() {
	return {
		colors: SERIES.map(name => colour(COLOURS[name])),
		axisLineColor: colour('--rule'),
		gridLineColor: colour('--rule'),
	};
}

// A gap ends each area, so that none is drawn over it.
function file() {
	return points.map(({ from, ms, n }) => [new Date(from), ...SERIES.map(name => n && per_second(n[name], ms))]);
}

// What is not known is no zero: between known points that do not meet it is grey.
function shade(canvas, area, dygraph) {
	const [left, right] = dygraph.xAxisRange();
	const { bin } = range();
	let from = left;
	const fill = (to, length) => {
		if (to - length - from > bin / 2) {
			const x = Math.max(dygraph.toDomXCoord(from), area.x);
			canvas.fillRect(x, area.y, Math.min(dygraph.toDomXCoord(to), area.x + area.w) - x, area.h);
		}
		from = to;
	};
	canvas.fillStyle = colour('--track');
	for (const point of points.filter(p => p.n))
		fill(point.from, bin === SECOND ? point.ms : bin);
	fill(right, bin);
}

function options(past) {
	const top = Math.max(1, ...points.map(({ ms, n }) => n ? per_second(reads(n), ms) : 0));
	return {
		file: file(),
		dateWindow: [past.end - range().ms, past.end],
		valueRange: [0, top * 1.08],
	};
}

function make(past) {
	graph = new Dygraph($('chart'), file(), {
		...options(past),
		...colours(),
		labels: ['time', ...SERIES],
		stackedGraph: true,
		stackedGraphNaNFill: 'none',
		fillAlpha: .85,
		strokeWidth: 1,
		highlightCircleSize: 3,
		legend: 'never',
		underlayCallback: shade,
		interactionModel: {}, // a page can be scrolled with a finger on the chart
		axes: {
			x: { pixelsPerLabel: 80, axisLabelFormatter: date => clock(date).slice(0, range().label) },
			y: { axisLabelWidth: 44, axisLabelFormatter: number => short.format(number) },
		},
		highlightCallback: (event, from) => {
			chosen = from;
			say();
		},
		unhighlightCallback: () => {
			chosen = null;
			say();
		},
	});
}

function select() {
	const row = points.findIndex(p => p.from === chosen);
	if (row < 0) {
		chosen = null;
		graph.clearSelection();
	} else {
		graph.setSelection(row);
	}
	say();
}

function move(event) {
	const at = points.findIndex(p => p.from === chosen);
	const to = { ArrowLeft: at < 0 ? points.length - 1 : at - 1, ArrowRight: at < 0 ? 0 : at + 1, Home: 0, End: points.length - 1, Escape: -1 }[event.key];
	if (to === undefined)
		return;
	event.preventDefault();
	chosen = to < 0 && event.key !== 'Escape' ? chosen : points[Math.min(to, points.length - 1)]?.from ?? null;
	select();
}

// Always as many rows, so that the page does not grow under a reader's eyes.
function tabulate(past) {
	const { ms, table } = range();
	const end = Math.ceil(past.end / table) * table;
	const found = new Map(bins(past.since(ms), table).map(bin => [bin.from, bin]));
	const rows = [];
	for (let from = end - table; from >= end - ms; from -= table) {
		const { n, ms: length } = found.get(from) ?? { n: null };
		const counts = n ? [...RESULTS.map(name => n[name]), reads(n)] : Array(RESULTS.length + 1).fill(null);
		rows.push([clock(from), ...counts.map(count => count === null ? '-' : rounded(per_second(count, length)))]);
	}
	$('twin').querySelector('tbody').replaceChildren(...rows.map(cells => {
		const tr = document.createElement('tr');
		cells.forEach((text, i) => {
			const cell = tr.appendChild(document.createElement(i ? 'td' : 'th'));
			cell.textContent = text;
			if (!i)
				Object.assign(cell, { className: 'left', scope: 'row' });
		});
		return tr;
	}));
}

export function draw(past, at_once) {
	if (calm.matches && !at_once && Date.now() - drawn < SLOWLY)
		return;
	drawn = Date.now();
	const { ms, bin } = range();
	points = bin === SECOND ? past.since(ms).map(row => ({ from: row.end, ...row })) : bins(past.since(ms), bin);
	tabulate(past);
	if (!points.length)
		return;
	if (graph)
		graph.updateOptions(options(past));
	else
		make(past);
	select();
}

export function begin(past) {
	say();
	$('chart').addEventListener('keydown', move);
	document.querySelectorAll('[name=range]').forEach(input => input.addEventListener('change', () => draw(past, true)));
	dark.addEventListener('change', () => graph?.updateOptions(colours()));
}
