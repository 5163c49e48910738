// SPDX-License-Identifier: GPL-2.0-only
// picture.mjs CHROMIUM URL FILE [WIDTH HEIGHT SCHEME SECONDS [EXPRESSION]]: a page as a browser
// shows it at its first glance, as PNG; HEIGHT 0 is all of it. EXPRESSION runs in the page first.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chromium } from './chromium.mjs';

const [program, url, file, width = '1280', height = '800', scheme = 'light', patience = '0', expression = ''] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'pcsc-picture.'));
const browser = new Chromium(program, profile);

try {
	await browser.open();
	await browser.see(Number(width), Number(height) || 900, scheme);
	await browser.go(url);
	if (expression)
		await browser.ask(expression);
	await new Promise(resolve => setTimeout(resolve, 1000 * Number(patience)));
	writeFileSync(file, await browser.picture(height === '0'));
	for (const said of browser.said)
		console.error(`picture: ${url} said ${said}`);
} finally {
	await browser.close();
	rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
