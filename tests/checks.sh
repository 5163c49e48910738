# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the demos' tests share: TAP of figures that the reports left in $out.
# shellcheck disable=SC2154 # out: who sources this sets it

count=0
failures=0

# check TEXT CONDITION-COMMAND...
check() {
	local text=$1 ok='ok'
	shift
	"$@" || { ok='not ok' && failures=$((failures + 1)); }
	count=$((count + 1))
	echo "$ok $count - $text"
}

at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a >= b) }'
}

# within PERCENT FORETOLD COUNTED
within() {
	awk -v p="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(b > 0 && a >= b * (1 - p / 100) && a <= b * (1 + p / 100)) }'
}

# figure NAME: of what the report left for us
figure() {
	sed -n "s/^$1 //p" "$out/figures"
}

plan() {
	echo "1..$count"
}
