// SPDX-License-Identifier: GPL-2.0-only
// Long work in slices, so that the page answers in between.

const SLICE = 8; // ms

const next_frame = () => new Promise(resolve => {
	// A page that nobody sees has no frames.
	const timer = setTimeout(resolve, 100);
	requestAnimationFrame(() => {
		clearTimeout(timer);
		setTimeout(resolve);
	});
});

// WORK for each item; false: it was cancelled, as CANCELLED says.
export async function in_slices(items, work, cancelled = () => false) {
	let until = performance.now() + SLICE;
	for (const item of items) {
		if (performance.now() > until) {
			await next_frame();
			if (cancelled())
				return false;
			until = performance.now() + SLICE;
		}
		work(item);
	}
	return true;
}
