# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the demos' reports share: the guest's files in $out, made into numbers.
# shellcheck disable=SC2154 # out: who sources this sets it

# section RUN: its part of the trace, and its phases as lines of that part
section() {
	local run=$1 first last name offset
	read -r _ first < <(head -n 1 "$out/$run/phases")
	read -r _ last < <(tail -n 1 "$out/$run/phases")
	dd if="$out/trace" of="$out/$run/trace" bs=1M iflag=skip_bytes,count_bytes \
		skip="$first" count="$((last - first))" status=none
	while read -r name offset; do
		printf '%s %d\n' "$name" \
			$(($(head -c "$((offset - first))" "$out/$run/trace" | wc -l) + 1))
	done <"$out/$run/phases" | grep -v '^end ' >"$out/$run/lines"
}

# value FILE KEY: a line of stats
value() {
	sed -n "s/^$2: \([0-9]*\).*/\1/p" "$1"
}

# grown RUN FROM TO KEY
grown() {
	echo $(($(value "$out/$1/stats.$3" "$4") - $(value "$out/$1/stats.$2" "$4")))
}

background() {
	echo $(($(grown "$1" "$2" "$3" 'Walk Reads') +
		$(grown "$1" "$2" "$3" 'Identity Reads') +
		$(grown "$1" "$2" "$3" 'Populate Reads')))
}

percent() {
	awk -v a="$1" -v b="$2" 'BEGIN { if (b) printf "%.1f", 100 * a / b; else printf "-" }'
}

# per_function RUN FROM TO: address reads, by our counters
per_function() {
	jq -r -s '(.[0].functions | map({(.address): (.hardware_reads + .background_reads)}) | add) as $old
		| .[1].functions[] | (.hardware_reads + .background_reads - ($old[.address] // 0)) as $n
		| select($n > 0) | "\(.address) \($n)"' \
		"$out/$1/state.$2" "$out/$1/state.$3" | sort
}

# figure NAME VALUE: for tests/demo
figure() {
	printf '%s %s\n' "$1" "$2" >>"$out/figures"
}

# agreement RUN FROM: do our counts equal the oracle's, function by function?
# $out/oracle.json has the oracle's, by phase and function
agreement() {
	per_function "$1" "$2" end >"$out/ours"
	jq -r --arg from "$2" '[.phases | .[(map(.phase) | index($from)):] | .[].functions[]]
		| group_by(.function)[] | "0000:\(.[0].function) \(map(.reads) | add)"' "$out/oracle.json" |
		sort | awk '$2 > 0' >"$out/theirs"
	join -a 1 -a 2 -e 0 -o 0,1.2,2.2 "$out/ours" "$out/theirs" >"$out/both"
	awk '$2 != $3 { printf "  %s: %d by our counters, %d by the oracle\n", $1, $2, $3; bad++ }
		END { printf "Hardware reads agree with the oracle for %d of %d functions\n", NR - bad, NR }' \
		"$out/both"
	figure disagree "$(awk '$2 != $3' "$out/both" | wc -l)"
}
