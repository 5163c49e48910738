#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/sockets.sh [PCSC-MONITOR]: Unix sockets, sockets that a service manager hands
# over, and what it is told, with a directory in the place of /sys/bus/pci/pcsc.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
monitor=$(realpath "${1:-build/pcsc-monitor}")
pid='' listener=''
trap '[[ ! $pid ]] || kill "$pid"; [[ ! $listener ]] || kill "$listener"; rm -rf "$dir"' EXIT

printf 'Total Reads: 5\n' >"$dir/stats"
echo on >"$dir/mode"
socket=$dir/monitor.sock

# serves COUNT: on so many sockets
serves() {
	(($(grep -c 'serving on' "$dir/err") >= $1))
}

# started COUNT COMMAND...: in the background, until it serves on so many sockets
started() {
	local count=$1
	shift
	: >"$dir/err"
	"$@" 2>"$dir/err" &
	pid=$!
	soon serves "$count"
	port=$(sed -n 's/.*serving on port //p' "$dir/err" | tail -n 1)
}

# serve COUNT ARGUMENT...
serve() {
	started "$1" "$monitor" -v -q -s "$dir" "${@:2}"
}

# stop SIGNAL: sets status; one that does not end is killed
stop() {
	kill "-$1" "$pid"
	soon ended "$pid"
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	pid=''
}

# up URL OPTION...: what is answered, and pcsc_up
up() {
	curl -s --max-time 5 -w '%{http_code}' "$@" | grep -E '^pcsc_up|^[0-9]+$' | paste -sd' '
}

up_here() {
	up --unix-socket "$socket" http://x/metrics "$@"
}

# rights: of each thread, what it may do and whom it is, on one line
rights() {
	cat /proc/$pid/task/*/status | grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' | tr -s ' \t' '  ' | sort -u | paste -sd,
}

# refused STATUS TEXT ARGUMENT...: it ends at once and says TEXT
refused() {
	timeout 3 "$monitor" -q -s "$dir" "${@:3}" 2>"$dir/err"
	verdict "${*:3}: refused" "$? $(grep -cF -- "$2" "$dir/err")" "$1 1"
}

# handed SOCKET... -- COMMAND...: run it as a service manager would, with these sockets:
# ADDR:PORT, a path, "udp", "deaf" (which does not listen)
handed() {
	# shellcheck disable=SC2016 # perl
	exec perl -e 'use Socket; use Fcntl; use POSIX ();
		my (@fds, @keep);
		while (($_ = shift) ne "--") {
			my $local = m{^/};
			socket(my $s, $local ? AF_UNIX : AF_INET, $_ eq "udp" ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!";
			my ($host, $port) = /^([0-9.]+):([0-9]+)$/ ? ($1, $2) : ("127.0.0.1", 0);
			bind($s, $local ? sockaddr_un($_) : sockaddr_in($port, inet_aton($host))) or die "bind $_: $!";
			/^(udp|deaf)$/ or listen($s, 16) or die "listen: $!";
			push @keep, $s;
			push @fds, fcntl($s, F_DUPFD, 100);
		}
		POSIX::dup2($fds[$_], 3 + $_) for 0 .. $#fds;
		POSIX::close($_) for @fds;
		$ENV{LISTEN_FDS} = @fds;
		$ENV{LISTEN_PID} = $ENV{WRONG_PID} // $$;
		exec @ARGV or die "exec: $!"' -- "$@"
}

# --- a Unix socket ------------------------------------------------------------------

serve 1 -l "unix:$socket"
verdict 'served on a Unix socket' "$(up_here)" 'pcsc_up 1 200'
verdict 'which its owner and group may use' "$(stat -c %a "$socket")" 660
verdict 'whatever Host is asked for' "$(up_here -H 'Host: evil.example')" 'pcsc_up 1 200'
verdict 'but two of them are refused' \
	"$(printf 'GET /metrics HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n' | socat -t 3 - "UNIX-CONNECT:$socket" | head -n 1 | tr -d '\r')" \
	'HTTP/1.1 400 Bad Request'
refused 6 'Address already in use' -l "unix:$socket"
verdict 'the first one goes on' "$(up_here)" 'pcsc_up 1 200'
stop KILL
verdict 'a daemon that was killed leaves its socket' "$([[ -S $socket ]] && echo left)" left
serve 1 -l "unix:$socket"
verdict 'which the next one replaces' "$(up_here)" 'pcsc_up 1 200'
stop TERM
verdict 'and removes at its end' "$status $([[ -e $socket ]] || echo gone)" '0 gone'
serve 1 -l "unix:$socket"
rm "$socket"
echo mine >"$socket"
stop TERM
verdict 'a file that took its place is left alone' "$status $(<"$socket")" '0 mine'
refused 6 'not a socket' -l "unix:$socket"
verdict 'and is not replaced' "$(<"$socket")" mine
ln -sf "$dir/stats" "$socket"
refused 6 'not a socket' -l "unix:$socket"
rm "$socket"
refused 6 'No such file' -l "unix:$dir/nowhere/x.sock"
for text in unix: unix:relative unix:@abstract "unix:/$(printf 'x%.0s' {1..120})"; do
	refused 2 'neither an address' -l "$text"
done
serve 3 -l "unix:$socket" -l 127.0.0.1:0 -l "unix:$dir/other.sock"
verdict 'on three at a time' "$(up_here) $(up "http://127.0.0.1:$port/metrics") $(up --unix-socket "$dir/other.sock" http://x/metrics)" \
	'pcsc_up 1 200 pcsc_up 1 200 pcsc_up 1 200'
verdict 'by TCP the Host counts as before' "$(up "http://127.0.0.1:$port/metrics" -H 'Host: evil.example')" 403
stop INT
verdict 'both are gone' "$(find "$dir" -type s | wc -l)" 0
mapfile -t five < <(for i in {1..5}; do printf -- '-l\nunix:%s/%s\n' "$dir" "$i"; done)
refused 2 'one too many' "${five[@]}"

# --- without rights -------------------------------------------------------------------

refused 5 "there is no user 'no-such-user'" --user no-such-user -l "unix:$socket"
refused 5 'give a user without rights' --user root -l "unix:$socket"
if ((EUID == 0)); then
	chmod 755 "$dir"
	none=$(printf '0%.0s' {1..16})
	nobody="CapAmb: $none,CapBnd: $none,CapEff: $none,CapInh: $none,CapPrm: $none,Gid: 65534 65534 65534 65534,Groups: ,NoNewPrivs: 1,Uid: 65534 65534 65534 65534"
	serve 2 --user nobody -l "unix:$socket" -l 127.0.0.1:0
	verdict '--user: it serves' "$(up_here) $(up "http://127.0.0.1:$port/metrics")" 'pcsc_up 1 200 pcsc_up 1 200'
	verdict 'each thread is that user, in no other group, without capabilities, for good' "$(rights)" "$nobody"
	verdict 'the socket is of the user that made it' "$(stat -c '%U %a' "$socket")" 'root 660'
	stop TERM
	verdict 'and stays, since that user may not remove it' "$status $([[ -S $socket ]] && echo left)" '0 left'
	rm "$socket"
	# The kernel takes none of these away when root becomes another user.
	started 1 setpriv --groups=4,20 --inh-caps=+chown,+net_raw --securebits=+no_setuid_fixup "$monitor" -v -q -s "$dir" --user nobody -l 127.0.0.1:0
	verdict 'also if it was given groups, and capabilities that outlive a change of user' "$(rights)" "$nobody"
	stop TERM
	mkdir "$dir/text"
	timeout 3 "$monitor" -q -n -s "$dir" --user nobody -t "$dir/text" 2>"$dir/err"
	verdict 'a textfile is written as that user, or not' "$? $(grep -c 'Permission denied' "$dir/err")" '4 1'
fi

# --- sockets of a service manager -----------------------------------------------------

started 2 handed "$socket" 127.0.0.1:0 -- "$monitor" -v -q -s "$dir"
verdict 'sockets that were handed over' "$(up_here) $(up "http://127.0.0.1:$port/metrics")" 'pcsc_up 1 200 pcsc_up 1 200'
verdict 'and no other' "$(grep -c 'serving on' "$dir/err")" 2
# shellcheck disable=SC2012 # descriptors
verdict 'which no program that it ran would have' "$(awk '/^flags/ { print substr($2, length($2) - 6, 1) }' /proc/$pid/fdinfo/[34] | paste -sd' ')" '2 2'
stop TERM
verdict 'what the manager made stays' "$status $([[ -S $socket ]] && echo left)" '0 left'
rm "$socket"
started 2 handed "$socket" -- "$monitor" -v -q -s "$dir" -l 127.0.0.1:0
verdict 'one handed over and one named' "$(up_here) $(up "http://127.0.0.1:$port/metrics")" 'pcsc_up 1 200 pcsc_up 1 200'
stop TERM
rm "$socket"
for bad in 0.0.0.0:0 udp deaf; do
	handed "$bad" -- "$monitor" -q -s "$dir" 2>"$dir/err" &
	pid=$!
	soon ended $pid
	kill -KILL $pid 2>/dev/null
	wait $pid
	verdict "$bad, handed over: refused" "$? $(grep -c "of the service manager" "$dir/err")" "5 1"
	pid=""
done
WRONG_PID=1 started 1 handed "$socket" -- "$monitor" -v -q -s "$dir" -l 127.0.0.1:0
verdict 'what is handed to another process is none of ours' "$(grep -c 'serving on' "$dir/err") $(up "http://127.0.0.1:$port/metrics")" \
	'1 pcsc_up 1 200'
stop TERM
rm "$socket"

# --- the units ------------------------------------------------------------------------

if command -v systemd-analyze >/dev/null; then
	units=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../user/systemd" && pwd)
	mkdir "$dir/units"
	for unit in "$units"/*; do
		sed "s|@PREFIX@/sbin/pcsc-monitor|$monitor|; s|@PREFIX@|/usr|" "$unit" >"$dir/units/${unit##*/}"
	done
	"$(type -P systemd-analyze)" verify --man=no "$dir"/units/* 2>"$dir/err"
	verdict 'systemd finds nothing wrong in the units' "$? $(wc -l <"$dir/err")" '0 0'
	"$(type -P systemd-analyze)" security --offline=true --threshold=10 "$dir/units/pci-pcsc-monitor.service" >"$dir/exposure" 2>"$dir/err"
	verdict 'and calls the exposure at most 1.0 of 10' $? 0
fi

# --- what the manager is told ----------------------------------------------------------

socat -u "UNIX-RECV:$dir/notify" "CREATE:$dir/told" &
listener=$!
until [[ -S $dir/notify ]]; do sleep 0.1; done
started 1 env NOTIFY_SOCKET="$dir/notify" WATCHDOG_USEC=400000 "$monitor" -v -q -s "$dir" -l 127.0.0.1:0
soon has "$dir/told" READY=1 && soon has "$dir/told" 'WATCHDOG=1WATCHDOG=1'
stop TERM
soon has "$dir/told" STOPPING=1
verdict 'ready, alive, stopping' "$(sed 's/\(WATCHDOG=1\)\+/ alive /' "$dir/told")" 'READY=1 alive STOPPING=1'
: >"$dir/told"
started 1 env NOTIFY_SOCKET="$dir/notify" WATCHDOG_USEC=400000 WATCHDOG_PID=1 "$monitor" -v -q -s "$dir" -l 127.0.0.1:0
sleep 0.5
verdict 'a watchdog of another process is not told' "$(grep -c WATCHDOG "$dir/told")" 0
stop TERM
kill "$listener"
wait "$listener" 2>/dev/null
listener=''
started 1 env NOTIFY_SOCKET="$dir/notify" "$monitor" -v -q -s "$dir" -l 127.0.0.1:0
verdict 'a manager that is gone is no trouble' "$(up "http://127.0.0.1:$port/metrics")" 'pcsc_up 1 200'
stop TERM

finish sockets
