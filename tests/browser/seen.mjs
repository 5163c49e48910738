// SPDX-License-Identifier: GPL-2.0-only
// What tests of pages have in common: verdicts, as TAP, and looks at a page.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

let count = 0, failed = 0;

export function verdict(text, got, expected) {
	const ok = JSON.stringify(got) === JSON.stringify(expected);
	count++;
	failed += !ok;
	console.log(`${ok ? 'ok' : 'not ok'} ${count} - ${text}`);
	if (!ok)
		console.log(`# got ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
}

export function finish() {
	console.log(`1..${count}`);
	return failed ? 1 : 0;
}

// Runs in the page: texts whose contrast is below what WCAG 2.2 asks of small letters (AA).
export function faint() {
	const luminance = color => {
		const [r, g, b] = color.match(/[\d.]+/g).map(Number).map(c => c / 255)
			.map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const behind = element => {
		for (; element; element = element.parentElement) {
			const color = getComputedStyle(element).backgroundColor;
			if (color !== 'rgba(0, 0, 0, 0)')
				return color;
		}
		return 'rgb(255, 255, 255)';
	};
	const words = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() &&
		[...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()));
	const found = new Set();
	for (const element of words) {
		const style = getComputedStyle(element);
		const ink = luminance(element.ownerSVGElement ? style.fill : style.color);
		const paper = luminance(behind(element));
		const ratio = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
		if (ratio < 4.5)
			found.add(`${element.localName}.${element.className.baseVal ?? element.className}: ${ratio.toFixed(2)}`);
	}
	return [...found];
}

// What has moved since the page began, without anybody's doing.
export const moved = `new Promise(resolve => {
	const found = new Set();
	const name = node => node && (node.id || node.parentElement?.id || node.className || node.nodeName);
	new PerformanceObserver(list => list.getEntries().filter(entry => !entry.hadRecentInput).forEach(entry => entry.sources.forEach(source =>
		found.add(name(source.node) + ' from ' + source.previousRect.y + ' to ' + source.currentRect.y))))
		.observe({ type: 'layout-shift', buffered: true });
	setTimeout(() => resolve([...found]), 200);
})`;

export const run = (browser, f, ...args) => browser.ask(`(${f})(${args.map(a => JSON.stringify(a)).join()})`);

export async function keep(browser, directory, name) {
	writeFileSync(join(directory, name), await browser.picture(true));
}

// The element that SELECTOR finds, alone.
export async function keep_part(browser, directory, name, selector) {
	const clip = await browser.ask(`(box => ({ x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height, scale: 1 }))(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`);
	writeFileSync(join(directory, name), await browser.picture(true, clip));
}

// READY waits until the page has what it shows.
export async function look(browser, directory, url, name, width, scheme, ready = () => {}) {
	const where = `${name}, ${width} pixels, ${scheme}`;
	await browser.see(width, 900, scheme);
	await browser.go(url);
	await ready();
	verdict(`${where}: nothing is wider than the page`, await browser.ask('document.documentElement.scrollWidth <= innerWidth'), true);
	verdict(`${where}: letters can be read`, await run(browser, faint), []);
	verdict(`${where}: nothing moves while it loads`, await browser.ask(moved), []);
	await keep(browser, directory, `${name}-${width}-${scheme}.png`);
}
