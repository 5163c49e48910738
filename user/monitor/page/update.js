// SPDX-License-Identifier: GPL-2.0-only
// The live update: what the last kernel handed over, and what the next one would get.

const $ = id => document.getElementById(id);
const grouped = new Intl.NumberFormat('en-US');
const MiB = 2 ** 20;

function put(id, text) {
	if ($(id).textContent !== text)
		$(id).textContent = text;
}

function region({ region: kind, bytes, capacity, wanted }) {
	if (kind === 'none')
		return 'none';
	return `${kind}, ${(bytes / MiB).toFixed(1)} MiB: room for ${grouped.format(capacity)} of ${grouped.format(wanted)} functions`;
}

export function handed(h) {
	const text = h.up ? {
		words: h.words,
		handed: grouped.format(h.handed),
		adopted: grouped.format(h.adopted),
		refused: grouped.format(h.refused),
		waiting: grouped.format(Math.max(0, h.handed - h.adopted - h.refused)),
		gap: h.gap_ms ? `${grouped.format(h.gap_ms)} ms` : '-',
		region: region(h),
		reason: h.reason || h.lost || '-',
		profile: h.models ? `${h.profile}, ${h.models} ${h.models === 1 ? 'model' : 'models'}` : 'none: nothing is cached',
	} : {};
	for (const name of ['words', 'handed', 'adopted', 'refused', 'waiting', 'gap', 'region', 'reason', 'profile'])
		put(`update-${name}`, text[name] ?? '-');
	$('update-bar').max = Math.max(1, h.handed ?? 0);
	$('update-bar').value = h.adopted ?? 0;
	$('update').classList.toggle('refused', h.refused > 0);
}
