#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/profile_schema.sh [BUILD]: profiles are as docs/pcsc-profile.schema.json says.
# What is not, pcsc-profile refuses; the schema's words are the tool's. TAP on stdout.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=$(cd "${1:-build}" && pwd) || exit 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../..
schema=$top/docs/pcsc-profile.schema.json
tool=$build/pcsc-profile

# schema WHAT FILE...: what is wrong. Debian's Python, whatever else is in the path
schema() {
	/usr/bin/python3 "$here/schema.py" "$schema" "$@" 2>&1
}

# change NAME: whole.json, changed by each line of stdin, a program of jq, as NAME.1.json, ...
change() {
	local words n=0
	mapfile -t words
	for n in "${!words[@]}"; do
		jq "${words[n]}" "$dir/whole.json" >"$dir/$1.$n.json"
	done
	printf '%s\n' "${words[@]}" >"$dir/$1.words"
}

# judge NAME WORD: each of those, by schema and tool, which both say WORD
judge() {
	local n=0 words by_schema by_tool
	schema as-is "$dir/$1".*.json >"$dir/found"
	while read -r words; do
		by_schema=taken by_tool=taken
		! grep -q "^$1.$n.json: " "$dir/found" || by_schema=refused
		"$tool" check "$dir/$1.$n.json" >/dev/null 2>"$dir/err"
		(($? != 5)) || by_tool=refused
		verdict "$2 by both: $words" "$by_schema $by_tool" "$2 $2"
		n=$((n + 1))
	done <"$dir/$1.words"
}

# ---- profiles --------------------------------------------------------------------

"$build/tests/recording" 70 71680 "$dir/many.rec"
"$build/tests/unknown" 3 12 "$dir"
"$tool" generate -n fresh "$dir/many.rec" -o "$dir/fresh.json" 2>"$dir/err"
"$tool" generate -n unknown "$dir/host.rec" -o "$dir/unknown.json" 2>"$dir/err"
"$tool" generate --specification -o "$dir/specification.json" 2>"$dir/err"
"$tool" merge --redact "$dir"/{fresh,unknown,specification}.json -o "$dir/merged.json" 2>"$dir/err"
jq '.incomplete = true' "$dir/unknown.json" >"$dir/lossy.json"
"$tool" show -j "$dir/lossy.json" >"$dir/whole.json" 2>"$dir/err"
change right <<'END'
.version = "0x1"
.models[0].rules[0].length = "0x0001"
.models[0].functions = "0x7fffffffffffffff"
(.models[].rules[] | select(.evidence)) |= del(.evidence)
del(.table, .thresholds, .incomplete)
del(.thresholds.siblings)
(first(.models[] | select(.conflicts)).conflicts[0]) |= del(.register, .example)
END
"$tool" compile "$dir/fresh.json" -o "$dir/fresh.pcsc" 2>"$dir/err"
"$tool" show -j "$dir/fresh.pcsc" >"$dir/decoded.json" 2>"$dir/err"
rm "$dir/profile.json" "$dir/lossy.json"
cp "$top"/tests/profiles/*.json "$dir"
verdict 'there are profiles of all kinds' "$(printf '%s\n' "$dir"/*.json | wc -l)" 16
judge right taken
verdict 'they are as the schema says' "$(schema as-is "$dir"/*.json)" ''
verdict 'every key of the schema is described and used, and required unless it is missing somewhere' \
	"$(schema keys "$dir"/*.json)" ''

# ---- what is wrong ---------------------------------------------------------------

change wrong <<'END'
.more = 1
.models[0].more = 1
.models[0].match.more = 1
.models[0].layout[0].more = 1
(first(.models[] | select(.conflicts)).conflicts[0].more) = 1
.models[0].rules[0].more = 1
.models[0].rules[0].evidence.more = 1
.models[0].rules[0].evidence.survived.more = 1
.thresholds.more = 1
.schema = "pcsc-profiles"
.version = 2
.name = 1
.name = "a name of thirty-two characters!"
.name = "a\tb"
.incomplete = 1
.table = "0x123456789"
.table = "12"
.models = {}
.models[0].rules[0].class = "constant"
.models[0].rules[0].basis = "rumour"
.models[0].rules[0].space = "config"
.models[0].rules[0].attribute = "ROM"
.models[0].rules[0].offset = -1
.models[0].rules[0].offset = 4096
.models[0].rules[0].offset = "0x1000"
.models[0].rules[0].length = "0x1001"
.models[0].rules[0].length = true
.models[0].rules[0].zero = 1
.models[0].rules[0].evidence.reads = "many"
.models[0].match.vendor = "0x18086"
.models[0].match.revision = 256
.models[0].match.vf = 0
del(.models[0].match.subsystem_device)
del(.models[0].rules[0].space)
del(.models[0].rules[0].evidence.survived.pm)
del(.models[0].layout[0].length)
.models[0].layout[0].space = "raw"
(first(.models[].rules[] | select(.space == "cap"))) |= del(.capability)
(first(.models[].rules[] | select(.space == "header"))).capability = "CAP_EXP"
(first(.models[].rules[] | select(.space == "cap"))).capability = "exp"
(first(.models[] | select(.conflicts)).conflicts[0].reason) = "moved"
END

judge wrong refused

# ---- words -----------------------------------------------------------------------

# coded FILE ARRAY: the words of an array of names
coded() {
	sed -n "/^const char \*const $2\[/,/^};/p" "$top/$1" | grep -o '"[^"]*"' | sort
}

# listed PATH: those of the schema
listed() {
	jq "$1[]" "$schema" | sort
}

rule='."$defs".rule.properties'
verdict "the spaces are the tool's" "$(listed '."$defs".space.enum')" "$(coded kernel-helper/core/regs.c pcsc_space_names)"
verdict "the classes are the tool's" "$(listed "$rule.class.enum")" "$(coded kernel-helper/core/regs.c pcsc_class_names)"
verdict "the attributes are the tool's" "$(listed "$rule.attribute.enum")" "$(coded kernel-helper/core/regs.c pcsc_attr_names)"
verdict "the bases are the tool's" "$(listed "$rule.basis.enum")" "$(coded user/profile/profile.c profile_basis_names)"
verdict "the reasons are the tool's" "$(listed '."$defs".conflict.properties.reason.enum')" \
	"$(coded user/profile/profile.c profile_reason_names)"
verdict "the resets are the tool's" "$(listed '."$defs".evidence.properties.survived.required')" \
	"$(coded user/profile/profile.c profile_reset_names)"

# ---- the page --------------------------------------------------------------------

page=$top/docs/profile-format.md
verdict "the page has every key" "$(jq -r '[.. | .properties? // empty | keys[]] | unique[]' "$schema" |
	while read -r key; do grep -qE "(\`|\")$key(\`|\")" "$page" || echo "$key"; done)" ''
"$top/tools/manpage" "$page" 5 >"$dir/page"
verdict "it is a manual page of section 5" "$(sed -nE 's/^\.TH "?([^ "]+)"? "?([0-9])"?.*/\1 \2/p' "$dir/page")" "pcsc-profile 5"

finish profile_schema
