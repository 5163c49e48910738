// SPDX-License-Identifier: GPL-2.0-only
// guest.mjs CHROMIUM DIRECTORY URL: the live page of the guest that tools/demo-page has
// started, whose files are in DIRECTORY/guest. TAP on stdout; pictures are in DIRECTORY.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chromium } from './chromium.mjs';
import { seconds } from './helper.mjs';
import { faint, finish, keep, keep_part, moved, run, verdict } from './seen.mjs';

const [program, directory, url] = process.argv.slice(2);
const guest = join(directory, 'guest');
const profile = mkdtempSync(join(tmpdir(), 'pcsc-browser.'));
const browser = new Chromium(program, profile);

const ask = expression => browser.ask(expression);
const text = id => ask(`document.getElementById(${JSON.stringify(id)}).textContent`);
const counters = () => ask(`Object.fromEntries([...document.querySelectorAll('#counters dd')].map(dd => [dd.dataset.name, parseFloat(dd.textContent.replaceAll(',', ''))]))`);
const sorted = object => Object.entries(object).sort();

// What COMMAND says in the guest.
async function there(command) {
	rmSync(join(guest, 'answer'), { force: true });
	writeFileSync(join(guest, 'ask.new'), command);
	renameSync(join(guest, 'ask.new'), join(guest, 'ask'));
	for (let tries = 0; tries < 1200 && !existsSync(join(guest, 'answer')); tries++)
		await seconds(.05);
	return readFileSync(join(guest, 'answer'), 'utf8');
}

const stats = async () => Object.fromEntries((await there('cat /sys/bus/pci/pcsc/stats')).trim().split('\n')
	.map(line => line.match(/^(.*): (\d+)/)).filter(m => m).map(m => [m[1], Number(m[2])]));

// How long until EXPRESSION is true in the page, in seconds.
async function until(expression, most = 15) {
	const from = performance.now();
	while (!await ask(expression) && performance.now() - from < most * 1000)
		await seconds(.05);
	return (performance.now() - from) / 1000;
}
const says = word => `document.getElementById('word').textContent === '${word}'`;

async function open(key) {
	await browser.go('about:blank');
	await browser.go(url.replace(/#.*/, `#key=${key}`));
	await until(`document.querySelectorAll('#map [role=option]').length > 255`);
}
const the_key = () => readFileSync(join(guest, 'key'), 'utf8').trim();

async function hold_figures() {
	const seen = [];
	for (const moment of ['first', 'second']) {
		await there('touch $PCSC_RUN/pause; until [[ -e $PCSC_RUN/paused ]]; do sleep 0.1; done');
		const said = await stats();
		await until(`[...document.querySelectorAll('#counters dd')].find(dd => dd.dataset.name === 'Total Reads')?.textContent.replaceAll(',', '').startsWith('${said['Total Reads']}')`, 5);
		await seconds(1.5);
		verdict(`at the ${moment} moment the counters on the page are those of stats`, sorted(await counters()), sorted(said));
		verdict(`at the ${moment} moment the hits at the top are theirs`, Number((await text('avoided')).replaceAll(',', '')), said['Cache Hits']);
		seen.push(said['Cache Hits']);
		await there('rm $PCSC_RUN/pause');
		await seconds(8);
	}
	verdict(`hits moved between: ${seen.join(', then ')}`, seen[1] > seen[0], true);
}

async function open_space() {
	await ask(`document.getElementById('search').focus()`);
	await browser.call('Input.insertText', { text: 'vfio-pci' });
	await browser.press('Enter');
	await ask(`(s => (s.value = '', s.dispatchEvent(new Event('input'))))(document.getElementById('search'))`);
	await ask(`document.getElementById('map').focus()`);
	await browser.press('Enter');
	const took = await until(`document.querySelectorAll('#space-grid .memory').length > 0`);
	verdict(`a VF's configuration space opens within 2 s, and some of it is in memory: ${took.toFixed(1)} s`, took < 2, true);
	await browser.press('ArrowRight');
	await browser.press('ArrowRight');
	verdict(`it names a register of the guest's: '${await text('space-at')}'`, /^0x008 REVISION, header 0x08, PCIe 7\.5\.1\.1\.5: in memory/.test(await text('space-at')), true);
	verdict('and its capabilities, by name', await ask(`(d => (d.open = true, true))(document.getElementById('space-all'))`) && (await until(`[...document.querySelectorAll('#space-table td')].some(td => td.textContent.startsWith('CAP_MSIX+'))`)) < 5, true);
	await ask(`document.getElementById('space-all').open = false`);
}

async function look() {
	for (const [width, scheme] of [[390, 'light'], [390, 'dark'], [1280, 'light'], [1280, 'dark']]) {
		const where = `the guest's page, ${width} pixels, ${scheme}`;
		await browser.see(width, 900, scheme);
		await open(the_key());
		await until(says('fine'));
		await seconds(2);
		verdict(`${where}: nothing moves while it loads`, await ask(moved), []);
		await open_space();
		verdict(`${where}: nothing is wider than the page`, await ask('document.documentElement.scrollWidth <= innerWidth'), true);
		verdict(`${where}: letters can be read`, await run(browser, faint), []);
		await keep(browser, directory, `guest-${width}-${scheme}.png`);
		await keep_part(browser, directory, `space-${width}-${scheme}.png`, '#space');
	}
}

// An open device would keep the module; the reader has it open for a moment only.
async function reload() {
	const said = await there(`"$ctl" mode off; for n in 1 2 3; do rmmod pci_pcsc && echo gone && break; sleep 0.2; done`);
	verdict('rmmod works while the daemon runs', said.includes('gone'), true);
	verdict('the page says so', await until(says('missing')) < 15, true);
	await keep(browser, directory, 'guest-missing.png');
	await there('load_helper');
	await until(says('fine'));
	verdict('and goes on when it is loaded again', [await text('word'), await ask(`document.querySelectorAll('#map [role=option]').length > 255`)], ['fine', true]);
}

// Network errors of the browser's are no errors of the page's.
async function kill() {
	verdict('no error on the console', browser.said, []);
	const before = await stats();
	await there('kill -9 "$(<"$PCSC_RUN/monitor.pid")"');
	await until(says('stale'));
	verdict('a daemon that was killed is said', await text('word'), 'stale');
	await seconds(6);
	const between = await stats();
	verdict(`the cache has not noticed: ${before['Cache Hits']} hits, then ${between['Cache Hits']}`, [between['Cache Hits'] > before['Cache Hits'], (await there('cat /sys/bus/pci/pcsc/mode')).trim()], [true, 'on']);
	await there('monitor >/dev/null 2>&1 </dev/null');
	await open(the_key());
	await until(says('fine'));
	const after = await counters();
	verdict('counters go on behind the next daemon', after['Cache Hits'] >= between['Cache Hits'], true);
	browser.forget();
}

// The kernel sees neither the write nor, by the wrong profile, that it may happen.
async function contradict() {
	await there(`touch $PCSC_RUN/pause; until [[ -e $PCSC_RUN/paused ]]; do sleep 0.1; done
		"$build/pcsc-profile" compile "$PCSC_TESTS/profiles/interrupt-line.json" -o "$PCSC_RUN/lie.pcsc"
		"$ctl" mode off; "$ctl" load "$PCSC_RUN/lie.pcsc"; "$ctl" mode shadow`);
	await until(says('shadow'));
	const said = await there(`d=$(lspci -D -d ::0200 | head -n 1 | cut -d' ' -f1)
		setpci -s "$d" 3c.b >/dev/null
		setpci -A intel-conf1 -s "$d" 3c.b=55
		setpci -s "$d" 3c.b
		echo "$d"`);
	const took = await until(`${says('quarantined')} && document.getElementById('health').className === 'bad' && document.getElementById('red').classList.contains('bad')`);
	verdict(`a mismatch turns the page red within 2 s: ${took.toFixed(1)} s`, took < 2, true);
	const address = said.trim().split('\n').at(-1);
	verdict(`it names the function, ${address}`, (await text('red-list')).startsWith(address), true);
	await until(`document.getElementById('event-list').textContent.includes('${address} 0x03c')`, 5);
	verdict('and where', await ask(`document.getElementById('event-list').textContent.includes('${address} 0x03c')`), true);
	await keep(browser, directory, 'guest-red.png');
}

try {
	await browser.open();
	await browser.see(1280, 900, 'light');
	await open(the_key());
	await until(says('fine'));
	browser.forget();
	await hold_figures();
	await look();
	await reload();
	await kill();
	await contradict();
	verdict('no URL that was asked for has the key', browser.asked.filter(asked => asked.replace(/#.*/, '').includes(the_key())), []);
	verdict('no error on the console after all', browser.said, []);
} finally {
	await browser.close();
	rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exit(finish());
