// SPDX-License-Identifier: GPL-2.0-only
// The daemon's past, as history.json tells it, and sums over it.
import { ask } from './ask.js';

const HOUR = 3600e3;
const JITTER = 500; // ms: of an answer's way, which moves no row

export const RESULTS = ['hit', 'verified', 'would_be_hit', 'miss', 'uncachable', 'bypass'];

export class Past {
	rows = []; // { end, ms, n }: when it ended, its length, its counts by column, or null for a gap
	#started = null;
	#next = 0;

	async ask() {
		const after = this.#next ? `?after=${this.#next - 1}` : '';
		const j = await ask(`history.json${after}`);
		if (after && j.started !== this.#started) {
			this.#next = 0;
			return this.ask();
		}
		if (j.first !== this.#next)
			this.rows = [];
		this.#started = j.started;
		this.#next = j.first + j.rows.length;
		this.#take(j, Date.now() - j.age_ms);
	}

	#take(j, end) {
		let at = end - j.rows.reduce((sum, row) => sum + row[0], 0);
		const last = this.rows.at(-1);
		if (last && Math.abs(last.end - at) < JITTER)
			at = last.end;
		for (const [ms, ...counts] of j.rows) {
			at += ms;
			const n = counts.length ? Object.fromEntries(counts.map((count, i) => [j.columns[i + 1], count])) : null;
			this.rows.push({ end: at, ms, n });
		}
		const first = this.rows.findIndex(row => row.end > at - HOUR);
		this.rows.splice(0, Math.max(first, 0));
	}

	get end() {
		return this.rows.at(-1)?.end ?? Date.now();
	}

	// The rows of the last so many ms.
	since(ms) {
		const from = this.end - ms;
		return this.rows.filter(row => row.end > from);
	}
}

// { ms, n } over what is known of rows; n is null if nothing is.
export function sum(rows) {
	const known = rows.filter(row => row.n);
	const n = known.length ? { ...known[0].n } : null;
	for (const row of known.slice(1))
		for (const column in n)
			n[column] += row.n[column];
	return { ms: known.reduce((all, row) => all + row.ms, 0), n };
}

export const reads = n => RESULTS.reduce((all, result) => all + n[result], 0);

// Of the mode: hits, and the reads that were made in it.
export function hits_of(n, mode) {
	if (mode === 'shadow')
		return { hits: n.would_be_hit, reads: n.shadow_reads };
	return { hits: n.hit, reads: reads(n) - n.shadow_reads };
}

// Rows in bins of so many ms, which begin at whole multiples of that.
export function bins(rows, ms) {
	const all = new Map();
	for (const row of rows) {
		const from = Math.floor((row.end - row.ms / 2) / ms) * ms;
		if (!all.has(from))
			all.set(from, []);
		all.get(from).push(row);
	}
	return [...all].map(([from, part]) => ({ from, ...sum(part) }));
}
