// SPDX-License-Identifier: GPL-2.0-only
// A function's configuration space as function.json of pcsc-monitor tells it: a square is a
// dword. It imports nothing, so that a page without a server can have it, too.

const grouped = new Intl.NumberFormat('en-US');
const LINE = 32; // dwords, which a phone has room for
const HINT = 'Point at a square, or come here with Tab and use the arrow keys.';

// A dword whose bytes differ has the state that comes first.
export const SPACE_STATES = {
	demoted: ['demoted', 'demoted: it was written, or hardware contradicted it, and hardware answers'],
	unread: ['not read yet, by specification', 'const by the specification, and not in memory yet'],
	'unread-evidence': ['not read yet, by evidence', 'const by evidence, and not in memory yet'],
	memory: ['in memory, by specification', 'in memory: const by the specification'],
	'memory-evidence': ['in memory, by evidence', 'in memory: const by evidence'],
	config: ["software's", 'software sets it, so hardware answers'],
	volatile: ['always hardware', 'it is status or control, it may change, or the profile does not call it constant, so hardware answers'],
	vendor: ["vendor's", 'only its vendor knows what it means, so hardware answers'],
	undescribed: ['undescribed', 'nothing describes it, and evidence does not speak for it, so hardware answers'],
};
const NAMES = Object.keys(SPACE_STATES);
const STEPS = [1, 2, 3, 5, 10, 30, 100]; // reads of a dword, as in pcsc-trace's pictures

export const hex = (n, digits = 3) => `0x${n.toString(16).padStart(digits, '0')}`;
const seconds = s => s < 120 ? `${s} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;

export function said_of(run) {
	const notes = [run.shared && "its siblings may answer for it", run.unproved && 'its capability headers were not seen yet'].filter(note => note);
	return `${SPACE_STATES[run.state][1]}${notes.length ? ` (${notes.join('; ')})` : ''}`;
}

export function since(answer) {
	const verified = answer.verified_s === undefined ? 'hardware was not asked yet whether a hit is right' : `hardware last agreed with a hit ${seconds(answer.verified_s)} ago`;
	return `Values of this function were last forgotten ${seconds(answer.forgotten_s)} ago; ${verified}.`;
}

export const runs_of = answer => answer.runs.map(row => Object.fromEntries(answer.columns.map((column, i) => [column, row[i]])));

function put(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

export class SpaceGrid {
	lens = 'state';
	#cells = [];
	#dwords = [];
	#reads = null;
	#since = '';
	#chosen = -1;

	constructor({ grid, key, at }) {
		Object.assign(this, { grid, key, at });
		grid.addEventListener('keydown', event => this.#move(event));
		grid.addEventListener('pointermove', event => {
			const square = this.#cells.indexOf(event.target);
			if (square >= 0 && square !== this.#chosen)
				this.#choose(square);
		});
		grid.addEventListener('focus', () => this.#chosen < 0 && this.#cells.length && this.#choose(0));
	}

	#build(dwords) {
		this.#cells = [];
		this.#chosen = -1;
		this.grid.removeAttribute('aria-activedescendant');
		this.grid.replaceChildren();
		for (let i = 0; i < dwords; i++) {
			if (i % LINE === 0) {
				const line = this.grid.appendChild(document.createElement('div'));
				line.role = 'group';
				line.ariaLabel = hex(4 * i);
				line.appendChild(document.createElement('span')).textContent = hex(4 * i);
			}
			const cell = this.grid.lastChild.appendChild(document.createElement('i'));
			cell.id = `${this.grid.id}-${i}`;
			cell.role = 'option';
			this.#cells.push(cell);
		}
	}

	// As large as it will be, so that nothing moves when the answer comes.
	clear(dwords = 1024) {
		this.#dwords = [];
		this.#build(dwords);
		this.key.replaceChildren();
		put(this.at, 'Asking the helper.');
	}

	// READS: of each dword, or null.
	draw(answer, reads = null) {
		const dwords = Array.from({ length: answer.bytes / 4 }, () => []);
		for (const run of runs_of(answer))
			for (let i = run.offset >> 2; i <= (run.offset + run.length - 1) >> 2; i++)
				dwords[i].push(run);
		if (dwords.length !== this.#cells.length)
			this.#build(dwords.length);
		[this.#dwords, this.#reads, this.#since] = [dwords, reads, since(answer)];
		this.paint();
	}

	paint() {
		this.#cells.forEach((cell, i) => {
			const name = this.#class_of(i);
			if (cell.className !== name)
				cell.className = name;
		});
		if (this.lens === 'state')
			this.#make_key(NAMES.map(name => [name, SPACE_STATES[name][0], this.#bytes(name)]));
		else
			this.#make_key([['h0', 'never', this.#count(0)], ...STEPS.map((step, i) => [`h${i + 1}`, `${step}${i === STEPS.length - 1 ? ' and more' : ''}`, this.#count(i + 1)])]);
		this.#say();
	}

	#level(i) {
		return STEPS.filter(step => this.#reads[i] >= step).length;
	}

	#class_of(i) {
		if (this.lens !== 'state')
			return `h${this.#level(i)}`;
		const states = this.#dwords[i].map(run => run.state);
		const state = NAMES.find(name => states.includes(name));
		return states.every(other => other === state) ? state : `${state} part`;
	}

	#bytes(state) {
		const runs = new Set(this.#dwords.flat());
		return [...runs].reduce((n, run) => n + (run.state === state ? run.length : 0), 0);
	}

	#count(level) {
		return this.#dwords.filter((runs, i) => this.#level(i) === level).length;
	}

	#make_key(entries) {
		while (this.key.children.length > entries.length)
			this.key.lastChild.remove();
		entries.forEach(([name, text, n], i) => {
			const li = this.key.children[i] ?? this.key.appendChild(document.createElement('li'));
			if (!li.children.length)
				li.append(document.createElement('i'), document.createElement('b'), document.createElement('span'));
			li.children[0].className = name;
			put(li.children[1], text);
			put(li.children[2], grouped.format(n));
		});
	}

	words(i) {
		const runs = this.#dwords[i].map(run => {
			const from = Math.max(run.offset, 4 * i), to = Math.min(run.offset + run.length, 4 * i + 4) - 1;
			return `${hex(from)}${to > from ? ` to ${hex(to)}` : ''} ${run.register}, ${run.place}${run.source ? `, PCIe ${run.source}` : ''}: ${said_of(run)}`;
		});
		const reads = this.#reads ? ` · read ${grouped.format(this.#reads[i])} ${this.#reads[i] === 1 ? 'time' : 'times'}` : '';
		return `${runs.join(' · ')}${reads}. ${this.#since}`;
	}

	#say() {
		if (this.#dwords.length)
			put(this.at, this.#chosen < 0 ? `${HINT} ${this.#since}` : this.words(this.#chosen));
	}

	#choose(i) {
		this.#cells[this.#chosen]?.removeAttribute('aria-selected');
		this.#chosen = i;
		if (i < 0) {
			this.grid.removeAttribute('aria-activedescendant');
		} else {
			this.#cells[i].ariaSelected = 'true';
			this.#cells[i].ariaLabel = this.#dwords.length ? this.words(i) : '';
			this.grid.setAttribute('aria-activedescendant', this.#cells[i].id);
		}
		this.#say();
	}

	// So many squares are beside each other.
	#wide() {
		const top = this.#cells[0].offsetTop;
		return this.#cells[LINE]?.offsetTop === top ? 2 * LINE : LINE;
	}

	#move(event) {
		if (!this.#cells.length)
			return;
		const from = this.#chosen, last = this.#cells.length - 1;
		const to = {
			ArrowLeft: () => from - 1, ArrowRight: () => from + 1,
			ArrowUp: () => from - this.#wide() < 0 ? from : from - this.#wide(),
			ArrowDown: () => from + this.#wide() > last ? from : from + this.#wide(),
			Home: () => 0, End: () => last,
		}[event.key]?.();
		if (to === undefined)
			return;
		event.preventDefault();
		this.#choose(Math.max(0, Math.min(last, to)));
	}
}
