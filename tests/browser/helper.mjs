// SPDX-License-Identifier: GPL-2.0-only
// A directory in the place of /sys/bus/pci/pcsc, whose numbers move, and a daemon that reads it.
import { spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HARDWARE_US = 21, LOOKUP_US = .3;

export const seconds = n => new Promise(resolve => setTimeout(resolve, 1000 * n));

export class Helper {
	static nothing = () => ({ hit: 0, miss: 0, uncachable: 0, bypass: 0, would: 0, verified: 0, shadow: 0, writes: 0, resets: 0, mismatches: 0, quarantined: 0 });

	directory = mkdtempSync(join(tmpdir(), 'pcsc-live.'));
	mode = 'on';
	n = Helper.nothing();
	#timer = null;

	// As many reads of each kind as a host with VFs makes in a tenth of a second.
	work() {
		const n = this.n;
		const some = most => Math.round(most * (.75 + Math.random() / 2));
		const hits = some(700), misses = some(25), uncachable = some(90);
		n.miss += misses;
		n.uncachable += uncachable;
		n.writes += some(20);
		if (this.mode === 'on') {
			n.hit += hits;
			n.verified += 1;
		} else if (this.mode === 'shadow') {
			n.would += hits;
			n.shadow += hits + misses + uncachable;
		}
		if (Math.random() < .1) {
			n.resets++;
			n.bypass += some(150);
		}
		this.write();
	}

	stats() {
		const n = this.n;
		const uncachable = n.uncachable + n.bypass + n.would + n.verified;
		const reads = n.hit + n.miss + uncachable;
		return {
			'Cache Hits': n.hit, 'Cache Misses': n.miss, 'Uncachable Reads': uncachable, 'Writes': n.writes,
			'Cache Invalidations': 3 * n.resets, 'Device Resets': n.resets, 'Total Reads': reads, 'Hardware Reads': reads - n.hit,
			'Hit Rate': Math.floor(100 * n.hit / Math.max(1, reads - n.shadow)),
			'Total Cache Access Time': Math.round(LOOKUP_US * (n.hit + n.miss) + HARDWARE_US * n.miss),
			'Cache Access Time (without HW reads due to Misses)': Math.round(LOOKUP_US * (n.hit + n.miss)),
			'HW Access Time due to misses': Math.round(HARDWARE_US * n.miss),
			'Total Hardware Access Time': Math.round(HARDWARE_US * (reads - n.hit + n.writes)),
			'Would-be Hits': n.would, 'Shadow Reads': n.shadow, 'Verified Hits': n.verified, 'Sibling Hits': 12, 'Bypassed Reads': n.bypass,
			'Fills': n.miss, 'Mismatches': n.mismatches, 'Demoted Bytes': 16, 'Dropped Templates': 0,
			'Walk Reads': 210, 'Identity Reads': 4 * n.resets, 'Populate Reads': 1024, 'Scrub Reads': 0,
			'Mismatched Registers': n.mismatches, 'Mismatches Not Passed On': 0, 'Quarantined Functions': n.quarantined,
			'Missing Hooks': 0, 'Missed Hook Calls': 0, 'Unlisted Reads': 0, 'Unlisted Hits': 0, 'Enumeration Reads': n.miss, 'Enumeration Hits': 0,
			'Kernel Reads': reads - n.miss - n.hit, 'Kernel Hits': 0, 'User Driver Reads': n.hit, 'User Driver Hits': n.hit,
		};
	}

	#put(name, text) {
		writeFileSync(join(this.directory, 'new'), text);
		renameSync(join(this.directory, 'new'), join(this.directory, name));
	}

	write() {
		this.#put('mode', `${this.mode}\n`);
		this.#put('stats', Object.entries(this.stats()).map(([name, value]) => `${name}: ${value}${/Time/.test(name) ? ' us' : ''}\n`).join(''));
	}

	go() {
		this.#timer = setInterval(() => this.work(), 100);
	}

	rest() {
		clearInterval(this.#timer);
	}

	unload() {
		this.rest();
		rmSync(join(this.directory, 'stats'));
	}

	end() {
		this.rest();
		rmSync(this.directory, { recursive: true });
	}
}

export class Daemon {
	constructor(program, directory, port = 0, more = [], env = process.env) {
		this.child = spawn(program, ['-q', '-v', '--stats', directory, '--listen', `127.0.0.1:${port}`, ...more], { stdio: ['ignore', 'inherit', 'pipe'], env });
		this.served = new Promise((resolve, reject) => {
			this.child.stderr.setEncoding('utf8').on('data', text => {
				const port = text.match(/serving on port (\d+)/)?.[1];
				if (port)
					resolve(port);
			});
			this.child.on('exit', status => reject(new Error(`pcsc-monitor ended with ${status}`)));
		});
	}

	async kill() {
		const ended = new Promise(resolve => this.child.on('exit', resolve));
		this.child.kill('SIGKILL');
		await ended;
	}
}
