// SPDX-License-Identifier: GPL-2.0-only
// Asks the daemon. A page that has no daemon brings its own file of this name.

const PATIENCE = 2000; // ms: for a daemon that is there but stands still
const KEY = 'pcsc-key';

export const EVERY = 1000; // ms from an answer to the next question

export class Refused extends Error {}

export const ask = async path => (await fetch(path, { signal: AbortSignal.timeout(PATIENCE) })).json();

export const has_key = () => Boolean(sessionStorage.getItem(KEY));

export const forget_key = () => sessionStorage.removeItem(KEY);

export async function ask_with_key(path) {
	const answer = await fetch(path, {
		headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}` },
		signal: AbortSignal.timeout(PATIENCE),
	});
	if (answer.status === 401)
		throw new Refused();
	return answer.json();
}
