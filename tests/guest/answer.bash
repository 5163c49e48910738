# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the suites share that look at a report: its first ten lines are in "answer".

# says REGEX: one of the first ten lines does
says() {
	grep -Eq -- "$1" answer
}

# between LOW VALUE HIGH: whole numbers
between() {
	(($1 <= $2 && $2 <= $3))
}
