// SPDX-License-Identifier: GPL-2.0-only
// report.html and the pictures in a directory, as a browser shows them.
import { readdirSync } from 'node:fs';
import { faint, keep, look, run, verdict } from './seen.mjs';

let browser, directory;

// Runs in the page: what its squares say of the function that is chosen, and what its JSON does.
function reads() {
	const data = JSON.parse(document.getElementById('data').textContent);
	const space = [...document.querySelectorAll('.space')].filter(s => !s.hidden);
	const marks = [...space[0].querySelectorAll('.mark')];
	const name = space[0].querySelector('svg').getAttribute('aria-label').split(' ').pop();
	const said = marks.flatMap(m => [...m.getAttribute('aria-label').matchAll(/(\d+) reads?,/g)])
		.reduce((sum, match) => sum + Number(match[1]), 0);
	return [space.length, said, data.functions.find(f => f.function === name).reads];
}

function active() {
	const element = document.activeElement;
	return {
		chart: element.closest?.('svg.chart')?.classList[1],
		label: element.getAttribute('aria-label'),
		said: element.closest?.('figure')?.querySelector('output')?.textContent,
	};
}

async function tab_to(chart) {
	for (let i = 0; i < 80; i++) {
		await browser.press('Tab');
		if ((await run(browser, active)).chart === chart)
			return true;
	}
	return false;
}

async function use_keys() {
	for (const chart of ['bars', 'heat', 'grid', 'lanes'])
		verdict(`Tab leads to ${chart}`, await tab_to(chart), true);
	await browser.ask('document.querySelector(".space:not([hidden]) .mark").focus()');
	const seen = [await run(browser, active)];
	for (const key of ['ArrowRight', 'ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowLeft']) {
		await browser.press(key);
		seen.push(await run(browser, active));
	}
	verdict('arrows move between squares', seen.map(s => s.label.split(' ')[0]), ['0x000', '0x004', '0x600', '0x000', '0x000', '0x000']);
	verdict('a square says what it is', seen.every(s => s.said === s.label), true);
	verdict('register, width, reads, writes, repeats, changes', /^0x004 COMMAND\/STATUS, 4 bytes, by user space: \d+ reads?, 3 writes, \d+ repeats?, \d+ change/.test(seen[1].label), true);
}

async function point() {
	const at = await browser.ask(`(() => {
		const mark = document.querySelectorAll('.heat .mark')[7];
		mark.scrollIntoView({ block: 'center' });
		const box = mark.getBoundingClientRect();
		return { x: box.x + box.width / 2, y: box.y + box.height / 2, label: mark.getAttribute('aria-label') };
	})()`);
	await browser.call('Input.dispatchMouseEvent', { type: 'mouseMoved', x: at.x, y: at.y });
	verdict('what is pointed at is named', await browser.ask('document.querySelector(".heat").closest("figure").querySelector("output").textContent'), at.label);
}

async function choose() {
	verdict('the squares have the reads of the JSON', (([n, said, data]) => [n, said - data])(await run(browser, reads)), [1, 0]);
	const colour = 'getComputedStyle(document.querySelector(".space:not([hidden]) .mark")).fill';
	const colours = [];
	for (const lens of ['reads', 'changes', 'kind']) {
		await browser.ask(`document.querySelector('[value=${lens}]').click()`);
		await new Promise(resolve => setTimeout(resolve, 300));
		colours.push(await browser.ask(colour));
	}
	verdict('each lens has its colour', new Set(colours).size, 3);
	await browser.ask(`(() => {
		const select = document.getElementById('function');
		select.selectedIndex = 3;
		select.dispatchEvent(new Event('change'));
	})()`);
	verdict('another function, and its reads', (([n, said, data]) => [n, said - data])(await run(browser, reads)), [1, 0]);
	await keep(browser, directory, 'report-kind.png');
}

async function open_tables() {
	await browser.ask('document.querySelectorAll("details").forEach(d => d.open = true)');
	for (const width of [390, 1280]) {
		await browser.see(width, 900, 'light');
		verdict(`${width} pixels: tables are in boxes of their own`, await browser.ask('document.documentElement.scrollWidth <= innerWidth'), true);
	}
	verdict('letters of tables can be read', await run(browser, faint), []);
	await keep(browser, directory, 'report-tables.png');
}

async function without_script() {
	await browser.call('Emulation.setScriptExecutionDisabled', { value: true });
	await browser.see(1280, 900, 'light');
	await browser.go(`file://${directory}/report.html`);
	verdict('without its script it shows all grids', await browser.ask('[...document.querySelectorAll(".space")].every(s => s.checkVisibility())'), true);
	verdict('and no switch that does nothing', await browser.ask('document.querySelector(".controls").checkVisibility()'), false);
	await browser.call('Emulation.setScriptExecutionDisabled', { value: false });
}

async function see_pictures() {
	for (const file of readdirSync(directory).filter(name => name.endsWith('.svg')))
		for (const scheme of ['light', 'dark']) {
			await browser.see(980, 700, scheme);
			await browser.go(`file://${directory}/${file}`);
			await keep(browser, directory, `${file.replace('.svg', '')}-${scheme}.png`);
		}
}

export async function check_report(its_browser, its_directory) {
	[browser, directory] = [its_browser, its_directory];
	browser.forget();
	for (const width of [390, 1280])
		for (const scheme of ['light', 'dark'])
			await look(browser, directory, `file://${directory}/report.html`, 'report', width, scheme);
	await use_keys();
	await point();
	await choose();
	await open_tables();
	await without_script();
	await see_pictures();
	verdict('nothing is asked for but these files', browser.asked.filter(url => !url.startsWith(`file://${directory}/`) && !url.startsWith('data:')), []);
	verdict('no error on the console', browser.said, []);
}
