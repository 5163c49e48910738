#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/schema.sh [BUILD]: what pcsc-trace report -j prints is as
# docs/pcsc-trace-report.schema.json says, no key more and none less, and the validator
# sees it if it is not. TAP on stdout.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=$(cd "${1:-build}" && pwd) || exit 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
schema=$here/../../docs/pcsc-trace-report.schema.json
recordings=$here/../recordings

# report NAME OPTION... FILE: into $dir/NAME.json
report() {
	"$build/pcsc-trace" report -j "${@:2}" >"$dir/$1.json" 2>>"$dir/err" || echo "no report: ${*:2}"
}

# schema WHAT FILE...: what is wrong. Debian's Python, whatever else is in the path
schema() {
	/usr/bin/python3 "$here/schema.py" "$schema" "$@" 2>&1
}

# words: of --by, as the tool names them where it is given another one; and the two
# that mean the same as one of these
words() {
	"$build/pcsc-trace" report --by nonsense "$1" 2>&1 | sed -n 's/.*but by //p' | sed 's/, /\n/g'
	printf '%s\n' function comm
}

# of_recording NAME FILE SLOT: all kinds of reports
of_recording() {
	local word slot=()
	report "$1" "$2"
	report "$1-slot" -s "$3" "$2"
	report "$1-device" -d "$(jq -r '[.functions[] | select(.vendor) | .vendor + ":" + .device][0] // ":"' "$dir/$1.json")" "$2"
	report "$1-nothing" -s 1f:1f.7 "$2"
	report "$1-all" --sort repeats --by model,register,width,path "$2"
	# A large one need not be so for each word
	(($(wc -c <"$dir/$1.json") < 100000)) || slot=(-s "$3")
	while read -r word; do
		[[ $word == phase && $(jq 'has("events")' "$dir/$1.json") == false ]] ||
			report "$1-by-$word" --by "$word" "${slot[@]}" "$2"
	done < <(words "$2")
}

# same_but NAME JQ: the report, changed by a program of jq
same_but() {
	jq "$2" "$dir/$1.json" >"$dir/changed"
	schema check "$dir/changed"
}

"$build/tests/pages" "$dir/pages.rec"
"$build/tests/pages" "$dir/marks.rec" marks
"$build/tests/pages" "$dir/more.rec" more
for recording in "$recordings"/*.rec "$dir"/{pages,marks,more}.rec; do
	name=$(basename "$recording" .rec)
	report first "$recording"
	verdict "$name: there are reports" "$(of_recording "$name" "$recording" "$(jq -r '.functions[0].function' "$dir/first.json")")" ''
	verdict "$name: $(printf '%s\n' "$dir/$name"*.json | wc -l) are as the schema says" "$(schema check "$dir/$name"*.json)" ''
done
rm "$dir/first.json"
"$build/pcsc-trace" report --html "$dir/more.rec" | sed -n '/ id="data">$/{n;p}' >"$dir/page.json"
verdict 'so is the JSON in a page' "$(schema check "$dir/page.json")" ''
verdict 'phase is what only a recording with events can be grouped by' \
	"$(find "$dir" -name '*-by-phase.json' -printf '%f\n')" more-by-phase.json
verdict 'every key of the schema is described and printed, and required unless it is missing somewhere' \
	"$(schema keys "$dir"/*.json)" ''

# --- what is wrong is found --------------------------------------------------------

verdict 'a key more is found' "$(same_but more '.visits[1].more = 1')" \
	"changed: \$.visits[1]: Additional properties are not allowed ('more' was unexpected)"
verdict 'a key less is found' "$(same_but more 'del(.totals.user.repeats)')" \
	"changed: \$.totals.user: 'repeats' is a required property"
verdict 'another type is found' "$(same_but more '.latency[0].slots[0].count = "1"')" \
	"changed: \$.latency[0].slots[0].count: '1' is not of type 'integer'"
verdict 'another word is found' "$(same_but more '.waits[0].kind = "sleep"' | grep -c "'sleep' is not one of ")" 1
verdict 'a number that is not hexadecimal is found' "$(same_but more '.registers[0].first = "0x12"' | grep -c "'0x12' does not match ")" 1
verdict 'a power state that nobody woke from is found' "$(same_but more '.waits[1].from = "D0"' | wc -l)" 1
verdict 'maxima that callers share are found' "$(same_but more-by-caller '.groups[0].read_max_ns = 1' | wc -l)" 1
mutants=$(schema mutants "$dir"/{more,pages,marks}.json "$dir"/more-by-*.json)
verdict 'each mutant is found: a key more, a key less, another type' "$(sed '$d' <<<"$mutants")" ''
verdict 'and there are many' "$(awk '$2 == "tried" && $1 > 400' <<<"$mutants" | wc -l)" 1

finish schema
