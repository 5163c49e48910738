// SPDX-License-Identifier: GPL-2.0-only
// A made-up host, as tests/feed tells it: each line is something that happens there.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Feed {
	truth = null; // after the last line

	constructor(program, file, functions) {
		this.child = spawn(program, [file, functions], { stdio: ['pipe', 'pipe', 'inherit'] });
		this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
	}

	async hear() {
		this.truth = JSON.parse((await this.lines.next()).value);
	}

	async tell(...lines) {
		for (const line of lines) {
			this.child.stdin.write(`${line}\n`);
			await this.hear();
		}
	}

	end() {
		this.child.kill();
	}
}
