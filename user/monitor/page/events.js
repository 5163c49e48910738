// SPDX-License-Identifier: GPL-2.0-only
// Events, the newest first.

const MOST = 200;
const GRAVE = ['mismatch', 'stopped', 'no-room', 'left-open', 'hooks-missing', 'hooks-off'];
const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');

let next = 1;

export const after = () => next - 1;

function when(ms) {
	const date = new Date(ms);
	const clock = date.toLocaleTimeString('en-GB');
	return date.toDateString() === new Date().toDateString() ? clock : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}

function item(event) {
	const li = document.createElement('li');
	const time = li.appendChild(document.createElement('time'));
	time.dateTime = new Date(event.at).toISOString();
	time.textContent = when(event.at);
	const name = li.appendChild(document.createElement('strong'));
	name.textContent = event.event;
	if (GRAVE.includes(event.event))
		name.className = 'bad';
	const text = li.appendChild(document.createElement('p'));
	if (event.address)
		text.appendChild(document.createElement('b')).textContent = `${event.address} `;
	text.append(event.text);
	return li;
}

export function tell({ first, lost, events }) {
	const list = $('event-list');
	if (first < next)
		list.replaceChildren(); // another daemon's
	next = first + events.length;
	list.prepend(...events.slice(-MOST).reverse().map(item));
	while (list.children.length > MOST)
		list.lastChild.remove();
	const text = list.children.length ? lost ? `${grouped.format(lost)} came too fast to be kept` : '' : 'Nothing has happened yet.';
	if ($('event-more').textContent !== text)
		$('event-more').textContent = text;
}
