# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Parts of the tests side by side, for tests/run, which has $counts, $passed, $failed and
# running. What is counted in a process of its own is collected by who started it.

besides=() # a file with the counts of each, and what it is

# beside COMMAND...: while others run; what it counts is collected later
beside() {
	local file
	# shellcheck disable=SC2154 # of tests/run
	file=$(mktemp -p "$counts" beside.XXXXXX)
	# shellcheck disable=SC2030 # counted by collect
	(
		trap stopped INT TERM
		passed=0 failed=0 besides=()
		"$@"
		collect
		echo "$passed $failed" >"$file"
	) &
	# shellcheck disable=SC2031 # its own are the subshell's
	besides+=("$file $*")
}

collect() {
	local part more bad
	running=${besides[*]#* }
	: "${running:=nothing}"
	wait
	for part in "${besides[@]}"; do
		more=0 bad=1
		read -r more bad <"${part%% *}" || echo "not ok - '${part#* }' did not end"
		# shellcheck disable=SC2031 # what was counted there is in the file
		passed=$((passed + more))
		# shellcheck disable=SC2031
		failed=$((failed + bad))
	done
	besides=()
}

# lane JOB...: those of them that no other lane has taken, in their order
lane() {
	local job n=0
	for job; do
		# shellcheck disable=SC2086 # a job is a command and its words
		! mkdir "$counts/job.$((n++))" 2>/dev/null || $job
	done
}

# lanes NUMBER JOB...: all of them, so many side by side. Of what takes long, the first to
# be named is the first to begin.
lanes() {
	local n
	rm -rf "$counts"/job.*
	for ((n = 1; n < $1; n++)); do
		beside lane "${@:2}"
	done
	lane "${@:2}"
	collect
}
