# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of tools share this: a directory of their own in $dir, TAP, and the count at
# the end.

dir=$(mktemp -d)
failed=0 passed=0
trap 'rm -rf "$dir"' EXIT

# verdict TEXT GOT EXPECTED: if they differ, the tool's stderr, which is in $dir/err, is
# shown as well
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

# soon COMMAND...: it becomes true; on a busy host that may take its time
soon() {
	local tenths
	for ((tenths = 0; tenths < 300; tenths++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

# has FILE REGEX
has() {
	grep -qsE -- "$2" "$1"
}

# ended PID: it is gone, or waits to be waited for
ended() {
	! grep -qs '^State:.[^ZX]' "/proc/$1/status"
}

# finish NAME: print how many passed and failed; status 1 if one failed
finish() {
	echo "# $1: $passed passed, $failed failed"
	((failed == 0))
}
