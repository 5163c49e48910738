// SPDX-License-Identifier: GPL-2.0-only
// A table that is sorted by a click on a column, and shows its first rows.

const set = (node, text) => {
	if (node.textContent !== text)
		node.textContent = text;
};

// Columns: { name, left, value: item => number or text, text: item => shown, bar: item => share or null }
export class Table {
	#body;
	#heads = [];
	#rows = [];

	constructor(table, columns, by, resort) {
		Object.assign(this, { columns, by, resort });
		this.down = true;
		this.#body = table.querySelector('tbody');
		const tr = table.querySelector('thead').appendChild(document.createElement('tr'));
		columns.forEach((column, i) => this.#head(tr, column, i));
		this.#arrows();
	}

	#head(tr, { name, left }, i) {
		const th = tr.appendChild(document.createElement('th'));
		const button = th.appendChild(document.createElement('button'));
		button.textContent = name;
		button.type = 'button';
		th.scope = 'col';
		th.className = left ? 'left' : '';
		button.addEventListener('click', () => {
			this.down = this.by === i ? !this.down : !left;
			this.by = i;
			this.#arrows();
			this.resort();
		});
		this.#heads.push(th);
	}

	#arrows() {
		this.#heads.forEach((th, i) => th.ariaSort = i === this.by ? this.down ? 'descending' : 'ascending' : 'none');
	}

	#row(i) {
		while (this.#rows.length <= i) {
			const tr = this.#body.appendChild(document.createElement('tr'));
			this.#rows.push(this.columns.map(({ left, bar }, n) => {
				const cell = tr.appendChild(document.createElement(n ? 'td' : 'th'));
				cell.className = left ? 'left' : '';
				if (!n)
					cell.scope = 'row';
				if (!bar)
					return { cell, text: cell };
				const track = cell.appendChild(document.createElement('meter'));
				return { cell, text: cell.appendChild(document.createElement('span')), track };
			}));
		}
		return this.#rows[i];
	}

	sorted(items) {
		const { value } = this.columns[this.by];
		const sign = this.down ? -1 : 1;
		const keys = new Map(items.map(item => [item, value(item) ?? -1]));
		return [...items].sort((a, b) => sign * (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : 0));
	}

	// So many rows, empty ones among them if ROOM says so, that nothing moves.
	show(items, most, room = 0) {
		const shown = this.sorted(items).slice(0, most);
		const rows = Math.max(shown.length, room);
		for (let i = 0; i < rows; i++)
			this.#fill(this.#row(i), shown[i]);
		for (const row of this.#rows.splice(rows))
			row[0].cell.parentElement.remove();
	}

	#fill(row, item) {
		row.forEach(({ cell, text, track }, n) => {
			const { text: show, bar } = this.columns[n];
			set(text, item ? show(item) : '\u00a0');
			if (cell.title !== (item && this.columns[n].left ? show(item) : ''))
				cell.title = item ? show(item) : '';
			if (!track)
				return;
			track.hidden = !item || bar(item) === null;
			track.value = track.hidden ? 0 : bar(item);
		});
	}
}
