// SPDX-License-Identifier: GPL-2.0-only
// check.mjs CHROMIUM DIRECTORY PCSC-MONITOR: the report in DIRECTORY, the demo's page and the
// live page, as a browser shows them. TAP on stdout; pictures of what was seen are in DIRECTORY.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chromium } from './chromium.mjs';
import { check_demo } from './demo.mjs';
import { check_detail } from './detail.mjs';
import { check_live } from './live.mjs';
import { check_measured } from './measured.mjs';
import { check_report } from './report.mjs';
import { finish } from './seen.mjs';

const [program, directory, monitor] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'pcsc-browser.'));
const browser = new Chromium(program, profile);

try {
	await browser.open();
	await check_report(browser, directory);
	await check_demo(browser, directory);
	await check_live(browser, directory, monitor);
	await check_measured(browser, directory, monitor);
	await check_detail(browser, directory, monitor);
} finally {
	await browser.close();
	rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exit(finish());
