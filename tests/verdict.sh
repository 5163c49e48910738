# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of tools share: a directory of their own in $dir, TAP, and the end.

dir=$(mktemp -d)
failed=0 passed=0
trap 'rm -rf "$dir"' EXIT

# verdict TEXT GOT EXPECTED: what the tool said on stderr, left in $dir/err, is shown if
# they differ
verdict() {
	if [[ $2 == "$3" ]]; then
		passed=$((passed + 1))
		echo "ok - $1"
	else
		echo "not ok - $1: expected '$3', got '$2'"
		[[ ! -s $dir/err ]] || head -n 5 "$dir/err" | sed 's/^/# /'
		failed=$((failed + 1))
	fi
}

# finish NAME: how many; the status of the whole
finish() {
	echo "# $1: $passed passed, $failed failed"
	((failed == 0))
}
