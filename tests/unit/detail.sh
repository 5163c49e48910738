#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/detail.sh [PCSC-MONITOR]: what is root's over HTTP: who may ask, what is
# answered, what is not, with a made-up host in the place of the helper's device.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
# shellcheck source=tests/unit/daemon.sh
. "$(dirname "${BASH_SOURCE[0]}")/daemon.sh"
monitor=${1:-build/pcsc-monitor}
feed=${monitor%/*}/tests/feed
paths='/functions.json /function.json?address=0000:16:01.2 /events.json /handover.json'
vf=0000:16:01.2

# host LINE...: what happens there is told to the feed
host() {
	printf '%s\n' "$@" >&"${host[1]}"
	for _ in "$@"; do
		read -r truth <&"${host[0]}"
	done
}

# ask PATH FILTER: with the key
ask() {
	get "$1" -H "Authorization: Bearer $key" | jq -rc "$2"
}

# shows PATH FILTER: that is true of it
shows() {
	[[ $(ask "$1" "$2") == true ]]
}

# answers HEADER...: of all paths
answers() {
	local path
	for path in $paths; do
		status_of "$path" "$@"
	done
}

# of BDF COLUMN: what the daemon says of it
of() {
	ask /functions.json "(.columns | index(\"$2\")) as \$c | .functions[] | select(.[0] == \"$1\")[\$c]"
}

# words BDF: why it is not served
words() {
	ask /functions.json ".why as \$why | .functions[] | select(.[0] == \"$1\")[5] as \$bits |
		[\$why | to_entries[] | select((\$bits / pow(2; .key) | floor) % 2 == 1).value[0]] | join(\" \")"
}

# runs PID: it is there, and is not dead
runs() {
	ended "$1" && echo ended || echo runs
}

coproc host { exec "$feed" "$dir/state" 300; }
feed_pid=$!
read -r truth <&"${host[0]}"
echo 'Total Reads: 5' >"$dir/stats"
echo on >"$dir/mode"

# --- who may ask ------------------------------------------------------------------

start -q --state "$dir/state" --key "$dir/key"
# It says where it listens before it writes the key.
soon has "$dir/err" '#key='
key=$(<"$dir/key")
verdict 'the key is its owner'\''s alone' "$(stat -c %a "$dir/key")" 600
verdict 'and has 128 bits' "$(grep -cE '^[0-9a-f]{32}$' "$dir/key")" 1
verdict '-v says where, once' "$(grep -c "http://127.0.0.1:$port/#key=$key\$" "$dir/err")" 1
verdict 'with the key' "$(answers -H "Authorization: Bearer $key")" 200200200200
verdict 'the scheme in any letters' "$(answers -H "Authorization: bearer $key")" 200200200200
verdict 'without' "$(answers)" 401401401401
for wrong in "Bearer" "Bearer " "Bearer ${key}0" "Bearer ${key%?}" "Bearer ${key%?}x" "Bearer x${key#?}" \
	"Bearer  $key" "Basic $key" "$key" "Bearer ${key^^}x" "Bearer $(printf '0%.0s' {1..32})"; do
	verdict "${wrong/$key/KEY}" "$(answers -H "Authorization: $wrong")" 401401401401
done
verdict 'the key in the address opens nothing' "$(for path in $paths; do status_of "$path?key=$key"; done)" 401401401401
verdict 'a 401 says how to get it, and nothing of the host' \
	"$(get /functions.json -i | tr -d '\r' | grep -ciE '^www-authenticate: bearer$|pcsc-monitor --url')$(get /functions.json | grep -c 0000:)" 20
verdict 'HEAD without' "$(get /functions.json -I | head -n 1 | tr -d '\r')" 'HTTP/1.1 401 Unauthorized'
verdict 'elsewhere by name, with the key' "$(answers -H "Authorization: Bearer $key" -H 'Host: evil.example')" 403403403403
verdict 'totals say nothing of functions' "$(get /status.json | grep -c 0000:)$(get /metrics | grep -c 0000:)" 00

# --- the address --------------------------------------------------------------------

verdict '--url' "$("$monitor" --url --key "$dir/key" --listen "127.0.0.1:$port")" "http://127.0.0.1:$port/#key=$key"
verdict '--url alone: where the daemon serves' "$("$monitor" --url --key "$dir/key")" "http://127.0.0.1:$port/#key=$key"
verdict 'which it has left for root' "$(cat "$dir/key.served") $(stat -c %a "$dir/key.served")" "127.0.0.1:$port 600"
# Another user's server, at an address that is not the daemon's
"$monitor" -q --stats "$dir" --listen 127.0.0.1:0 -v --key "$dir/others" 2>"$dir/err3" &
other=$!
soon has "$dir/err3" 'serving on port'
"$monitor" --url --key "$dir/key" --listen "127.0.0.1:$(sed -n 's/.*serving on port //p' "$dir/err3")" >"$dir/out" 2>"$dir/err2"
verdict '--url of where another one serves: it gets no key' "$? $(grep -c 'does not serve at' "$dir/err2") $(wc -c <"$dir/out")" '6 1 0'
kill "$other"
wait "$other" 2>/dev/null
"$monitor" --url --key "$dir/none" >"$dir/out" 2>"$dir/err2"
verdict '--url without a daemon: trouble, and what to do' "$? $(grep -c 'start pcsc-monitor as root' "$dir/err2") $(wc -c <"$dir/out")" '6 1 0'
"$monitor" --url --key "$dir/key" --listen "unix:$dir/some.sock" >"$dir/out" 2>"$dir/err2"
verdict '--url of a Unix socket alone: no other address' "$? $(grep -c 'by --listen' "$dir/err2") $(wc -c <"$dir/out")" '2 1 0'
verdict '--url of a Unix socket and an address' \
	"$("$monitor" --url --key "$dir/key" --listen "unix:$dir/some.sock" --listen "127.0.0.1:$port")" "http://127.0.0.1:$port/#key=$key"
"$monitor" --url --key "$dir/key" --listen 127.0.0.1:1 >"$dir/out" 2>"$dir/err2"
verdict '--url where nobody answers: trouble, and what to do' "$? $(grep -c 'start pcsc-monitor as root' "$dir/err2") $(wc -c <"$dir/out")" '6 1 0'
"$monitor" --url --no-http --key "$dir/key" >"$dir/out" 2>"$dir/err2"
verdict '--url without HTTP' "$? $(grep -c 'leave one of them out' "$dir/err2") $(wc -c <"$dir/out")" '2 1 0'
verdict 'another path: what there is' "$(get /nothing)" \
	'There are the page, /, and for programs /metrics /status.json /history.json /latency.json /functions.json (with the key) /function.json (with the key) /events.json (with the key) /handover.json (with the key).'
echo nonsense >"$dir/bad"
"$monitor" --url --key "$dir/bad" >/dev/null 2>&1
verdict '--url with a file that has no key' $? 6
cp "$dir/key" "$dir/alone"
"$monitor" --url --key "$dir/alone" >"$dir/out" 2>"$dir/err2"
verdict '--url of a daemon that has left no address' "$? $(grep -c 'start pcsc-monitor again' "$dir/err2") $(wc -c <"$dir/out")" '6 1 0'
"$monitor" -q --stats "$dir" --state "$dir/state" --key "$dir/key" --listen "127.0.0.1:$port" 2>/dev/null
verdict 'a daemon that cannot listen leaves the key alone' "$? $(<"$dir/key")" "6 $key"

stop TERM
start -q --state "$dir/state" --key "$dir/key" --listen "unix:$dir/sock"
key=$(<"$dir/key")
local_answers() {
	local path
	for path in $paths; do
		"$@" curl -s --max-time 5 --unix-socket "$dir/sock" -o /dev/null -w '%{http_code}' "http://x$path"
	done
}
verdict 'over a Unix socket the user of the daemon needs no key' "$(local_answers)" 200200200200
verdict 'over TCP he does' "$(answers)" 401401401401
if ((EUID == 0)); then
	chmod 755 "$dir"
	chmod 666 "$dir/sock"
	verdict 'and another user does, too' "$(local_answers setpriv --reuid 65533 --regid 65533 --clear-groups)" 401401401401
	stop TERM
	start -q --state "$dir/state" --key "$dir/key" --user nobody
	key=$(<"$dir/key")
	verdict 'a daemon that gave up its rights still has it answered' \
		"$(answers -H "Authorization: Bearer $key") $(stat -c '%U %a' "$dir/key") $(awk '/^Uid/ { print $2 }' "/proc/$pid/status")" '200200200200 root 600 65534'
	stop TERM
	start -q --state "$dir/state" --key "$dir/key"
	key=$(<"$dir/key")
fi

# --- what is answered -----------------------------------------------------------------

soon shows /functions.json '.functions | length == 300'
verdict 'all functions' $? 0
host 'step 20'
soon shows /functions.json "([.functions[][10]] | add) == $(jq .hits <<<"$truth")"
verdict 'their hits are those of the helper' $? 0
verdict 'their hardware reads too' "$(ask /functions.json '[.functions[][11]] | add')" "$(jq .hardware <<<"$truth")"
verdict 'a VF, its PF, its device, its driver' "$(of $vf pf) $(ask /functions.json ".devices[$(of $vf device)][0]") $(of $vf driver)" \
	'0000:16:00.0 8086:1889 '
verdict 'nothing keeps it from being served' "$(words $vf)" ''
host "quarantine $vf" "disable $vf" "reset $vf"
soon shows /functions.json '[.functions[][15]] | add == 1'
verdict 'as pcsc-ctl calls it' "$(words $vf)" 'reset quarantine disabled'
verdict 'its mode' "$(of $vf mode)" off
verdict "and the host's" "$(ask /functions.json .mode)" on
verdict 'the event' "$(ask /events.json '.events[-1] | [.event, .address, .offset, .width]')" "[\"mismatch\",\"$vf\",268,4]"
verdict 'in words' "$(ask /events.json '.events[-1].text')" '0x10c to 0x10f: hardware has another value than memory: quarantined'
verdict 'no value, in any base, at any place' "$(for path in $paths; do
	get "$path" -H "Authorization: Bearer $key"
done | grep -ciE "deadbeef|feedface|$((0xdeadbeef))|$((0xfeedface))|cached\":|found")" 0
host 'live 280 276 4'
soon shows /handover.json '.adopted == 276'
verdict 'the live update' "$(ask /handover.json '[.up, .state, .region, .handed, .refused, .gap_ms]')" '[true,"live","memmap",280,4,1840]'

# --- one function's bytes -----------------------------------------------------------------

verdict 'what the reader has not said yet' "$(ask "/function.json?address=0000:16:02.0" '[.up, .address, .known, .runs]')" \
	'[true,"0000:16:02.0",false,null]'
host "space $vf"
soon shows "/function.json?address=$vf" .known
verdict 'a register, its place, what is known of it' "$(ask "/function.json?address=$vf" '.runs[] | select(.[0] == 130)')" \
	'[130,2,"CAP_MSIX+0x2","MSI-X Message Control","volatile",0,0,"7.7.2.2"]'
verdict 'each byte once, and all of them' "$(ask "/function.json?address=$vf" '[.bytes, ([.runs[][1]] | add), (.runs | all(.[1] > 0))]')" '[4096,4096,true]'
verdict 'since when' "$(ask "/function.json?address=$vf" '[.forgotten_s, .verified_s]')" '[754,12]'
verdict 'as no other function' "$(ask /function.json?address=0000:16:01.3 .known)" false
for address in '' '?address=' '?address=x' '?address=0000:16:01.2x' '?address=1' '?address=0000:16:20.0' "?address=$(printf '0%.0s' {1..4000}):1.0"; do
	verdict "function${address:0:30}: no address" "$(ask "/function.json$address" '[.up, .known, (.reason | test("0000:01:00.0"))]')" '[true,false,true]'
done
for ((bus = 0; bus < 20; bus++)); do
	ask "/function.json?address=0000:$(printf %02x "$bus"):00.0" .known
done >"$dir/many"
verdict 'more of them than are kept' "$(sort "$dir/many" | uniq -c | tr -s ' ')" ' 20 false'
soon shows "/function.json?address=$vf" .known
verdict 'and it can be asked again' $? 0
host "forget $vf"
soon shows "/function.json?address=$vf" '.reason != null'
verdict 'a function that went' "$(ask "/function.json?address=$vf" '[.known, .reason, .runs]')" '[true,"the helper has no such function",null]'

# --- nobody has looked for a while: what was said before is of any age ---------------------

sleep 5.5
verdict 'what is old is not told' "$(ask /functions.json '[.up, .known, .functions]')" '[true,false,null]'
verdict 'nor what was said of one function' "$(ask "/function.json?address=$vf" '[.known, .reason, .runs]')" '[false,null,null]'
soon shows /functions.json .known
verdict 'but what the helper says then' "$(ask /functions.json '[(.functions | length), .age_ms < 5000]')" '[300,true]'
soon shows "/function.json?address=$vf" .known
sleep 5.5
verdict 'nor of the live update' "$(ask /handover.json '[.known, .state]')" '[false,null]'
soon shows /handover.json .known

# --- events -----------------------------------------------------------------------------

last=$(ask /events.json '.first + (.events | length) - 1')
host 'events 5'
soon shows "/events.json?after=$last" '.events | length == 5'
verdict 'only what is new' "$(ask "/events.json?after=$last" '[.first, (.events | length), .lost]')" "[$((last + 1)),5,0]"
verdict 'behind the last there is nothing' "$(ask "/events.json?after=$((last + 5))" '.events')" '[]'
for query in '?after=99999999999999999999' '?after=x' ''; do
	verdict "events$query: all of them" "$(ask "/events.json$query" .first)" 1
done
host 'events 300'
soon shows /events.json '.lost > 0'
verdict 'more at once than the helper keeps: lost ones are counted' "$(ask /events.json '[.lost, (.events | length)]')" "[44,$((last + 5 + 256))]"
last=$(ask /events.json '.first + (.events | length) - 1')
host reload
soon shows "/events.json?after=$last" '.events | length == 1'
verdict 'a reload goes on' "$(ask "/events.json?after=$last" '[.first, .lost, .events[0].event]')" "[$((last + 1)),44,\"mode\"]"
for _ in 1 2 3 4; do
	host 'events 256'
	soon shows /events.json ".first + (.events | length) - 1 >= $((last += 256))"
done
verdict 'no more than 1,024 are kept' "$(ask /events.json '.events | length')" 1024

# --- when there is nothing to say -----------------------------------------------------------

mv "$dir/state" "$dir/away"
soon shows /functions.json '.up | not'
verdict 'no helper: no functions, and why' "$(ask /functions.json '[.up, .reason, .functions]')" '[false,"No such file or directory",null]'
verdict 'its events stay' "$(ask /events.json '.events | length')" 1024
head -c 5000 "$dir/away" >"$dir/state"
soon shows /functions.json '.reason == "Bad message"'
verdict 'half a sample is none' $? 0
mv "$dir/away" "$dir/state"
soon shows /functions.json '.functions | length == 300'
verdict 'it is back' $? 0
reader=$(awk '{ print $1 }' "/proc/$pid/task/$pid/children")
verdict 'it has a reader' "$(runs "$reader")" runs
stop TERM
verdict 'SIGTERM ends it well' $status 0
soon ended "$reader"
verdict 'and its reader' "$(runs "$reader")" ended
start -q --state "$dir/state" --key "$dir/key"
verdict 'another daemon has another key' "$([[ $(<"$dir/key") == "$key" ]] || echo other) $(answers -H "Authorization: Bearer $key")" 'other 401401401401'
reader=$(awk '{ print $1 }' "/proc/$pid/task/$pid/children")
stop KILL
soon ended "$reader"
verdict 'killed: its reader ends, too' "$(runs "$reader")" ended
start -q --state "$dir/state" --key "$dir/nowhere/key"
verdict 'no place for a key: said once, and nothing is opened' \
	"$(grep -c 'totals only' "$dir/err") $(answers -H 'Authorization: Bearer ') $(status_of /status.json)" '1 401401401401 200'
stop TERM
start -q
verdict "another host's totals have no functions here" "$(answers -H "Authorization: Bearer $key")" 401401401401
stop TERM

kill "$feed_pid"
wait "$feed_pid" 2>/dev/null

# --- a host with 2,823 functions ------------------------------------------------------------

# resident PID: KiB
resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

coproc host { exec "$feed" "$dir/state" 2823; }
feed_pid=$!
read -r truth <&"${host[0]}"
start -q --state "$dir/state" --key "$dir/key"
until [[ -s $dir/key ]]; do sleep 0.1; done
key=$(<"$dir/key")
soon shows /functions.json '.functions | length == 2823'
verdict 'all of them are answered' $? 0
reader=$(awk '{ print $1 }' "/proc/$pid/task/$pid/children")
for _ in {1..20}; do
	ask /functions.json .up >/dev/null
	ask "/function.json?address=$vf" .known >/dev/null
done
memory="$(resident "$pid") $(resident "$reader")"
echo "# resident: daemon and reader $memory KiB"
verdict 'the daemon and its reader stay below 16 MiB' "$((${memory/ / + } < 16384))" 1
stop TERM
kill "$feed_pid"
wait "$feed_pid" 2>/dev/null
finish 'functions of pcsc-monitor'
