// SPDX-License-Identifier: GPL-2.0-only
// The card of latencies that were measured, by a daemon whose pcsc-trace is a script.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, Helper, seconds } from './helper.mjs';
import { keep_part, look, verdict } from './seen.mjs';

// Five seconds of 30 reads from memory and 300 from hardware, and a write; then it waits to be killed.
const TRACER = `#!/bin/bash
for n in 1 2 3 4 5; do
	echo '{"time_ms":1,"reads":{"count":330,"sum_ns":7209000,"max_ns":40000,"p50_ns":1,"p99_ns":1,"slots":[{"from_ns":305,"count":30},{"from_ns":23171,"count":300}]},"writes":{"count":1,"sum_ns":90000,"max_ns":90000,"p50_ns":1,"p99_ns":1,"slots":[{"from_ns":77936,"count":1}]}}'
done
echo $$ >"$0.pid"
exec sleep 1000
`;

let browser, url;

const text = selector => browser.ask(`document.querySelector(${JSON.stringify(selector)}).textContent`);
const cells = row => browser.ask(`[...document.querySelectorAll('#measured-figures tbody tr')[${row}].children].map(c => c.textContent)`);
const bars = () => browser.ask(`[...document.querySelectorAll('#measured-bars dt')].map(dt => [dt.textContent, dt.nextElementSibling.textContent])`);

async function until(query, most = 5) {
	for (let i = 0; i < most * 20 && !await browser.ask(query); i++)
		await seconds(.05);
	return browser.ask(query);
}

const shown = () => until(`document.querySelectorAll('#measured-bars dt').length > 0`);

async function compare() {
	const { all } = await (await fetch(`${url}latency.json`)).json();
	const us = ns => `${(ns / 1e3).toFixed(1)} µs`;
	verdict('all reads, as latency.json has them', await cells(1), ['Reads, since it began', '330.0', us(all.reads.p50_ns), us(all.reads.p99_ns), us(all.reads.max_ns), '36.0 ms']);
	verdict('all writes', (await cells(3)).slice(0, 2), ['Writes, since it began', '1.0']);
	verdict('octaves without reads are bars as well', await bars(),
		[['0.26 µs to 0.51 µs', '150'], ['0.51 µs to 1.02 µs', '0'], ['1.02 µs to 2.05 µs', '0'], ['2.05 µs to 4.10 µs', '0'], ['4.10 µs to 8.19 µs', '0'], ['8.19 µs to 16.4 µs', '0'], ['16.4 µs to 32.8 µs', '1,500']]);
	verdict('each bar has a name', await browser.ask(`[...document.querySelectorAll('#measured-bars meter')].every(m => / to .*: \\d/.test(m.getAttribute('aria-label')))`), true);
}

export async function check_measured(a_browser, directory, monitor) {
	const helper = new Helper();
	const path = join(helper.directory, 'bin');
	browser = a_browser;
	mkdirSync(path);
	writeFileSync(join(path, 'pcsc-trace'), TRACER);
	chmodSync(join(path, 'pcsc-trace'), 0o755);
	helper.write();
	const daemon = new Daemon(monitor, helper.directory, 0, ['--trace'], { ...process.env, PATH: `${path}:${process.env.PATH}` });
	try {
		url = `http://127.0.0.1:${await daemon.served}/`;
		browser.forget();
		for (const [width, scheme] of [[390, 'dark'], [1280, 'light']]) {
			await look(browser, directory, url, 'measured', width, scheme, shown);
			await keep_part(browser, directory, `measured-part-${width}.png`, '#measured');
		}
		await compare();
		execFileSync('kill', ['-9', execFileSync('cat', [join(path, 'pcsc-trace.pid')]).toString().trim()]);
		verdict('a tracer that was killed is said', await until(`document.getElementById('measured-words').textContent === 'pcsc-trace was ended by signal 9.'`), true);
		verdict('and its figures stay', (await cells(1))[1], '330.0');
		verdict('no error on the console', browser.said, []);
		verdict('its words', (await text('#measured h2')), 'Time of all accesses, measured');
	} finally {
		daemon.child.kill();
		helper.end();
	}
}
