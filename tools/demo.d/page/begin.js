// SPDX-License-Identifier: GPL-2.0-only
// Nothing is shown before all is drawn, so that nothing moves; without a script all is shown.
document.documentElement.classList.add('drawing');
