// SPDX-License-Identifier: GPL-2.0-only
// What the daemon said while the guest ran, in the place of a daemon.

export const page = JSON.parse(document.getElementById('data').textContent);
const { dashboard, space } = page;

export const EVERY = 0; // ms: there is no next question

export class Refused extends Error {}

export const has_key = () => Boolean(dashboard?.functions && dashboard.events && dashboard.handover);

export const forget_key = () => {};

// The past ends when the daemon was asked.
function history() {
	return { ...dashboard.history, age_ms: Date.now() - dashboard.taken + dashboard.history.age_ms };
}

function bytes_of(address) {
	if (space?.address === address)
		return space;
	return { up: true, address, known: false, reason: `This page has the configuration space of ${space?.address ?? 'no function'} only; the daemon knows all.` };
}

export async function ask_with_key(path) {
	const url = new URL(path, 'http://pcsc/');
	return url.pathname === '/function.json' ? bytes_of(url.searchParams.get('address')) : dashboard[url.pathname.slice(1, -'.json'.length)];
}

export async function ask(path) {
	if (!dashboard)
		return new Promise(() => {}); // nobody says what is not there
	return path.startsWith('history') ? history() : dashboard.status;
}
