// SPDX-License-Identifier: GPL-2.0-only
// Takes the key out of the address before anything is drawn, so that no request and no
// history has it, and nothing moves when what it opens appears.

(() => {
	const take = () => {
		const key = location.hash.match(/^#key=([0-9a-f]{32})$/)?.[1];
		if (key) {
			sessionStorage.setItem('pcsc-key', key);
			history.replaceState(null, '', location.pathname + location.search);
		}
		return key;
	};
	take();
	document.documentElement.classList.toggle('keyed', Boolean(sessionStorage.getItem('pcsc-key')));
	addEventListener('hashchange', () => take() && location.reload());
})();
