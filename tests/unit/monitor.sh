#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/monitor.sh [PCSC-MONITOR]: lines, metrics, the past, health, HTTP and a clean
# end, with a directory in the place of /sys/bus/pci/pcsc.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
# shellcheck source=tests/unit/daemon.sh
. "$(dirname "${BASH_SOURCE[0]}")/daemon.sh"
monitor=${1:-build/pcsc-monitor}
docs=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../docs" && pwd)/pcsc-monitor.md
user=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../user" && pwd)
dygraphs=/usr/share/javascript/dygraphs

# helper HITS MODE: a helper is loaded and has counted
helper() {
	cat >"$dir/new" <<-END
	Cache Hits: $1
	Cache Misses: 40
	Uncachable Reads: 30
	Writes: 7
	Cache Invalidations: 3
	Device Resets: 2
	Total Reads: $(($1 + 70))
	Hardware Reads: 70
	Hit Rate: 50%
	Total Cache Access Time: 1500000 us
	Cache Access Time (without HW reads due to Misses): 14 us
	Total Hardware Access Time: 1540 us
	KHO Restore Statistics:
	  Restored Devices: 5
	Would-be Hits: 4
	Shadow Reads: 20
	Verified Hits: 5
	Bypassed Reads: 6
	Mismatches: 1
	Quarantined Functions: 3
	Demoted Bytes: 8
	Walk Reads: 9
	A "quoted" name: 1
	Total Reads: 1
	Not a number: many
	END
	echo "$2" >"$dir/mode"
	echo 'a "b" c 00c0ffee' >"$dir/profile"
	mv "$dir/new" "$dir/stats"
}

# As Prometheus 2.42 asks
prometheus='Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

# series_of: of a scrape, names and labels; of an info also without the labels' values
series_of() {
	sed -E '/^#/d; s/ [^ ]*$//; /_info\{/s/="([^"\]|\\.)*"//g' | sort
}

# documented_series: those of the table of metrics
documented_series() {
	awk -F' *[|] *' '/^\| `pcsc_/ {
		gsub(/`/, "", $2)
		labels = $3
		gsub(/`| /, "", labels)
		if (labels == "") { print $2; next }
		if (labels !~ /:/) { print $2 "{" labels "}"; next }
		split(labels, part, ":")
		n = split(part[2], value, ",")
		for (i = 1; i <= n; i++) print $2 "{" part[1] "=\"" value[i] "\"}"
	}' "$docs" | sort
}

metric() {
	get /metrics | grep -F "$1 " | grep -v '^#' | sed 's/.* //'
}

# well_formed: HELP and TYPE once for each metric and before its samples, which a histogram
# has under three names, no sample twice, counters and nothing else end in _total
well_formed() {
	awk '/^# HELP / { if (help[$3]++) bad("HELP twice " $3); next }
		/^# TYPE / {
			if (type[$3]) bad("TYPE twice " $3)
			type[$3] = $4
			if (($4 == "counter") != ($3 ~ /_total$/)) bad("name " $3)
			next
		}
		!/^[a-z_]+(\{[a-z]+="([^"\\]|\\.)+"(,[a-z]+="[^"\\]+")?\})? [0-9]+(\.[0-9]+)?$/ { bad("line " $0) }
		{
			name = $0; sub(/[{ ].*/, "", name)
			family = name; sub(/_(bucket|sum|count)$/, "", family)
			if (type[family] == "histogram") name = family
			if (!help[name] || !type[name]) bad("no HELP or TYPE for " name)
			series = $0; sub(/ [^ ]*$/, "", series)
			if (seen[series]++) bad("twice " series)
			n++
		}
		function bad(what) { print what; wrong = 1 }
		END { if (!wrong) print n " samples" }'
}

# random_helper: any size of each count is as likely as any other; sets reads
random_helper() {
	local -a n
	local i uncachable
	for ((i = 0; i < 6; i++)); do
		n[i]=$((((RANDOM << 30) + (RANDOM << 15) + RANDOM) >> RANDOM % 46))
	done
	uncachable=$((n[2] + n[3] + n[4] + n[5]))
	reads=$((n[0] + n[1] + uncachable))
	cat >"$dir/new" <<-END
	Cache Hits: ${n[0]}
	Cache Misses: ${n[1]}
	Uncachable Reads: $uncachable
	Total Reads: $reads
	Bypassed Reads: ${n[3]}
	Would-be Hits: ${n[4]}
	Verified Hits: ${n[5]}
	END
	mv "$dir/new" "$dir/stats"
}

all_results() {
	get /metrics | awk '/^pcsc_config_reads_total/ { n += $2 } END { printf "%.0f\n", n }'
}

# raw TEXT: what is answered first, to what no client that is right would send
raw() {
	local line=''
	exec {tcp}<>"/dev/tcp/127.0.0.1/$port"
	# shellcheck disable=SC2059
	printf "$1" >&"$tcp"
	read -r -t 5 -u "$tcp" line
	exec {tcp}>&-
	printf '%s' "${line%$'\r'}"
}

# drip: seconds until the daemon hangs up on a request that does not end
drip() {
	local started=$SECONDS
	trap '' PIPE
	exec {tcp}<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ' >&"$tcp"
	while ((SECONDS - started < 20)); do
		printf x >&"$tcp" || break
		read -r -t 0.5 -u "$tcp" _
		(($? > 128)) || break
	done 2>/dev/null
	echo $((SECONDS - started))
}

# crowd N: so many peers of which none has a whole request, a byte every 3 s
crowd() {
	local -a tcp
	local i fd
	trap '' PIPE
	for ((i = 0; i < $1; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$port"
		tcp+=("$fd")
	done 2>/dev/null
	while :; do
		for fd in "${tcp[@]}"; do
			printf G >&"$fd"
		done 2>/dev/null
		: >"$dir/crowded"
		sleep 3
	done
}

# counters: those of a scrape
counters() {
	get /metrics | awk '/^# TYPE/ { if ($4 == "counter") is[$3] = 1; next }
		{ name = $1; sub(/\{.*/, "", name); if (is[name] && name !~ /exporter/) print }'
}

# --- metrics, JSON --------------------------------------------------------------

helper 100 on
start 60
verdict 'metrics are well formed' "$(get /metrics | well_formed)" '54 samples'
verdict 'docs/pcsc-monitor.md has every series, and no other' \
	"$(diff <(get /metrics | series_of) <(documented_series) 2>&1)" ''
verdict 'the profile in force, its name escaped' "$(get /metrics | grep '^pcsc_profile_info')" \
	'pcsc_profile_info{name="a \"b\" c",digest="00c0ffee"} 1'
verdict 'OpenMetrics for Prometheus' "$(get /metrics -H "$prometheus" -i | grep -i '^content-type' | tr -d '\r')" \
	'Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8'
verdict 'Prometheus text for others' "$(get /metrics -i | grep -i '^content-type' | tr -d '\r')" \
	'Content-Type: text/plain; version=0.0.4; charset=utf-8'
verdict 'the same series in both' "$(diff <(get /metrics | series_of) <(get /metrics -H "$prometheus" | series_of))" ''
verdict 'up' "$(metric pcsc_up)" 1
verdict 'hits' "$(metric 'pcsc_config_reads_total{result="hit"}')" 100
verdict 'uncachable reads are those not bypassed, not would-be and not verified' \
	"$(metric 'pcsc_config_reads_total{result="uncachable"}')" 15
verdict 'all results are all reads' \
	"$(get /metrics | awk '/^pcsc_config_reads_total/ { n += $2 } END { print n }')" 170
verdict 'microseconds become seconds' "$(metric pcsc_cache_access_seconds)" 1.500000
verdict 'what the helper does not say is 0' \
	"$(metric 'pcsc_background_reads_total{cause="scrub"}')" 0
verdict 'functions in quarantine, of which there may be fewer again' \
	"$(metric pcsc_quarantined_functions) $(get /metrics | grep '^# TYPE pcsc_quarantined')" \
	'3 # TYPE pcsc_quarantined_functions gauge'
verdict 'mode on' "$(metric 'pcsc_mode{mode="on"}')$(metric 'pcsc_mode{mode="off"}')" 10
verdict 'reads by the mode they were made in' \
	"$(metric 'pcsc_config_mode_reads_total{mode="shadow"}') $(metric 'pcsc_config_mode_reads_total{mode="on"}')" '20 150'
before=$(counters)
# The mean has fallen, and a read in shadow is not yet among all reads
sed -i 's/Time: 15[0-9]* us/Time: 30 us/; s/Misses): 14 us/Misses): 2 us/; s/Shadow Reads: 20/Shadow Reads: 21/' "$dir/stats"
verdict 'a shorter mean, a read that is summed up half: no counter changes' "$(diff <(echo "$before") <(counters))" ''
sed -i 's/Shadow Reads: 21/Shadow Reads: 22/; s/Total Reads: 170/Total Reads: 172/' "$dir/stats"
verdict 'they go on from there' "$(metric 'pcsc_config_mode_reads_total{mode="shadow"}') $(metric 'pcsc_config_mode_reads_total{mode="on"}')" '22 150'
helper 60 on
verdict 'and begin again with a helper that is loaded anew' "$(metric 'pcsc_config_mode_reads_total{mode="on"}')" 110
helper 100 on
verdict 'figures of the mode on' "$(get /status.json | jq -c '.figures | [.hits, .mode_reads, .reads]')" '[100,150,170]'
# 77 accesses to hardware in 1540 us, 140 lookups in 14 us
verdict 'time saved: 100 hits, 20 us less 0.1 us each' "$(get /status.json | jq .figures.saved_us)" 1990
verdict 'figures of the first glance' "$(get /status.json | jq -c '.figures | [.avoided_reads, .own_reads, .quarantined, .demoted]')" '[100,9,3,8]'
verdict 'JSON' "$(get /status.json | jq -c '[.up, .mode, .stats["Total Reads"],
	.stats["Restored Devices"], .stats["A \"quoted\" name"], .stats["Not a number"]]')" \
	'[true,"on",170,5,1,null]'

RANDOM=${SEED:=$RANDOM}
echo "# SEED=$SEED"
wrong=''
for ((round = 0; round < 36; round++)); do
	random_helper
	sum=$(all_results)
	[[ $sum == "$reads" ]] || wrong+=" $sum of $reads"
done
verdict 'all results are all reads, of 36 stats files that are made up' "$wrong" ''
helper 100 on

# --- who may ask, and for what --------------------------------------------------

drip >"$dir/dripped" &
dripper=$!
verdict 'the page' "$(status_of /)$(status_of /live.js)$(status_of /live.css)" 200200200
verdict 'it is what its files say' "$(for file in "$user"/monitor/page/* "$user"/page/{palette,base}.css "$dygraphs"/dygraph.min.{js,css}; do
	path=${file##*/}
	get "/${path#index.html}" | cmp - "$file" 2>&1
done)" ''
verdict 'all that it names is there' "$(get / | grep -oE '(src|href)="[a-z.]+"' | cut -d'"' -f2 | while read -r path; do
	status_of "/$path"
done | sed 's/200//g')" ''
verdict 'elsewhere' "$(status_of /etc/passwd)$(status_of /metrics/)" 404404
for name in localhost LOCALHOST:1 127.0.0.1:80 '[::1]' '[::1]:9753'; do
	verdict "Host $name" "$(status_of /metrics -H "Host: $name")" 200
done
for name in evil.example 127.0.0.1.evil.example localhost.evil localhost:80x 127.0.0.2 '[::1].x'; do
	verdict "Host $name" "$(status_of /metrics -H "Host: $name")" 403
done
verdict 'no Host' "$(status_of /metrics --http1.0 -H 'Host:')" 403
verdict 'POST' "$(status_of / -d x=y)" 405
verdict 'DELETE' "$(status_of / -X DELETE)" 405
verdict 'HEAD' "$(get /metrics -I | head -n 1 | tr -d '\r')" 'HTTP/1.1 200 OK'
verdict 'the page loads nothing from elsewhere' "$(get / -i |
	grep -ci "^content-security-policy: default-src 'self'")$(get / | grep -c '//')" 10
verdict 'loopback only' "$("$monitor" --stats "$dir" --listen 0.0.0.0:0 1 1 2>&1 |
	grep -c 'is not a loopback address')" 1
for address in '[::]:1' 192.0.2.1:1; do
	timeout 3 "$monitor" --stats "$dir" --listen "$address" 1 1 >/dev/null 2>&1
	verdict "--listen $address, which is elsewhere, is refused" $? 5
done
for address in nonsense 127.0.0.1 127.0.0.1: :80 127.0.0.1:99999 127.0.0.1:-1 \
	127.0.0.1:-18446744073709551615 127.0.0.1:18446744073709551617 127.0.0.1:+80 \
	'127.0.0.1: 80' 127.0.0.1:80x '[::1]junk:0' '[::1]]:0' '[::1:0' '[]:0' '[::1]' '[::1]:-1'; do
	timeout 3 "$monitor" --stats "$dir" --listen "$address" 1 1 >/dev/null 2>&1
	verdict "--listen $address is wrong usage" $? 2
done

# --- requests that are not quite right --------------------------------------------

verdict 'a name that goes on behind a NUL' "$(status_of /metrics%00.html)$(status_of /%00)" 404404
verdict 'an escape that means itself' "$(status_of /%6detrics)" 200
for second in localhost evil.example; do
	verdict "a second Host, $second" "$(raw "GET /metrics HTTP/1.1\r\nHost: localhost\r\nhost: $second\r\n\r\n")" \
		'HTTP/1.1 400 Bad Request'
done
verdict 'a connection is used again' "$(curl -sv --max-time 5 "http://127.0.0.1:$port/metrics" \
	"http://127.0.0.1:$port/status.json" "http://127.0.0.1:$port/nothing" "http://127.0.0.1:$port/" 2>&1 >/dev/null |
	grep -c '^\* Re.using existing')" 3
verdict 'a refused request ends its connection' "$(get / -d x=y -i | grep -ci '^connection: close')" 1

# --- peers that keep a connection -------------------------------------------------

wait "$dripper"
verdict 'a request has 5 seconds as a whole' "$(awk '{ print ($1 >= 4 && $1 <= 8) }' "$dir/dripped")" 1
for peers in 64 300; do
	crowd $peers &
	crowder=$!
	until [[ -e $dir/crowded ]]; do sleep 0.1; done
	answers=''
	for ((i = 0; i < 6; i++)); do
		answers+=$(get /metrics --max-time 1 -o /dev/null -w '%{http_code} ')
		sleep 0.4
	done
	verdict "$peers slow peers: others have their answer within 1 s" "$answers" "$(printf '200 %.0s' {1..6})"
	kill "$crowder"
	wait "$crowder" 2>/dev/null
	rm "$dir/crowded"
done
# They ask again sooner than they would be hung up on, and more than there is room for
asking=()
for ((i = 0; i < 3; i++)); do
	curl -sZ --parallel-max 190 -o /dev/null "http://127.0.0.1:$port/metrics?[1-10000000]" 2>/dev/null &
	asking+=($!)
done
sleep 3
answers=''
for ((i = 0; i < 6; i++)); do
	answers+=$(get /metrics --max-time 1 -o /dev/null -w '%{http_code} ')
	sleep 0.4
done
kill "${asking[@]}"
wait "${asking[@]}" 2>/dev/null
verdict '570 peers that ask on and on: others have their answer within 1 s' "$answers" "$(printf '200 %.0s' {1..6})"

# --- the helper goes and comes ----------------------------------------------------

rm "$dir/stats"
verdict 'without a helper only pcsc_up, and the daemon itself' \
	"$(get /metrics | grep -vE '^#|^pcsc_exporter_|^pcsc_build_info')" 'pcsc_up 0'
verdict 'without a helper, JSON' "$(get /status.json | jq -c 'del(.advice)')" '{"up":false,"mode":"","health":"missing","level":"bad","stats":{}}'
helper 5 shadow
verdict 'figures of the mode shadow' "$(get /status.json | jq -c '.figures | [.hits, .mode_reads, .reads]')" '[4,20,75]'
verdict 'what would have been saved' "$(get /status.json | jq .figures.saved_us)" 79
verdict 'a reload' "$(metric 'pcsc_config_reads_total{result="hit"}')" 5
stop TERM
verdict 'SIGTERM ends it well' $status 0
verdict 'with a last line' "$(tail -n 1 "$dir/out" | awk '{ print $NF }')" shadow

# --- the past -----------------------------------------------------------------------

# history FILTER [QUERY]: what jq has of it
history() {
	get "/history.json${2:-}" | jq -c "$1"
}

# knows FILTER: that is true of the history
knows() {
	[[ $(history "$1") == true ]]
}

helper 100 on
start -q 60
soon knows '.rows | length >= 1'
helper 130 on
soon knows '[.rows[] | .[1]] | add == 30'
verdict 'a past, though INTERVAL is 60 s: 30 hits' $? 0
verdict 'and no more than these' "$(history '[.rows[] | select(length == 1)] | length')" 0
verdict 'a row is about a second' "$(history '[.rows[][0]] | add / length | . > 900 and . < 2000')" true
verdict 'a row has what the columns say' "$(history '[.columns[0], .columns[1], (.rows[0] | length) == (.columns | length)]')" '["ms","hit",true]'
# gap NAME: there is one gap more than before
gaps=0
gap() {
	gaps=$((gaps + 1))
	soon knows "[.rows[] | select(length == 1)] | length >= $gaps"
	verdict "$1 is a gap" $? 0
	soon knows '.rows | last | length > 1'
	gaps=$(history '[.rows[] | select(length == 1)] | length')
}
helper 5 on
gap 'a reload'
helper 5 shadow
gap 'a changed mode'
helper 5 on
gap 'a mode changed back'
mv "$dir/stats" "$dir/away"
soon knows '.rows | last | length == 1'
mv "$dir/away" "$dir/stats"
gap 'a missing helper'
verdict 'no row has more than there was' "$(history '[.rows[][1:][] | select(. < 0 or . > 30)]')" '[]'
number=$(history '.first + (.rows | length) - 1')
soon knows ".rows | length > $number"
verdict 'only what is new' "$(history "[.first - $number, (.rows | length) < $number]" "?after=$number")" '[1,true]'
for query in '?after=99999999999999999999' '?after=x' '?after=' '?x=1'; do
	verdict "$query: all of it" "$(history .first "$query")" 1
done

# --- health -------------------------------------------------------------------------

# health MODE [LINE...]: the word and the level, with these lines
health() {
	echo "$1" >"$dir/mode"
	shift
	printf 'Total Reads: 5\n' >"$dir/new"
	printf '%s\n' "$@" >>"$dir/new"
	mv "$dir/new" "$dir/stats"
	get /status.json | jq -r '.health + " " + .level'
}

verdict 'on' "$(health on)" 'fine good'
verdict 'shadow' "$(health shadow)" 'shadow idle'
verdict 'off' "$(health off)" 'off idle'
verdict 'a mode that nobody knows' "$(health '')" 'unknown warn'
verdict 'hooks are missing' "$(health on 'Missing Hooks: 1')" 'limited warn'
verdict 'a mismatch' "$(health on 'Mismatches: 1' 'Missing Hooks: 1')" 'mismatch bad'
verdict 'a mismatch that took the mode off' "$(health off 'Mismatches: 1')" 'mismatch bad'
verdict 'a quarantine' "$(health on 'Mismatches: 1' 'Quarantined Functions: 1')" 'quarantined bad'
ln -sf stats "$dir/stats" # to itself
verdict 'numbers that cannot be read' "$(get /status.json | jq -r '.health + " " + .level')" 'unreadable bad'
verdict 'each says what to do' "$(get /status.json | jq '.advice | length > 40')" true
rm "$dir/stats"
stop TERM
verdict 'SIGTERM ends it well' $status 0

# --- a profile that cannot be read for now ------------------------------------------

helper 100 on
rm "$dir/profile"
mkfifo "$dir/profile"
start -q 60
verdict 'while the profile cannot be read: the other metrics' \
	"$(metric pcsc_up) $(get /metrics | grep -c '^pcsc_profile')" '1 0'
stop TERM
verdict 'SIGTERM ends it well' $status 0
rm "$dir/profile"

# --- lines ------------------------------------------------------------------------

# lines_more COUNT: so many have been printed since the last time
lines=0
lines_more() {
	local now
	now=$(wc -l <"$dir/out")
	((now >= lines + $1)) && lines=$now
}

helper 100 on
start 0.4
soon lines_more 2 # the header, too
helper 500 on
soon lines_more 2
rm "$dir/stats"
soon has "$dir/err" 'not loaded: waiting'
helper 900 on
soon lines_more 2
helper 5 on # a reload between two lines
soon lines_more 2
stop INT
verdict 'SIGINT ends it well' $status 0
verdict 'the header' "$(head -n 1 "$dir/out" | tr -s ' ')" \
	'time reads/s hits/s hit% hw/s mismatches mode'
verdict '400 more reads, all hits' "$(awk '$4 == "100.0" && $3 > 0 && $3 < 1100' "$dir/out" | wc -l)" 1
verdict 'no line counts backwards' "$(awk 'NR > 1 && ($2 > 100000 || $3 > 100000)' "$dir/out" | wc -l)" 0
verdict 'waiting, once' "$(grep -c 'not loaded: waiting' "$dir/err")" 1
verdict 'and loaded again' "$(grep -c 'helper loaded' "$dir/err")" 1
verdict 'COUNT lines' "$("$monitor" -n --stats "$dir" 0.1 3 | wc -l)" 4
"$monitor" -n --stats "$dir" 0 2>/dev/null
verdict 'an interval of 0 is refused' $? 2
"$monitor" -n --stats "$dir" 0.1 2 >/dev/full 2>/dev/null
verdict 'a full disk is told' $? 6
"$monitor" -n --stats "$dir" 0.1 2 >&- 2>"$dir/err"
verdict 'so is a closed standard output' "$? $(grep -c 'standard output: Bad file descriptor' "$dir/err")" '6 1'
"$monitor" -n --stats "$dir" 0.1 2 <&- 2>&- >"$dir/out"
verdict 'the others may be closed' "$? $(wc -l <"$dir/out")" '0 3'

# --- a file for node_exporter ---------------------------------------------------------

# writing ARGUMENT...: a daemon that writes $dir/text/pcsc.prom
writing() {
	rm -f "$dir/text/pcsc.prom"
	(umask 077 && exec "$monitor" --stats "$dir" -n -q -t "$dir/text" "$@" 2>"$dir/err") &
	pid=$!
	soon test -e "$dir/text/pcsc.prom"
}

# in_file TEXT: the file has that line
in_file() {
	grep -qsxF "$1" "$dir/text/pcsc.prom"
}

mkdir "$dir/text"
helper 100 on
writing 0.2
soon in_file 'pcsc_config_reads_total{result="hit"} 100'
verdict 'the textfile is written at the start' $? 0
verdict 'whole, and for everybody' "$(series_of <"$dir/text/pcsc.prom" | diff - <(documented_series)) $(stat -c %a "$dir/text/pcsc.prom")" ' 644'
helper 130 on
soon in_file 'pcsc_config_reads_total{result="hit"} 130'
verdict 'and at each interval' $? 0
rm "$dir/stats"
soon in_file 'pcsc_up 0'
verdict 'without a helper it says so' $? 0
mv "$dir/text" "$dir/text.away"
soon has "$dir/err" 'cannot write'
mv "$dir/text.away" "$dir/text"
rm "$dir/text/pcsc.prom"
helper 100 on
soon test -e "$dir/text/pcsc.prom"
verdict 'a directory that was away: said once, and once that it is written again' \
	"$(grep -c 'cannot write' "$dir/err") $(grep -c 'is written again' "$dir/err")" '1 1'
stop TERM
verdict 'at the end it is gone, and nothing else is there' "$status $(find "$dir/text" -type f | wc -l)" '0 0'
"$monitor" --stats "$dir" -n -q -t "$dir/nowhere" 2>"$dir/err"
verdict 'a directory that cannot be written is told at the start' "$? $(grep -c "nowhere/pcsc.prom': No such file" "$dir/err")" '6 1'

# --- latencies, by a tracer that is made up -------------------------------------------

# tracer SCRIPT: what pcsc-trace does from now on, after it was asked for the right thing
tracer() {
	mkdir -p "$dir/bin"
	printf '%s\n' '#!/bin/bash' '[[ "$*" == "hist -j 1" ]] || exit 9' "$1" >"$dir/bin/pcsc-trace"
	chmod +x "$dir/bin/pcsc-trace"
}

# told READS [MS]: a second of them, of 20 us each, and a write of 90 us; MS is its end
told() {
	printf '{"time_ms":%d,"losses":{"map_full":1,"inflight":%d,"recursion":0,"own":9},"reads":{"count":%d,"sum_ns":%d,"max_ns":21000,"p50_ns":1,"p99_ns":1,"slots":[{"from_ns":19484,"count":%d}]},' \
		"${2:-1}" "$1" "$1" $(($1 * 20000)) "$1"
	printf '"writes":{"count":1,"sum_ns":90000,"max_ns":90000,"p50_ns":1,"p99_ns":1,"slots":[{"from_ns":77936,"count":1}]}}\n'
}

# latency FILTER
latency() {
	get /latency.json | jq -c "$1"
}

# measured FILTER: that is true of it
measured() {
	[[ $(latency "$1") == true ]]
}

path=$PATH
export PATH=$dir/bin:$PATH
helper 100 on
tracer "sleep 1000"
start -q
verdict 'nobody has asked for latencies' "$(latency '[.asked, .traced, (.reason | test("--trace"))]')$(get /metrics | grep -c pcsc_trace)" '[false,false,true]0'
stop TERM
tracer "$(declare -f told); told 3; told 5; exec sleep 1000"
start -q --trace
soon measured '.seconds == 2'
verdict 'two seconds of latencies' "$(latency '[.asked, .traced, .all.reads.count, .all.writes.count, .recent.reads.count, .all.reads.sum_ns, .all.reads.max_ns]')" \
	'[true,true,8,2,8,160000,21000]'
verdict 'their slots, added up' "$(latency .all.reads.slots)" '[{"from_ns":19484,"count":8}]'
verdict 'as a histogram' "$(get /metrics | grep -E '^pcsc_trace_(up|.*bucket.*read.*e="(0.0000(16|32)|.Inf)|.*_(sum|count).*read)' | sed 's/.* //' | paste -sd' ')" \
	'1 0 8 8 0.000160000 8'
verdict 'what was lost since it began' \
	"$(latency '.losses | [.map_full, .inflight, .recursion]') $(metric 'pcsc_trace_lost_total{reason="inflight"}')" '[1,5,0] 5'
verdict 'whose buckets never fall' "$(get /metrics | awk -F'[ "]' '/_bucket.*"read"/ { if ($NF < last) bad++; last = $NF; n++ } END { print n, bad + 0 }')" '18 0'
verdict 'metrics are well formed with it' "$(get /metrics | well_formed)" '98 samples'
verdict 'the page documents it' "$(get /metrics | sed -n 's/^# TYPE \(pcsc_trace[^ ]*\).*/\1/p' | while read -r name; do
	grep -qF "\`$name" "$docs" || echo "$name"
done)" ''
traced=$(awk '{ print $1 }' "/proc/$pid/task/$pid/children")
stop KILL
soon ended "$traced"
verdict 'the daemon is killed: its tracer has ended, too' "$(grep -s '^State:.[^ZX]' "/proc/$traced/status")" ''
# A host that is too busy for a line each second
tracer "$(declare -f told); told 3 1000; told 3 4000; told 3 100; exec sleep 1000"
start -q --trace
soon measured '.all.reads.count == 9'
verdict 'a line that comes late is of more than a second, and no clock runs backwards' "$(latency '[.seconds, .recent_seconds]')" '[5,5]'
stop TERM
# Longer than a month of a busy host: slots go on where 32 bits end
tracer "$(declare -f told); told 4000000000; told 4000000000; exec sleep 1000"
start -q --trace
soon measured '.seconds == 2'
verdict 'eight thousand million reads of one kind' "$(latency .all.reads.slots[0].count) $(get /metrics | sed -n 's/.*read".*le="0.000032768"} //p')" '8000000000 8000000000'
stop TERM
tracer "$(declare -f told); told 3; exec sleep 1000"
start -q --trace
soon measured '.traced'
soon measured '.traced | not'
verdict 'a tracer that says nothing any more is told' "$(latency '[.traced, .all.reads.count, .reason]') $(metric pcsc_trace_up)" \
	'[false,3,"pcsc-trace has said nothing for more than 5 seconds"] 0'
stop TERM
for script in 'exit 4' 'kill -9 $$' 'echo no histogram; exit 6'; do
	tracer "$(declare -f told); told 3; $script"
	start -q --trace
	soon measured '.reason // "" | test("with status|by signal")'
	verdict "a tracer that ends ($script) is told, and the daemon goes on" \
		"$(latency '[.traced, .all.reads.count, .reason]') $(metric pcsc_up) $(metric pcsc_trace_up) $(grep -c 'not measured any more' "$dir/err")" \
		"$(case $script in
		*9*) echo '[false,3,"pcsc-trace was ended by signal 9"]' ;;
		*) echo "[false,3,\"pcsc-trace has ended with status ${script##* }\"]" ;;
		esac) 1 0 1"
	stop TERM
done
# More than a line has room for, lines in parts, several at once
tracer "$(declare -f told); head -c 100000 /dev/zero | tr '\\0' x; echo; told 4 | fold -w 50 | while read -r part; do
	printf %s \"\$part\"
	sleep 0.02
done; echo; told 1; told 1; exec sleep 1000"
start -q --trace
soon measured '.all.reads.count == 6'
verdict 'what is no line is left out, and parts make one' "$(latency '.all.reads.count')" 6
stop TERM
rm "$dir/bin/pcsc-trace"
PATH=$dir/bin:/usr/bin:/bin start -q --trace
soon measured '.reason == "pcsc-trace has ended with status 127"'
verdict 'no pcsc-trace: said, with the remedy' "$? $(grep -c 'PATH' "$dir/err")" '0 1'
stop TERM
"$monitor" --stats "$dir" --no-http --trace 2>"$dir/err"
verdict 'a daemon that cannot tell of it' "$? $(grep -c 'leave out --no-http' "$dir/err")" '2 1'
PATH=$path

# --- directories that are none of the helper's ------------------------------------

mkdir "$dir/empty" "$dir/other"
echo 'Uptime: 5' >"$dir/other/stats"
for bad in /nonexist "$dir/empty" "$dir/other" "$dir/stats"; do
	for arguments in '0.1 2' 60; do
		# shellcheck disable=SC2086
		timeout 1 "$monitor" -n --stats "$bad" $arguments >/dev/null 2>"$dir/err"
		verdict "--stats ${bad##*/}, $arguments: ended, and named" "$? $(grep -cF "$bad" "$dir/err")" '3 1'
	done
done

finish monitor
