#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/names.sh: every line of `stats` that a script asks for, or that
# docs/pcsc-monitor.md or the live page names, is in kernel-helper/uapi/stats.h, and the
# page has a heading for each line there.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit 1
failed=0

known=$(sed -n 's/^\tX([A-Z_]*, "\([^"]*\)".*/\1/p' kernel-helper/uapi/stats.h)

# Those of `value KEY`, `value FILE KEY`, `grown RUN FROM TO KEY` and sed's s/^KEY: //
asked_by() {
	# shellcheck disable=SC2016 # perl
	perl -ne 'while (/\b(?:value|grown)((?: +(?:"[^"]*"|[\$a-z][^ )]*))*) +(?:\x27([A-Z][^\x27]*)\x27|([A-Z][a-z]+))/g) {
			print defined $2 ? $2 : $3, "\n" }
		print "$1\n" if m{s/\^([A-Z][A-Za-z -]+): //.*stats}' "$@"
}

# hold WHAT LEAST < NAMES: all are known, and at least so many were found at all
hold() {
	local name count=0 wrong=()
	while read -r name; do
		count=$((count + 1))
		grep -qxF "$name" <<<"$known" || wrong+=("'$name'")
	done
	if ((${#wrong[@]} || count < $2)); then
		echo "not ok - $1: $count found, not in uapi/stats.h: ${wrong[*]:-none}"
		failed=1
	else
		echo "ok - $1: $count names, all in uapi/stats.h"
	fi
}

mapfile -t scripts < <(git ls-files --cached --others --exclude-standard tests tools | grep -vF tests/unit/names.sh |
	xargs grep -lE '^#!/bin/bash|^#!.*bats|^# shellcheck shell' --)
hold 'names that scripts ask for' 60 < <(asked_by "${scripts[@]}")
# shellcheck disable=SC2016 # backticks of Markdown
hold 'names in the table of metrics' 15 < <(grep '^| `pcsc_' docs/pcsc-monitor.md |
	cut -d'|' -f4- | grep -oE '`[A-Z][^`]*`' | tr -d '`')
# in_groups: the lists below the headings of the page
in_groups() {
	grep -P "^\t\t\['" user/monitor/page/counters.js | grep -oE "'[^']*'" | tr -d "'"
}

hold 'names under the headings of the page' 40 < <(in_groups)
hold 'names in the table of the page' 6 < <(sed -n 's/.*data-name="\([^"]*\)".*/\1/p' user/monitor/page/index.html)
homeless=$(comm -13 <(in_groups | sort) <(sort <<<"$known"))
if [[ $homeless || $(in_groups | sort | uniq -d) ]]; then
	echo "not ok - each line has one heading on the page, but not: ${homeless:-those that have two}"
	failed=1
else
	echo 'ok - each line has one heading on the page'
fi
if (hold '' 0 < <(asked_by <<<"x=\$(value 'Verify Reads')"); exit $failed) >/dev/null; then
	echo 'not ok - a name that nobody prints would be found'
	failed=1
else
	echo 'ok - a name that nobody prints would be found'
fi
exit $failed
