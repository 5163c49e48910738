// SPDX-License-Identifier: GPL-2.0-only
// Numbers as people read them.

const grouped = new Intl.NumberFormat('en-US');

// Two units at most: nobody wants to know the seconds of days.
export function duration(us) {
	const s = us / 1e6;
	if (s < .001)
		return `${Math.round(us)} µs`;
	if (s < 1)
		return `${Math.round(us / 1e3)} ms`;
	if (s < 60)
		return `${s.toFixed(1)} s`;
	if (s < 3600)
		return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
	if (s < 86400)
		return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
	return `${grouped.format(Math.floor(s / 86400))} d ${Math.floor(s % 86400 / 3600)} h`;
}
