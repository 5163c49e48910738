// SPDX-License-Identifier: GPL-2.0-only
// All functions as functions.json tells them, and which of them changed.

// The worst is first. What a state is called is its class, too.
const STATES = [
	['quarantined', f => f.words.includes('quarantine')],
	['limited', f => f.limited || f.words.includes('disabled')],
	['uncached', f => !f.const || f.words.includes('no-map')],
	['waiting', f => f.words.some(word => word !== 'no-evidence')],
	['demoted', f => f.demoted > 0 || f.words.includes('no-evidence')],
	['served', () => true],
];
export const STATE_NAMES = STATES.map(state => state[0]);
export const IN_RED = ['quarantined', 'limited', 'demoted'];
export const STATE_WORDS = {
	quarantined: 'hardware contradicted the cache',
	limited: 'somebody set its mode',
	demoted: 'bytes were written that should not change',
	waiting: 'hardware answers for a while, as in a reset',
	uncached: 'nothing of it may be cached: no model is for it, or it could not be evaluated',
	served: 'memory answers what it may',
};

export const share = f => f.hits + f.hardware ? f.hits / (f.hits + f.hardware) : null;

export class Functions {
	list = []; // in the order of addresses
	changed = []; // by the last answer
	moved = true; // others are there than before
	why = []; // [word, sentence]
	walk = [];
	#known = new Map(); // address => function
	#reasons = new Map(); // bits => { words, sentences }

	#reason(bits) {
		if (!this.#reasons.has(bits)) {
			const set = this.why.filter((word, i) => Math.floor(bits / 2 ** i) % 2);
			this.#reasons.set(bits, { words: set.map(w => w[0]), sentences: set.map(w => w[1]) });
		}
		return this.#reasons.get(bits);
	}

	// A function's mode is the least of the host's, its model's and its own.
	#update(f, row, columns, devices, mode) {
		let differs = f.host !== mode;
		columns.forEach((column, i) => {
			if (f.row?.[i] !== row[i])
				differs = true;
		});
		if (!differs)
			return false;
		columns.forEach((column, i) => f[column] = row[i]);
		f.row = row;
		f.host = mode;
		f.limited = Boolean(mode) && f.mode !== mode;
		[f.id, f.name, f.full] = devices[f.device] ?? ['', 'unknown device', 'unknown device'];
		Object.assign(f, this.#reason(f.why));
		f.state = STATES.find(state => state[1](f))[0];
		f.text = `${f.address} ${f.id} ${f.full} ${f.driver} ${f.state}`.toLowerCase();
		return true;
	}

	// True if there is a helper.
	take(answer) {
		const rows = answer.up ? answer.functions : [];
		const devices = answer.devices ?? [];
		[this.why, this.walk] = [answer.why ?? this.why, answer.walk ?? this.walk];
		this.changed = [];
		this.moved = rows.length !== this.list.length || rows.some((row, i) => row[0] !== this.list[i].address);
		if (this.moved) {
			this.list = rows.map(row => this.#known.get(row[0]) ?? {});
			this.#known = new Map(rows.map((row, i) => [row[0], this.list[i]]));
		}
		rows.forEach((row, i) => {
			if (this.#update(this.list[i], row, answer.columns, devices, answer.mode))
				this.changed.push(this.list[i]);
		});
		return answer.up;
	}
}

// What keeps it from being served, in sentences.
export function reasons(f, walk) {
	const said = [...f.sentences];
	if (f.limited && !f.words.includes('disabled'))
		said.push(`Its mode or its model's is ${f.mode}.`);
	if (f.demoted && !f.words.includes('no-evidence'))
		said.push(`${f.demoted} ${f.demoted === 1 ? 'byte' : 'bytes'} that the profile calls const may have changed, and hardware answers for them.`);
	if (f.walk)
		said.push(`Its list of capabilities: ${walk[f.walk]}.`);
	return said;
}
