#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/profile.sh [BUILD]: pcsc-profile as it is typed: statuses, sentences, files.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=${1:-build}
build=$(cd "$build" && pwd) || exit 2
tool=$build/pcsc-profile

# run ARGUMENT...: sets status; data in $dir/out, talk in $dir/err
run() {
	"$tool" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

# says NAME STATUS WORDS ARGUMENT...: ends with STATUS after one sentence with WORDS in it
says() {
	run "${@:4}"
	verdict "$1: status" "$status" "$2"
	verdict "$1: sentences" "$(wc -l <"$dir/err")" 1
	verdict "$1: what it says" "$(grep -c -- "$3" "$dir/err")" 1
}

# renamed FILE NAME: a compiled profile that is called NAME, with a checksum that is right
renamed() {
	head -c 16 "$dir/good.pcsc" >"$dir/head"
	{ tail -c +17 "$dir/good.pcsc" | head -c 16; printf %b "$2" | head -c 32; head -c 32 /dev/zero; } |
		head -c 48 >"$dir/body"
	tail -c +65 "$dir/good.pcsc" >>"$dir/body"
	{ head -c 12 "$dir/head"; gzip -c <"$dir/body" | tail -c 8 | head -c 4; cat "$dir/body"; } >"$1"
}

run generate --specification -o "$dir/good.json"
verdict "a profile of the specification" "$status" 0
run compile "$dir/good.json" -o "$dir/good.pcsc"
verdict "compiles" "$status" 0

# ---- what is made of a file does not replace it ----

cp "$dir/good.json" "$dir/in.json"
says "compile over its profile" 5 "'$dir/in.json' would be written over '$dir/in.json'" compile "$dir/in.json" -o "$dir/in.json"
ln "$dir/in.json" "$dir/same.json"
says "by another name" 5 "'$dir/same.json' would be written over" compile "$dir/in.json" -o "$dir/same.json"
cp "$(dirname "${BASH_SOURCE[0]}")/../recordings/version-4.rec" "$dir/in.rec"
says "generate over its recording" 5 "'$dir/in.rec' would be written over" generate "$dir/in.rec" -o "$dir/in.rec"
says "demotions over its profile" 5 "'$dir/in.json' would be written over" demotions "$dir/in.json" -o "$dir/in.json"
verdict "both are as they were" "$(cmp "$dir/in.json" "$dir/good.json" 2>&1)$(head -c 7 "$dir/in.rec")" PCSCREC
run compile - -o "$dir/spare.pcsc" <"$dir/in.json"
verdict "from standard input" "$status" 0
run compile "$dir/in.json" -o "$dir/spare.pcsc"
verdict "over another file" "$status" 0

# ---- names: what a terminal would obey, what JSON cannot hold ----

renamed "$dir/plain.pcsc" 'plain'
run show "$dir/plain.pcsc"
verdict "the test can rename a profile" "$status $(head -c 15 "$dir/out")" "0 profile 'plain'"
for name in '\033]0;pwned\007\033[2Jred\033[0m' 'caf\351' 'caf\303\251' 'tab\t' 'del\177'; do
	renamed "$dir/named.pcsc" "$name"
	for command in check show 'show -j' "compile -o $dir/no.pcsc"; do
		# shellcheck disable=SC2086 # words
		says "$command of a name with $name" 5 'offset 32 (header): name has no end' \
			$command "$dir/named.pcsc"
		verdict "and prints nothing of it" "$(tr -d '[:print:]\n' <"$dir/err" | cat - "$dir/out" | wc -c)" 0
	done
done

# ---- what is generated is never refused ----

"$build/tests/unknown" 1 3000 "$dir" || exit 1
run generate "$dir/host.rec" -o "$dir/large.json"
verdict "more models than a profile holds" "$status" 0
verdict "they are left out in one sentence" \
	"$(grep -cE 'warning: [0-9]+ of [0-9]+ models left out, .* cache nothing of: [0-9a-f]{4}:' "$dir/err")" 1
run check "$dir/large.json"
verdict "what is left is good" "$status" 0
run compile "$dir/large.json" -o "$dir/large.pcsc"
verdict "what is left compiles" "$status" 0

# ---- recordings in which too little was read ----

run generate "$dir/idle.rec" -o "$dir/idle.json"
verdict "an idle host's recording is taken" "$status" 0
verdict "its profile is called empty, with the remedy" \
	"$(grep -c 'warning: the profile is empty.*pcsc-trace record .*lspci -xxxx' "$dir/err")" 1
verdict "its functions were read by nobody" \
	"$(grep -c ': 3000 functions seen, 0 models; 3000 left out: they were not read$' "$dir/err")" 1
run compile "$dir/idle.json" -o "$dir/idle.pcsc"
verdict "an empty profile compiles" "$status" 0
run generate "$dir/thin.rec" -o "$dir/thin.json"
verdict "a thin recording is called so, with the remedy" \
	"$(grep -c 'warning: the recording is thin: of 3000 .*lspci -xxxx' "$dir/err")" 1
"$tool" generate "$dir/chosen.rec" -o "$dir/chosen.json" 2>"$dir/chosen.err"
verdict "of functions that were not asked for none counts as thin" \
	"$(grep -c 'is thin: of 1000 ' "$dir/chosen.err")" 1
verdict "and gives the same rules" \
	"$(diff <(jq -S .models "$dir/thin.json") <(jq -S .models "$dir/chosen.json") && echo same)" same
verdict "who was read is counted apart" "$(grep -c '; 2000 left out: they were not read; [0-9]* left out: cap' "$dir/err")" 1

# ---- a profile that was made with another register table ----

sed 's/"table": "0x[0-9a-f]*"/"table": "0x12345678"/' "$dir/good.json" >"$dir/older.json"
run check -v "$dir/older.json"
verdict "an older table that is no laxer" "$status" 0
verdict "and that is said" "$(grep -c 'made with another register table (0x12345678, .*allows its rules, too' "$dir/err")" 1
older='{"schema":"pcsc-profile","version":1,"name":"older","table":"0x12345678","models":[{"match":{},"rules":[
	{"space":"header","offset":4,"length":2,"class":"const","basis":"specification","register":"COMMAND"},
	{"space":"ecap","capability":"ECAP_SRIOV","offset":14,"length":2,"class":"const","basis":"specification"},
	{"space":"header","offset":52,"length":1,"class":"const","basis":"specification","register":"CAP_PTR"}]}]}'
echo "$older" >"$dir/laxer.json"
run show -j "$dir/laxer.json"
verdict "a laxer one" "$status" 0
verdict "is left with what this table bears out, by its name" \
	"$(jq -r '.models[0].rules[] | .offset + " " + (.register // "-")' "$dir/out")" "0x34 -"
verdict "in one sentence" "$(grep -c 'allowed 2 rules that this one does not, such as header 0x04: left out' "$dir/err")" 1
says "of this table, it is refused" 5 'header 0x04 is COMMAND' check <(sed 's/"table":"0x12345678",//' "$dir/laxer.json")

# ---- a profile that version 0.1 has compiled ----

old=$(dirname "${BASH_SOURCE[0]}")/../profiles
run show "$old/version-1.pcsc"
verdict "a compiled profile of version 1 is read" "$status" 0
run diff "$old/version-1.pcsc" "$old/evidence.json"
verdict "as what it was made of" "$status $(wc -c <"$dir/out")" "0 0"
run diff "$old/version-1.pcsc" "$old/interrupt-line.json"
verdict "and not as another" "$status" 1

# ---- what two profiles call differently ----

# changed FILTER: two profiles, the second as jq changes it, are compared
changed() {
	jq "$1" "$dir/good.json" >"$dir/changed.json"
	run diff "$dir/good.json" "$dir/changed.json"
	verdict "diff, $1: status" "$status" 1
	"$tool" diff -j "$dir/good.json" "$dir/changed.json" >"$dir/diff.json"
}
changed '(.models[] | select(.match.vf) | .rules[] | select(.offset == "0x3c")) += {siblings: 64}'
verdict "siblings may answer" "$(grep -c '0x3c .* const by specification -> const by specification, siblings  INTERRUPT_LINE$' "$dir/out")" 1
verdict "as JSON" "$(jq -c '.models[0].bytes[] | select(.register == "INTERRUPT_LINE") | [.from_siblings, .to_siblings]' "$dir/diff.json")" '[false,true]'
changed '(.models[0].rules[] | select(.offset == "0x0a")).basis = "person"'
verdict "another basis" "$(grep -c 'const by specification -> const by person' "$dir/out")" 1
verdict "as JSON" "$(jq -c '.models[0].bytes[0] | [.from_basis, .to_basis]' "$dir/diff.json")" '["specification","person"]'
changed '.models[1].match = {vendor: "0x8086", device: "0x1889", class: "0x020000"}'
verdict "JSON has the keys of a profile's match" "$(jq -c '[.models[] | .to, .from | values] | unique' "$dir/diff.json")" \
	"$(jq -c '[{}, .models[1].match]' "$dir/changed.json")"

# ---- what is no profile ----

says "check of an empty file" 5 'it is empty' check /dev/null
says "check of a byte-order mark" 5 'byte-order mark' check <(printf '\xef\xbb\xbf' && cat "$dir/good.json")
says "check of a recording" 5 'it is a recording' check "$dir/thin.rec"
says "explain of an empty text" 5 'an empty text is no register' explain 8086:1889 '' -p "$dir/changed.json"

# ---- "-" and directories ----

mkdir "$dir/a.directory" "$dir/empty" && cd "$dir/empty" || exit 1
# same NAME FILE: what came on standard output
same() {
	verdict "$1: status" "$status" 0
	cmp "$dir/out" "$2" >"$dir/err" 2>&1
	verdict "$1: the same bytes" "$?" 0
}
run generate --specification -o -
same "generate -o -" "$dir/good.json"
run generate - -o - <"$dir/thin.rec"
same "generate - -o -" "$dir/thin.json"
"$tool" generate - -o "$dir/piped.json" 2>/dev/null < <(cat "$dir/thin.rec")
run show -j "$dir/piped.json"
same "generate - of a pipe" "$dir/thin.json"
run compile "$dir/good.json" -o -
same "compile -o -" "$dir/good.pcsc"
run compile - -o - < <(cat "$dir/good.json")
same "compile - -o - of a pipe" "$dir/good.pcsc"
run show -j - <"$dir/good.json"
same "show -j -" "$dir/good.json"
run check - <"$dir/good.pcsc"
verdict "check -" "$status" 0
says "check - of what is no profile" 5 ': standard input: offset 0: neither' check - < <(echo no)
says "generate - of what is no recording" 5 "'standard input' is not a recording" generate - -o - < <(echo no)
verdict "no file is called -" "$(ls -A "$dir/empty")" ''
for command in show check "compile -o $dir/no.pcsc" "generate -o $dir/no.json"; do
	# shellcheck disable=SC2086 # words
	says "$command of a directory" 5 'a.directory' $command "$dir/a.directory"
done
says "compile into a directory" 5 'a.directory' compile "$dir/good.json" -o "$dir/a.directory"
says "generate into a directory" 5 'a.directory' generate --specification -o "$dir/a.directory"

finish pcsc-profile
