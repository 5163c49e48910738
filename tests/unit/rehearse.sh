#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/rehearse.sh [BUILD]: what-if and rehearse of five functions, recorded:
# VFs enabled, looked at twice, one reset, and a dump after the mark "end". TAP.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=${1:-build}
build=$(cd "$build" && pwd) || exit 2
tool=$build/pcsc-profile
gunzip -c "$(dirname "${BASH_SOURCE[0]}")/../recordings/events.rec.gz" >"$dir/events.rec"
"$tool" generate --specification -o "$dir/spec.json"

# of QUERY ARGUMENT...: what JSON says
of() {
	"$tool" "${@:2}" -j "$dir/events.rec" "$dir/spec.json" | jq -c "$1"
}

# says NAME WORDS ARGUMENT...: refused with one sentence
says() {
	"$tool" "${@:3}" >"$dir/out" 2>"$dir/err"
	verdict "$1: status" $? 5
	verdict "$1: what it says" "$(grep -c -- "$2" "$dir/err")" 1
}

verdict "reads, and what is answered cold and warm" \
	"$(of '.all | [.reads, .cold.hits, .warm.hits]' rehearse --until end)" '[928,461,573]'
verdict "phases up to the mark" \
	"$(of '[.phases[].name]' rehearse --until end)" '["vf-enable","look","reset"]'
verdict "phases of all of it" \
	"$(of '[.phases[].name]' rehearse)" '["vf-enable","look","reset","end"]'
verdict "phases add up" \
	"$(of '[(.phases | map(.reads) | add) - .all.reads, (.phases | map(.warm.hits) | add) - .all.warm.hits]' rehearse)" \
	'[0,0]'
verdict "what does not hit is hardware's" \
	"$(of '.all | [.reads - .cold.hits - .cold.hardware, .reads - .warm.hits - .warm.hardware]' rehearse)" '[0,0]'
verdict "a reckoned read" \
	"$(of '.all | [.us - .reads * 20, .warm.us - .warm.hardware * 20]' rehearse --read-us 20)" '[0,0]'
verdict "an empty cache is what-if's" "$(of '.all.cold.hits' rehearse)" \
	"$(of '.all | .hits + .sibling_hits' what-if)"
verdict "after a handover is what-if's --warm" "$(of '.all.warm.hits' rehearse)" \
	"$(of '.all | .hits + .sibling_hits' what-if --warm)"
verdict "what-if, up to the mark" "$(of '.all.reads' what-if --until end)" 928
verdict "nobody was asked about a handover" "$(of '.handover.verdict' rehearse)" '"unasked"'
verdict "and it says so" \
	"$("$tool" rehearse "$dir/events.rec" "$dir/spec.json" | grep -c 'the helper is not loaded')" 1
verdict "lines of the table are 80 columns wide" \
	"$("$tool" rehearse "$dir/events.rec" "$dir/spec.json" | sed -n '/PHASE/,/^all/p' | awk 'length > 80' | wc -l)" 0
says "a mark that is not there" "no mark 'nowhere'" rehearse --until nowhere "$dir/events.rec" "$dir/spec.json"
says "a recording without events" 'pcsc-trace record --events' rehearse \
	"$(dirname "${BASH_SOURCE[0]}")/../recordings/version-4.rec" "$dir/spec.json"

finish "rehearse"
