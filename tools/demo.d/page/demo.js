// SPDX-License-Identifier: GPL-2.0-only
// What the demo left, as pictures with their tables. The dashboard is the live page's.
import { has_key, page } from './ask.js';
import './live.js';
import { draw_bars, draw_histogram } from './plot.js';
import { SPACE_STATES, SpaceGrid, hex, runs_of } from './space_grid.js';
import { Table } from './table.js';
import { duration } from './words.js';

const SERIES = [['visit', 'without the cache'], ['reads', 'with it']];
const HALF = Math.SQRT2; // columns of the histogram are half an octave wide

const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');
const percent = (n, of) => of ? `${(100 * n / of).toFixed(1)} %` : '-';
const plural = (n, one, many) => `${grouped.format(n)} ${n === 1 ? one : many}`;

// Without a part of the figures its card says so.
function card(id, known, draw) {
	$(id).classList.toggle('unknown', !known);
	$(id).querySelector('.missing').hidden = Boolean(known);
	if (known)
		draw($(id).querySelector('figure'));
}

// The table below a picture; COLUMNS as table.js has them, the first is in the order of ROWS.
function twin(figure, summary, columns, rows) {
	const details = figure.appendChild(document.createElement('details'));
	details.appendChild(document.createElement('summary')).textContent = summary;
	const box = details.appendChild(document.createElement('div'));
	Object.assign(box, { className: 'scroll', tabIndex: 0, role: 'group', ariaLabel: summary });
	const table = box.appendChild(document.createElement('table'));
	table.append(document.createElement('thead'), document.createElement('tbody'));
	const [first, ...rest] = columns;
	const show = () => made.show(rows, rows.length);
	const made = new Table(table, [{ left: true, value: row => rows.indexOf(row), ...first }, ...rest], 0, show);
	made.down = false;
	show();
}

const number = (name, value) => ({ name, value, text: row => grouped.format(value(row)) });

// ---- reads of hardware ----

function draw_phases(figure) {
	const { phases, all, figures } = page;
	draw_bars(figure, 'Reads that reached hardware', SERIES, phases.map(p => ({
		name: p.name, counts: [p.before, p.hardware],
		note: `of its ${grouped.format(p.reads)} reads memory answered ${percent(p.hits, p.reads)}${p.background ? `, and the helper made ${grouped.format(p.background)} of its own` : ''}`,
	})));
	twin(figure, 'The same as a table', [
		{ name: 'kind of work', text: p => p.name },
		number('hardware, without', p => p.before), number('with the cache: reads', p => p.reads), number('hits', p => p.hits),
		{ name: 'hit rate', value: p => p.hits / p.reads, text: p => percent(p.hits, p.reads) },
		number('hardware', p => p.hardware), number('of these its own', p => p.background), number('hits of an ideal cache', p => p.ideal),
	], [...phases, all]);
	const more = phases.find(p => p.hardware > p.before && p.background);
	$('agreement').textContent = `QEMU counted these reads. Our own counters agree for ${figures.functions - figures.disagree} of ${figures.functions} functions; lspci -vvv prints ${figures.lspci === 'same' ? 'the same bytes' : 'OTHER BYTES'} with the cache and without. An ideal cache here is one that never lets a VF answer for another.${more ? ` ${more.name} reads more with the cache, since the helper reads some VFs as a whole there, and answers the others by what these have in common.` : ''}`;
}

// ---- latencies ----

const step_of = ns => Math.round(Math.log2(ns) * 2 - .5); // a quarter of an octave begins at NS
const from_of = step => HALF ** step;

function columns_of(before, after) {
	const steps = [...before, ...after].map(([ns]) => step_of(ns));
	const columns = [];
	const ticks = new Map([1e3, 1e4, 1e5, 1e6, 1e7, 1e8].map(ns => [Math.round(Math.log2(ns) * 2), duration(ns / 1e3)]));
	const count = (slots, step) => slots.reduce((n, [ns, count]) => n + (step_of(ns) === step ? count : 0), 0);
	for (let step = Math.min(...steps); step <= Math.max(...steps); step++)
		columns.push({
			name: `${about(from_of(step))} to ${about(from_of(step + 1))}`, tick: ticks.get(step),
			counts: [count(before, step), count(after, step)],
		});
	return columns;
}

const about = ns => ns < 1e6 ? `${(ns / 1e3).toPrecision(ns < 1e5 ? 2 : 3)} µs` : `${(ns / 1e6).toPrecision(2)} ms`;

function draw_latencies(figure) {
	const { before, after, before_ns, after_ns } = page.latency;
	const columns = columns_of(before, after);
	draw_histogram(figure, 'Reads by how long each took', SERIES, columns);
	twin(figure, 'The same as a table', [
		{ name: 'latency', text: c => c.name }, number('without the cache', c => c.counts[0]), number('with it', c => c.counts[1]),
	], columns);
	$('latency-sum').textContent = `Together ${duration(before_ns / 1e3)} without the cache (in shadow, where hardware answers) and ${duration(after_ns / 1e3)} with it, in this emulated guest, as pcsc-trace measured them. A read took ${page.us} µs on the hosts that the RFC was measured on.`;
}

// ---- a VF ----

function reads_of(bytes) {
	const reads = Array(bytes / 4).fill(0);
	for (const [offset, n] of page.registers ?? [])
		reads[offset >> 2] += n;
	return reads;
}

function draw_vf() {
	const grid = new SpaceGrid({ grid: $('vf-grid'), key: $('vf-key'), at: $('vf-at') });
	const reads = reads_of(page.space.bytes);
	const runs = runs_of(page.space).map(run => ({ ...run, reads: reads.slice(run.offset >> 2, (run.offset + run.length + 3) >> 2).reduce((sum, n) => sum + n, 0) }));
	const show = () => table.show(runs, runs.length);
	const table = new Table($('vf-table'), [
		{ name: 'from', left: true, value: run => run.offset, text: run => hex(run.offset) },
		number('bytes', run => run.length),
		...['register', 'place'].map(name => ({ name, left: true, value: run => run[name], text: run => run[name] })),
		{ name: 'PCIe', left: true, value: run => run.source, text: run => run.source },
		number('reads of its dwords', run => run.reads),
		{ name: 'class', left: true, value: run => run.state, text: run => SPACE_STATES[run.state][0] },
	], 0, show);
	table.down = false;
	show();
	$('vf-name').textContent = `The configuration space of VF ${page.space.address}`;
	grid.draw(page.space, page.registers ? reads : null);
	for (const lens of document.querySelectorAll('[name=vf-lens]')) {
		lens.checked = lens.defaultChecked;
		lens.disabled = !page.registers;
		lens.addEventListener('change', () => {
			grid.lens = lens.value;
			grid.paint();
		});
	}
}

// ---- a register ----

const RESETS = [['flr', 'FLR', 'FLRs'], ['pm', 'power step', 'power steps'], ['bus', 'bus reset', 'bus resets']];

// Why hardware answered for the whole function just then, in the helper's words.
function held_back() {
	const word = page.explain.held_back;
	const sentence = page.dashboard?.functions?.why.find(why => why[0] === word)?.[1] ?? word;
	return word ? `. Hardware answered just then: ${sentence}` : '';
}

function facts_of(run) {
	const facts = run.source ? [['PCIe', run.source]] : [];
	if (run.basis)
		facts.push(['rule', `${run.class} by ${run.basis}`]);
	if (run.siblings)
		facts.push(['siblings', `equal in ${plural(run.siblings, 'VF', 'VFs')}`]);
	if (run.evidence) {
		const e = run.evidence;
		facts.push(['evidence', `${plural(e.functions, 'function', 'functions')}, ${plural(e.reads, 'read', 'reads')} (at least ${grouped.format(e.least_reads)} each), ${plural(e.values, 'value', 'values')}, ${plural(e.writes, 'write', 'writes')}, ${plural(e.changes, 'change', 'changes')}`],
			['survived', RESETS.map(([kind, one, many]) => plural(e.survived[kind], one, many)).join(', ')]);
	}
	if (run.helper && run.helper !== '-')
		facts.push(['helper', `${run.helper}${held_back()}`]);
	return facts;
}

function explain(run) {
	const where = `${run.register} (${run.place}, at ${hex(run.offset)}, ${plural(run.length, 'byte', 'bytes')})`;
	$('why-word').textContent = `${where}: ${run.class === 'const' ? `const, so it ${run.words}` : `${run.class}, so hardware always answers: ${run.words}`}.`;
	$('why-facts').replaceChildren(...facts_of(run).flatMap(([name, text]) => {
		const dt = document.createElement('dt'), dd = document.createElement('dd');
		[dt.textContent, dd.textContent] = [name, text];
		return [dt, dd];
	}));
}

// First is the one that is read most of those that memory may answer.
function draw_why() {
	const { bytes } = page.explain;
	const reads = new Map(page.registers ?? []);
	const best = bytes.filter(run => run.evidence && run.class === 'const')
		.sort((a, b) => (reads.get(b.offset) ?? 0) - (reads.get(a.offset) ?? 0))[0];
	const select = $('why-register');
	select.replaceChildren(...bytes.map((run, i) => new Option(`${hex(run.offset)} ${run.register}`, i, run === best, run === best)));
	select.addEventListener('change', () => explain(bytes[select.value]));
	$('why-how').textContent = `pcsc-profile explain ${page.space?.address ?? ''} -p profile.json`.replace('  ', ' ');
	explain(bytes[select.value]);
}

function draw() {
	$('made').textContent = `${page.release ? `Debian's Linux ${page.release} in QEMU, with 3 PFs and 255 VFs` : 'A guest in QEMU'}${page.started_ms ? `, ${new Date(page.started_ms).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' })}` : ''}`;
	card('phases', page.phases.length, draw_phases);
	card('latencies', page.latency.before.length && page.latency.after.length, draw_latencies);
	card('vf', page.space?.runs?.length, draw_vf);
	card('why', page.explain?.bytes?.length, draw_why);
	card('dashboard', page.dashboard, () => document.documentElement.classList.toggle('keyed', has_key()));
}

try {
	draw();
} finally {
	document.documentElement.classList.remove('drawing');
}
