#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/coverage.sh [BUILD]: what of a recording a profile covers, and of which
# recordings that is said with a warning. TAP on stdout.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=${1:-build}
build=$(cd "$build" && pwd) || exit 2
tool=$build/pcsc-profile
gunzip -c "$(dirname "${BASH_SOURCE[0]}")/../recordings/events.rec.gz" >"$dir/events.rec"
"$tool" generate --specification -o "$dir/spec.json"
"$tool" generate "$dir/events.rec" -o "$dir/own.json" 2>/dev/null

# of QUERY PROFILE: what JSON says
of() {
	"$tool" coverage -j "$dir/events.rec" "$dir/$2.json" | jq -c "$1"
}

# hits ARGUMENT...: reads that what-if answers of the same recording
hits() {
	"$tool" what-if "$@" -j "$dir/events.rec" "$dir/spec.json" | jq '.all | .hits + .sibling_hits'
}

# flagged BITS: that recording with these flags in its header, and a checksum that is right
flagged() {
	/usr/bin/python3 -c 'if True:
		import struct, sys, zlib
		file = bytearray(open(sys.argv[1], "rb").read())
		file[40] |= int(sys.argv[2])
		file[12:16] = bytes(4)
		file[12:16] = struct.pack("<I", zlib.crc32(file))
		open(sys.argv[3], "wb").write(file)' "$dir/events.rec" "$1" "$dir/flagged.rec"
}

# warned BITS: its status, and the warnings about such a recording
warned() {
	local status
	flagged "$1"
	"$tool" coverage "$dir/flagged.rec" "$dir/spec.json" >"$dir/out" 2>"$dir/err"
	status=$?
	cat "$dir/err"
	echo "$status $(grep -c ' reads (.* are of bytes that the profile lets be answered' "$dir/out")"
}

# shellcheck disable=SC2016 # jq
for profile in spec own; do
	verdict "$profile: reads of all, and covered ones" "$(of '[.reads, .covered]' $profile)" '[1952,599]'
	verdict "$profile: models add up" \
		"$(of '. as $all | ["functions", "reads", "covered", "ns", "covered_ns"] | map(. as $k | $all[$k] - ($all.models | map(.[$k]) | add))' $profile)" \
		'[0,0,0,0,0]'
done
verdict "models are named by their device" "$(of '[.models[].name]' own)" \
	'["1b36:0010 898c89cd","1b36:0010 VF f517cd42","no model"]'
verdict "the sentence has the same numbers" \
	"$("$tool" coverage "$dir/events.rec" "$dir/spec.json" | head -n 1 | cut -d'(' -f1)" '599 of 1952 reads '
verdict "time covered is of the time of reads" \
	"$(of '.covered_ns < .ns and .covered_ns > 0' spec)" true
verdict "no more is answered than is covered" "$((0 < $(hits) && $(hits) < $(hits --warm) && $(hits --warm) <= 599))" 1

verdict "a whole recording is told of without a warning" "$(warned 0)" '0 1'
verdict "memory answered some" "$(warned 2)" "pcsc-profile: warning: $dir/flagged.rec: \
the helper's mode was 'on' while it was recorded, so memory answered some of these reads
0 1"
for bits in 1 4 8; do
	verdict "not all is in it: flags $bits" "$(warned $bits)" "pcsc-profile: warning: $dir/flagged.rec: \
not all accesses are in it, so the answer is about those that are
0 1"
done

finish "coverage"
