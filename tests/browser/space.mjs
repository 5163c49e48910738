// SPDX-License-Identifier: GPL-2.0-only
// The configuration space of one function, opened on the map.
import { seconds } from './helper.mjs';
import { faint, keep_part, moved, run, verdict } from './seen.mjs';

const DWORDS = 1024;
const STATES = ['memory', 'memory-evidence', 'unread', 'unread-evidence', 'demoted', 'volatile', 'vendor', 'undescribed'];

let browser, directory;

const ask = expression => browser.ask(expression);
const text = id => ask(`document.getElementById(${JSON.stringify(id)}).textContent`);
const shown = () => ask(`document.getElementById('space').checkVisibility()`);
const active = () => ask('document.activeElement.id');
const count = selector => ask(`document.querySelectorAll(${JSON.stringify(selector)}).length`);

async function until(expression) {
	const from = performance.now();
	while (!await ask(expression) && performance.now() - from < 4000)
		await seconds(.05);
}

const drawn = () => until(`document.querySelectorAll('#space-grid .undescribed').length > 0`);

// By VF's name, Enter and Enter; or by a click.
async function open_by_key(vf) {
	await ask(`document.getElementById('search').focus()`);
	await browser.call('Input.insertText', { text: vf });
	await browser.press('Enter');
	await ask(`(s => (s.value = '', s.dispatchEvent(new Event('input'))))(document.getElementById('search'))`);
	await ask(`document.getElementById('map').focus()`);
	await browser.press('Enter');
	await drawn();
}

async function by_key(vf) {
	await open_by_key(vf);
	verdict('Enter on a square opens its configuration space', [await shown(), await text('space-name'), await active()], [true, `Configuration space of ${vf}`, 'space-grid']);
	verdict('all of it', await count('#space-grid [role=option]'), DWORDS);
	verdict('each state is told apart by its form', await ask(`new Set(${JSON.stringify(STATES)}.map(state => (s => s.backgroundImage.replace(/rgba?\\([^)]*\\)/g, '') + (s.boxShadow === 'none'))(getComputedStyle(document.querySelector('#space-key .' + state))))).size`) >= STATES.length - 1, true);
	verdict('the key counts all bytes', await ask(`[...document.querySelectorAll('#space-key span')].reduce((n, e) => n + Number(e.textContent.replaceAll(',', '')), 0)`), 4 * DWORDS);
	verdict(`the focus names registers, states, and since when: '${await text('space-at')}'`,
		/^0x000 to 0x001 VENDOR_ID, header 0x00, PCIe 7.5.1.1.1: in memory.*last forgotten 13 min ago; hardware last agreed with a hit 12 s ago\.$/.test(await text('space-at')), true);
	await browser.press('ArrowRight');
	verdict('an arrow goes to the next', (await text('space-at')).startsWith('0x004 to 0x005 COMMAND'), true);
	await browser.press('ArrowDown');
	verdict('down, to the next row', /^0x104 to 0x107 /.test(await text('space-at')), true);
	const reached = await ask(`(grid => {
		const seen = new Set();
		grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
		for (let i = 0; i < ${DWORDS}; i++) {
			seen.add(document.getElementById('space-at').textContent.slice(0, 5));
			grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
		}
		return seen.size;
	})(document.getElementById('space-grid'))`);
	verdict('keys reach every dword', reached, DWORDS);
}

async function by_pointer() {
	const at = await ask(`(e => (e.scrollIntoView({ block: 'center' }), (box => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 }))(e.getBoundingClientRect())))(document.querySelector('#space-grid .demoted'))`);
	await browser.call('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
	const words = await text('space-at');
	verdict('what is pointed at is said', words.includes('INTERRUPT_PIN') && words.includes('demoted'), true);
}

async function twin() {
	await ask(`document.getElementById('space-all').open = true`);
	await until(`document.querySelectorAll('#space-table tbody tr').length > 40`);
	verdict('the table has each byte once', await ask(`[...document.querySelectorAll('#space-table td:nth-child(2)')].reduce((n, td) => n + Number(td.textContent), 0)`), 4 * DWORDS);
	await ask(`[...document.querySelectorAll('#space-table th button')].find(b => b.textContent === 'state').click()`);
	verdict('it is sorted by a click', await ask(`[...document.querySelectorAll('#space-table tbody tr')].map(tr => tr.lastChild.textContent)`).then(states => [states[0], states.at(-1)].map(words => words.split(/[:,]/)[0])), ['software sets it', 'it is status or control']);
	await ask(`document.getElementById('space-all').open = false`);
}

async function close(vf) {
	await ask(`document.getElementById('space-grid').focus()`);
	await browser.press('Escape');
	verdict('Escape closes it, and the map has the focus again', [await shown(), await active(), (await text('map-at')).startsWith(vf)], [false, 'map', true]);
}

async function gone(feed, vf) {
	await feed.tell(`forget ${vf}`);
	await until(`document.getElementById('space-at').textContent.includes('no such function')`);
	verdict('a function that went is said', await text('space-at'), 'the helper has no such function');
	verdict('and nothing of it is shown any more', [await count('#space-grid i[class]'), await count('#space-table tbody tr')], [0, 0]);
	await feed.tell(`space ${vf}`);
}

async function look(vf, built) {
	for (const [width, scheme] of [[390, 'light'], [390, 'dark'], [1280, 'light'], [1280, 'dark']]) {
		await browser.see(width, 900, scheme);
		await built();
		await open_by_key(vf);
		const where = `its configuration space, ${width} pixels, ${scheme}`;
		verdict(`${where}: nothing is wider than the page`, await ask('document.documentElement.scrollWidth <= innerWidth'), true);
		verdict(`${where}: nothing is wider than its card`, await ask(`(e => e.scrollWidth <= e.clientWidth)(document.getElementById('space-grid'))`), true);
		verdict(`${where}: letters can be read`, await run(browser, faint), []);
		verdict(`${where}: nothing moves`, await ask(moved), []);
		await keep_part(browser, directory, `space-${width}-${scheme}.png`, '#space');
	}
}

// BUILT opens the page anew.
export async function check_space(its_browser, its_directory, feed, vf, built) {
	[browser, directory] = [its_browser, its_directory];
	await feed.tell(`space ${vf}`);
	await built();
	await by_key(vf);
	await by_pointer();
	await twin();
	await close(vf);
	await open_by_key(vf);
	await gone(feed, vf);
	await look(vf, built);
}
