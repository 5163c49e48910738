#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/top.sh BUILD: pcsc-top with a made-up host of 2,823 functions in the place of
# the helper's device: as text, as JSON, and on terminals, which tmux has. What a reading
# costs is counted in instructions. PCSC_TOP_SECONDS=30: its processor time is compared
# with that of top(1) beside it, too, for so long, on a machine that does nothing else.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=$(cd "${1:?the build directory}" && pwd) || exit 2
top=$build/pcsc-top
many=2823
vf=0000:16:01.2
unset NO_COLOR
feed_pid=''
nth=0
sleepers=()
trap 'tmux -S "$dir/tmux$nth" kill-server 2>/dev/null; kill "${sleepers[@]}" 2>/dev/null; [[ ! $feed_pid ]] || kill "$feed_pid"; rm -rf "$dir"' EXIT

# host LINE...: what happens there is told to the feed
host() {
	printf '%s\n' "$@" >&"$to"
	for _ in "$@"; do
		read -r truth <&"$from"
	done
}

# totals HITS HARDWARE: a hit saves 19 us
totals() {
	printf '%s: %d\n' 'Cache Hits' "$1" 'Hardware Reads' "$2" 'Total Reads' $(($1 + $2)) \
		'Cache Access Time (without HW reads due to Misses)' "$1" 'Total Hardware Access Time' $(($2 * 20)) >"$dir/stats.new"
	mv "$dir/stats.new" "$dir/stats"
}

coproc host { exec "$build/tests/feed" "$dir/state" $many; }
feed_pid=$!
# Those of a coprocess are closed in what runs in the background
exec {from}<&"${host[0]}" {to}>&"${host[1]}"
read -r truth <&"$from"
totals 9000 1000
echo on >"$dir/mode"
host 'step 20' "quarantine $vf" 'disable 0000:16:01.5' 'demote 0000:19:02.1' "space $vf"

# run ARGUMENT...: with that host; standard output into $dir/out
run() {
	"$top" --stats "$dir" --state "$dir/state" "$@" >"$dir/out" 2>"$dir/err" </dev/null
}

# json FILTER: of what run has printed. jq 1.7 prints a number as it was written, 90.000,
# unless something is reckoned with it.
json() {
	jq -rc "$1" "$dir/out"
}

# --- what is not the helper's -------------------------------------------------------------

mkdir "$dir/foreign"
for text in '' 'Some Reads: 5'; do
	echo "$text" >"$dir/foreign/stats"
	"$top" --stats "$dir/foreign" -b 0.1 1 >"$dir/out" 2>"$dir/err"
	verdict "stats of '$text': refused, not healthy" "$? $(wc -c <"$dir/out") $(grep -c 'it does not count reads' "$dir/err")" '3 0 1'
done
"$top" --stats "$dir" --state "$dir/nothing" -b 0.1 1 >"$dir/out" 2>"$dir/err"
verdict '--state where there is nothing: totals, and a warning that names it' "$? $(grep -c "$dir/nothing: .*No such file" "$dir/err")" '0 1'
ln -sf /dev/zero "$dir/foreign/stats"
timeout 10 "$top" --stats "$dir/foreign" -b 0.1 1 >"$dir/out" 2>"$dir/err"
verdict 'stats without an end: refused, too' "$? $(wc -c <"$dir/out") $(grep -c 'it does not count reads' "$dir/err")" '3 0 1'

# --- as JSON --------------------------------------------------------------------

run -j 0.1 1
verdict 'JSON: one line, all functions, nothing on stderr' \
	"$? $(wc -l <"$dir/out") $(json '[.schema, .up, .mode, .nr_functions, .matching, (.functions | length)]') $(wc -c <"$dir/err")" \
	"0 1 [\"pcsc-top\",true,\"on\",$many,$many,$many] 0"
verdict 'their hits are those of the helper' "$(json '[.functions[].all.hits] | add')" "$(jq .hits <<<"$truth")"
verdict 'their reads are hits and hardware reads' "$(json '[.functions[].all.reads] | add')" "$(jq '.hits + .hardware' <<<"$truth")"
verdict 'the hit rate of all' "$(json '.totals.all | [.reads, .hits, .hit_percent + 0, .saved_us]')" '[10000,9000,90,171000]'
verdict 'what a function is' "$(json '.functions[] | select(.address == "'$vf'") | [.vf, .pf, .id, .device, .state, .bypassed, .mismatches]')" \
	'[true,"0000:16:00.0","8086:1889","Intel Corporation Ethernet Adaptive Virtual Function","quarantined",["quarantine"],1]'

before=$truth
run -j 2 1 &
pid=$!
sleep 0.8
host 'step 3'
totals 9900 1100
wait "$pid"
verdict 'now: the hits between two readings' "$(json '[.functions[].now.hits] | add')" "$(jq -n "$truth.hits - $before.hits")"
verdict 'and the reads of the host' "$(json '.totals.now | [.reads, .hits, .hit_percent + 0, .hardware_reads, .saved_us]')" '[1000,900,90,100,17100]'
verdict 'the most is first' "$(json '[.functions[].now.reads] == ([.functions[].now.reads] | sort | reverse)')" true

# --- which, in which order -----------------------------------------------------------

run -j -f vfio-pci -d 15b3: -n 5 0.1 1
verdict 'driver, device, and only five' "$(json '[(.functions | length), (.matching > 100), (.functions | all(.driver == "vfio-pci" and (.id | startswith("15b3:"))))]')" '[5,true,true]'
run -j -s 16:01. -o address -r 0.1 1
verdict 'a slot, backwards' "$(json '[.functions[].address]')" "$(printf '0000:16:01.%d\n' {7..0} | jq -Rnc '[inputs]')"
run -j -o state -n 2 0.1 1
verdict 'the worst first' "$(json '[.functions[].state]')" '["quarantined","limited"]'
run -j -a -o saved -n 9 0.1 1
verdict 'by the time saved, of all' "$(json '[.functions[].all.saved_us] | . == (sort | reverse)')" true

# --- as text --------------------------------------------------------------------------

run -b -w 80 -n 3 0.1 2
verdict 'text: two intervals of three functions' "$? $(grep -c '^pcsc-top ' "$dir/out") $(grep -c '^0000:' "$dir/out") $(wc -c <"$dir/err")" '0 2 6 0'
verdict 'no line is too long' "$(awk 'length > 80' "$dir/out" | wc -l)" 0
verdict 'health, in words' "$(grep -c '^health fine: ' "$dir/out")" 2
verdict 'functions, the worst first' "$(grep -m 1 -o '^2823 functions: 1 quarantined, 1 limited, 24 uncached' "$dir/out")" '2823 functions: 1 quarantined, 1 limited, 24 uncached'
run 0.1 1
verdict 'no terminal: text, and why' "$? $(grep -c '^0000:' "$dir/out") $(grep -c 'is not a terminal, so this is printed as by --batch' "$dir/err")" "0 $many 1"
run -b 0.1 1
verdict 'not asked for: nothing of it' "$(wc -c <"$dir/err")" 0
mkdir "$dir/other"
cp "$dir/stats" "$dir/mode" "$dir/other"
"$top" --stats "$dir/other" -b 0.1 1 >"$dir/out" 2>"$dir/err"
verdict "another host's totals have no functions" "$? $(grep -c 'totals only' "$dir/out") $(grep -c '^0000:' "$dir/out")" '0 1 0'

# --- what is not there -------------------------------------------------------------------

# fails WHAT STATUS WORDS ARGUMENT...
fails() {
	"$top" "${@:4}" >"$dir/out" 2>"$dir/err" </dev/null
	verdict "$1" "$? $(wc -c <"$dir/out") $(wc -l <"$dir/err") $(grep -c -- "$3" "$dir/err")" "$2 0 1 1"
}

[[ -e /sys/bus/pci/pcsc ]] || fails 'no helper: what to do' 3 'modprobe pci_pcsc' -b 0.1 1
fails 'a directory without numbers' 3 "no readable file 'stats'" --stats "$dir/nowhere"
fails 'a class is not known' 2 'a vendor, a device, or both' -d ::0200
fails 'no slot' 2 "-s 'x.y.z'" -s x.y.z
fails 'no column' 2 'this is no column' -o nonsense
# since_loaded WIDTH: and a blank behind it
since_loaded() {
	run -b -w "$1" 0.1 1
	grep '^since loaded' "$dir/out" | sed 's/$/ /'
}

full=$(since_loaded 80)
for width in 30 47 53 55 79; do
	part=$(since_loaded "$width")
	verdict "a count that has no room in $width characters is left out, not cut" \
		"$((${#part} > 20 && ${#part} <= width + 1)) $([[ $full == "$part"* ]] && echo whole)" '1 whole'
done
fails 'JSON has no width' 2 'is no text' -j -w 80
fails 'an interval too short' 2 'INTERVAL' 0.01
fails 'COUNT 0' 2 'COUNT' 1 0
head -c 5000 "$dir/state" >"$dir/half"
"$top" --stats "$dir" --state "$dir/half" -b 0.1 1 >"$dir/out" 2>"$dir/err"
verdict 'half a sample: totals, and why' "$? $(grep -c 'totals only: functions: Bad message' "$dir/out")" '0 1'
mkdir "$dir/going"
cp "$dir/stats" "$dir/mode" "$dir/going"
"$top" --stats "$dir/going" --state "$dir/state" -j -n 1 0.2 >"$dir/out" 2>"$dir/err" &
pid=$!
sleep 0.5
rm "$dir/going/stats"
wait "$pid"
verdict 'text and JSON end with the helper' "$?" 3
: >"$dir/out" # has what was printed before
"$top" --stats "$dir" --state "$dir/state" -j -n 1 0.1 >"$dir/out" 2>"$dir/err" &
pid=$!
soon test -s "$dir/out"
kill "$pid"
wait "$pid"
verdict 'SIGTERM ends it well' "$?" 0
"$top" --stats "$dir" --state "$dir/state" -j -n 1 0.1 >/dev/full 2>"$dir/err"
verdict 'standard output is full' "$? $(grep -c 'standard output' "$dir/err")" '6 1'

# --- on a terminal -----------------------------------------------------------------------

tm() {
	tmux -S "$dir/tmux$nth" -f /dev/null "$@"
}

# begin WIDTH HEIGHT [NAME=VALUE...] -- ARGUMENT...: on a terminal of its own, which shows its
# status when it has ended
begin() {
	local size=(-x "$1" -y "$2") names=()
	shift 2
	while (($#)) && [[ $1 != -- ]]; do
		names+=("$1")
		shift
	done
	tm kill-server 2>/dev/null
	# A server that ends may still have its socket
	nth=$((nth + 1))
	tm new-session -d "${size[@]}" "env TERM=tmux-256color LC_ALL=C.UTF-8 ${names[*]} '$top' --stats '$dir' --state '$dir/state' ${*:2} 2>'$dir/err'; echo status \$?; exec sleep 1000"
}

keys() {
	tm send-keys "$@"
}

screen() {
	tm capture-pane -p 2>/dev/null
}

shows() {
	screen | grep -qE -- "$1"
}

# await REGEX: a line of the screen matches
await() {
	if soon shows "$1"; then
		echo seen
		return
	fi
	echo "not seen: $(screen | head -n 12)"
}

# rows: the functions on the screen
rows() {
	screen | grep -oE '^[> ] 0000:[0-9a-f:.]+' | tr -d '> '
}

# first_of ARGUMENT...: the addresses that JSON has first, as many as the screen shows
first_of() {
	local n
	n=$(rows | wc -l)
	run -j -n "$n" "$@" 0.1 1
	json '.functions[].address'
}

begin 80 24 -- 0.2
verdict 'a terminal: totals and a table' "$(await '^since loaded +11000 +9900 +90.0 % +1100 +188ms')$(await '^  FUNCTION +STATE +v READS/s')" seenseen
verdict 'fifteen functions, the first one chosen' "$(rows | wc -l) $(screen | grep -c '^> ')" '15 1'
keys t S
await 'v SAVED' >/dev/null
verdict 'sorted by a letter' "$(rows)" "$(first_of -a -o saved)"
keys '<'
await 'v +HW' >/dev/null
verdict 'by the column beside' "$(rows)" "$(first_of -a -o hardware)"
keys r
verdict 'reversed' "$(await '\^ +HW')" seen
verdict 'the least first' "$(rows)" "$(first_of -a -o hardware -r)"
keys T
await 'v? ?\^ STATE' >/dev/null
verdict 'the worst state first' "$(rows | head -n 1)" $vf
keys / 19:02.1
verdict 'what is typed chooses at once' "$(await '^Show only: 19:02.1')$(await '^> 0000:19:02.1 demoted') $(rows | wc -l)" 'seenseen 1'
keys BSpace BSpace BSpace
verdict 'a letter less, some more' "$(await '^Show only: 19:0$') $(rows | wc -l)" 'seen 15'
keys Escape
verdict 'Esc: as before' "$(await '^q quit')$(await "^> $vf")" seenseen
keys / 'no such thing' Enter
verdict 'none' "$(await 'No function matches')$(await '0 of 2823: no such thing')" seenseen
keys Escape
await "$vf" >/dev/null
keys Enter
verdict 'Enter: its registers' "$(await '^0x000 +2 memory +VENDOR_ID +header 0x00')$(await "^$vf Intel.*1889.")$(await 'quarantine: Hardware contradicted')" seenseenseen
keys G
verdict 'the last of them' "$(await '^0xf00 +256 undescribed')" seen
keys m
verdict 'the map' "$(await '^0x100 UHCCHCHHHHHCHHHH HHUUUU')$(await '^0xf00 \.{16}')$(await '^D demoted: hardware answers +1 ')" seenseenseen
keys q
verdict 'back' "$(await '^  FUNCTION')" seen
keys '?'
verdict 'help' "$(await '^/ +show only functions')" seen
keys q
await '^  FUNCTION' >/dev/null
keys Home R t
await 'v READS/s' >/dev/null
host 'step 1'
verdict 'what is read now is first' "$(await '^> 0000:.* served +[1-9][0-9.]* ')" seen
keys p
await '^PAUSED' >/dev/null
held=$(rows)
host 'step 1'
sleep 0.5
verdict 'p: it stands still' "$([[ $held == "$(rows)" ]] && echo still)" still
keys p
for size in '200 50' '20 4' '300 60' '80 24'; do
	# shellcheck disable=SC2086 # two words
	tm resize-window -x ${size% *} -y ${size#* }
	sleep 0.25
done
# Smaller than tmux can be
tty=$(tm list-panes -F '#{pane_tty}')
for size in '1 1' '2 3' '1 100' '70 600' '24 80'; do
	# shellcheck disable=SC2086 # two words
	stty -F "$tty" rows ${size% *} cols ${size#* }
	sleep 0.25
done
verdict 'smaller, larger: as at first' "$(await '^  FUNCTION +STATE +v READS/s +HITS/s +HIT% +HW/s +SAVED/s DRIVER') $(rows | wc -l)" 'seen 15'
tm resize-window -x 200 -y 50
verdict 'a wide one has all columns' "$(await 'SAVED/s +READS +HITS +ALL% .* PF +DRIVER +DEVICE') $(rows | wc -l)" 'seen 41'
mv "$dir/stats" "$dir/away"
verdict 'the helper goes: what to do' "$(await '^health missing: .*modprobe pci_pcsc')" seen
mv "$dir/away" "$dir/stats"
verdict 'and comes' "$(await '^2823 functions')" seen
verdict 'colours' "$(tm capture-pane -e -p | grep -c $'\e\[[0-9;]*3[0-7]m' | sed 's/[1-9][0-9]*/some/')" some
keys q
verdict 'q ends it, and says nothing' "$(await '^status 0') $(wc -c <"$dir/err")" 'seen 0'
begin 80 24 NO_COLOR=1 -- 0.2 -o state
verdict 'NO_COLOR: the same in words' "$(await "^> $vf quarantined") $(tm capture-pane -e -p | grep -c $'\e\[[0-9;]*[34][0-7]m')" 'seen 0'
pid=$(tm list-panes -F '#{pane_pid}')
read -r pid _ <"/proc/$pid/task/$pid/children"
kill -TERM "$pid"
verdict 'SIGTERM is an end as q is' "$(await '^status 0')" seen
begin 80 24 TERM=dumb -- 0.1 1 -n 2 -w 70
verdict 'TERM=dumb: text, and why' "$(await '^status 0') $(screen | grep -c '^0000:') $(grep -c 'cannot move its cursor' "$dir/err")" 'seen 2 1'
begin 80 24 TERM=nonsense -- 0.1 1 -n 2 -w 70
verdict 'a terminal that nobody knows: the same' "$(await '^status 0') $(screen | grep -c '^0000:') $(grep -c 'nothing is known' "$dir/err")" 'seen 2 1'
begin 80 24 -- 0.1 3
verdict 'COUNT ends it' "$(await '^status 0')" seen
begin 80 24 -- 0.2
await FUNCTION >/dev/null
pid=$(tm list-panes -F '#{pane_pid}')
read -r pid _ <"/proc/$pid/task/$pid/children"
tm kill-server
soon ended "$pid"
verdict 'a terminal that goes takes it along' "$(ended "$pid" || echo runs)" ''

# --- what it costs ------------------------------------------------------------------------

# work SECONDS: there is something to read, every so often
work() {
	local hits=9900 n
	for ((n = 0; n < 100; n++)); do
		host 'step 1'
		totals $((hits += 7000)) $((1100 + n * 600))
		sleep "$1"
	done
}

# instructions READINGS: of all that pcsc-top does until so many are on the screen
instructions() {
	begin 200 50 valgrind --tool=callgrind --callgrind-out-file=/dev/null "--log-file=$dir/counted" -- 0.3 "$1"
	for ((i = 0; i < 7; i++)); do
		[[ $(await '^status') != seen ]] || break
	done
	sed -n 's/.*Collected : \([0-9]*\)$/\1/p' "$dir/counted"
}

work 0.1 &
worker=$!
few=$(instructions 2) many_more=$(instructions 12)
kill "$worker"
wait "$worker" 2>/dev/null
each=$(((many_more - few) / 10 / many))
verdict "a reading and its screen: at most 3400 instructions a function ($each)" "$((few > 0 && each > 0 && each <= 3400))" 1

# spent PID: processor time, in microseconds
spent() {
	echo $(($(cut -d' ' -f1 "/proc/$1/schedstat") / 1000))
}

# compare SECONDS: with top on the same screen
compare() {
	local i worker own own_before own_spent top_before top_spent panes processes
	# A host with so many functions has no fewer processes
	for ((i = $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l); i < 150; i++)); do
		sleep 1000 &
		sleepers+=($!)
	done
	begin 200 50 -- 1
	tm split-window -d "exec env TERM=tmux-256color top -d 1"
	tm resize-window -x 200 -y 101
	await FUNCTION >/dev/null
	mapfile -t panes < <(tm list-panes -F '#{pane_pid}')
	read -r own _ <"/proc/${panes[0]}/task/${panes[0]}/children"
	work 1 &
	worker=$!
	sleep 1.5
	own_before=$(spent "$own") top_before=$(spent "${panes[1]}")
	sleep "$1"
	own_spent=$((($(spent "$own") - own_before) / $1))
	top_spent=$((($(spent "${panes[1]}") - top_before) / $1))
	processes=$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)
	kill "$worker" "${sleepers[@]}"
	wait "$worker" "${sleepers[@]}" 2>/dev/null
	sleepers=()
	echo "# $many functions, 200x50: $own_spent us a second; top -d 1, $processes processes: $top_spent us"
	verdict 'it costs no more than top -d 1' "$((own_spent > 0 && own_spent <= top_spent))" 1
}

[[ ! ${PCSC_TOP_SECONDS:-} ]] || compare "$PCSC_TOP_SECONDS"

finish pcsc-top
