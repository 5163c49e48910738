#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/run.sh: tests/run counts what its parts print, and none of these keeps it
# from its end: not one that hangs, nor one that leaves a process behind. TAP on stdout.

# shellcheck disable=SC2317 # functions are called by their names, see check
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir"/{tests,tools,build}
cp "$top"/tests/{run,emulator.sh,lanes.sh} "$dir/tests"
cp "$top/tools/lib.sh" "$dir/tools"

# part COMMAND: what the demo is in this tree
part() {
	printf '#!/bin/bash\n%s\n' "$1" >"$dir/tests/demo"
	chmod +x "$dir/tests/demo"
}

# runs STATUS TOTALS LIMIT COMMAND: one part, or $what, whose TAP it prints; 20 s at most
runs() {
	local status
	part "$4"
	PCSC_TEST_LIMIT=$3 DEMOS=2 timeout 20 "$dir/tests/run" "${what:-demo}" "$dir/build" >"$dir/out" 2>"$dir/err"
	status=$?
	[[ $status == "$1" && $(tail -n 1 "$dir/out") == "$2" ]]
}

said() {
	grep -q "$1" "$dir/out" "$dir/err"
}

# comes SECONDS COMMAND...: it becomes true
comes() {
	local n
	for ((n = 0; n < $1 * 10; n++)); do
		! "${@:2}" || return 0
		sleep 0.1
	done
	return 1
}

is_over() {
	! kill -0 "$(<"$dir/pid")" 2>/dev/null
}

check "what passed and failed is counted" \
	runs 1 '2 passed, 1 failed' 0 'echo ok 1; echo not ok 2; echo ok 3; exit 1'
check "all of it is shown" said '^not ok 2'
check "a part that says nothing has failed" runs 1 '0 passed, 1 failed' 0 'exit 0'
check "a part whose status alone is bad has failed" runs 1 '1 passed, 1 failed' 0 'echo ok 1; exit 3'
check "a part that hangs ends with the time for all, and fails" \
	runs 1 '1 passed, 1 failed' 2 'echo ok 1; sleep 100'
check "it is named" said '^not ok - the demo had not ended'
what='demos' check "and what comes after it, which was not begun, fails" \
	runs 1 '1 passed, 2 failed' 2 'echo ok 1; sleep 100'
check "each says which it is" eval 'said "^not ok - demo 1 of 2 had not ended" && said "^not ok - demo 2 of 2 was not begun"'
check "what it started has ended too" \
	runs 1 '1 passed, 1 failed' 2 "echo ok 1; sh -c 'echo \$\$ >$dir/pid; sleep 100; true'"
check "none of it runs on" comes 5 is_over
check "a process that is left behind, with the output, is not waited for" \
	runs 0 '1 passed, 0 failed' 0 "setsid sh -c 'sleep 30; true' & echo \$! >$dir/pid; echo ok 1"
kill "$(<"$dir/pid")" 2>/dev/null

# terminated: by a signal, while a part runs
terminated() {
	local runner
	part "echo \$\$ >$dir/pid; sleep 100; true"
	rm -f "$dir/pid"
	"$dir/tests/run" demo "$dir/build" >"$dir/out" 2>"$dir/err" &
	runner=$!
	comes 10 test -s "$dir/pid" && kill "$runner" && ! wait "$runner"
}

check "a signal ends it" terminated
check "it says what was running" said 'stopped after .* in: the demo'
check "and that ends as well" comes 5 is_over
# in_lanes NUMBER: jobs of which one fails and one has parts side by side; each is done once
in_lanes() (
	counts=$(mktemp -d -p "$dir") passed=0 failed=0 running=''
	export counts running
	# shellcheck source=tests/lanes.sh
	. "$top/tests/lanes.sh"
	stopped() { exit 1; }
	job() {
		sleep "0.$1"
		echo "$*" >>"$counts/done"
		passed=$((passed + 1))
	}
	fails() { failed=$((failed + 1)); }
	parts() {
		beside job 2 beside
		beside fails
		job 1 itself
	}
	lanes "$1" 'job 3 first' parts fails 'job 1 second' 'job 2 third' 'job 1 last'
	[[ "$passed $failed $(sort "$counts/done" | uniq | wc -l) $(wc -l <"$counts/done")" == '6 2 6 6' ]]
)

for n in 1 2 3 9; do
	check "each job is done once, and counted, in lanes: $n" in_lanes "$n"
done
plan
exit $((failures > 0))
