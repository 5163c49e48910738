# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# daemon.sh: a pcsc-monitor to be asked over HTTP, whose numbers are in "$dir". To be
# sourced behind verdict.sh by a script that sets monitor.
# shellcheck disable=SC2154,SC2034 # what the two have of each other

pid=''
trap '[[ ! $pid ]] || kill "$pid"; rm -rf "$dir"' EXIT

# start ARGUMENT...: sets pid and port
start() {
	: >"$dir/err" # has the port of the one before
	"$monitor" -v --stats "$dir" --listen 127.0.0.1:0 "$@" \
		>"$dir/out" 2>"$dir/err" &
	pid=$!
	if ! soon has "$dir/err" 'serving on port'; then
		echo "not ok - the monitor did not start: $(<"$dir/err")"
		exit 1
	fi
	port=$(sed -n 's/.*serving on port //p' "$dir/err")
}

# stop SIGNAL: sets status; one that does not end is killed
stop() {
	kill "-$1" "$pid"
	soon ended "$pid"
	kill -KILL "$pid" 2>/dev/null
	wait "$pid"
	status=$?
	pid=''
}

get() {
	local path=$1
	shift
	curl -s --max-time 5 "$@" "http://127.0.0.1:$port$path"
}

status_of() {
	get "$@" -o /dev/null -w '%{http_code}'
}
