#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/help.sh [BUILD]: --help of every tool and of every command looks the same:
# usage, one sentence, options, and at the end the exit statuses, the same in all of
# them. Wrong usage: status 2 and one sentence.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
PATH=$(cd "${1:-build}" && pwd):$PATH
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# help TOOL [COMMAND]
help() {
	local tool=$1 out=$dir/out
	"$@" --help >"$out" 2>"$dir/err" </dev/null
	verdict "$* --help: status, nothing on stderr" "$? $(wc -c <"$dir/err")" '0 0'
	verdict "$*: usage comes first" "$(head -n 1 "$out" | cut -d' ' -f1,2)" "Usage: $tool"
	verdict "$*: then one sentence" "$(grep -vE '^Usage:|^  or:|^  *\[' "$out" | head -n 1 | grep -cE '^[A-Z].*\.$')" 1
	verdict "$*: an option's help is no sentence" "$(grep -cE '^  +(-[a-z], |    )--[a-z].*\.$' "$out")" 0
	verdict "$*: no line is too long" "$(awk 'length > 80' "$out" | wc -l)" 0
	sed -n '/^Exit status:$/,$p' "$out" >"$dir/exits"
	[[ -s $dir/all ]] || cp "$dir/exits" "$dir/all"
	verdict "$*: exit statuses come last, as in all" \
		"$(head -n 1 "$dir/exits") $(cmp "$dir/exits" "$dir/all" 2>&1)" 'Exit status: '
	"$@" --version >"$out" 2>&1
	verdict "$* --version" "$? $(sed 's/ [0-9.]*$//' "$out")" "0 $tool"
	"$@" --help >/dev/full
	verdict "$* --help, and no room" $? 6
	"$@" --usage >"$out" 2>&1
	verdict "$* --usage" "$? $(head -c 6 "$out")" '0 Usage:'
	"$@" --bogus >"$out" 2>"$dir/err"
	verdict "$* --bogus" "$? $(wc -c <"$out") $(head -n 1 "$dir/err" | cut -d: -f2-)" \
		"2 0  unrecognized option '--bogus'"
}

# typed TOOL ARGUMENT...
typed() {
	"$@"
}

# wrong TOOL ARGUMENT...
wrong() {
	"$@" >"$dir/out" 2>"$dir/err" </dev/null
	verdict "$*: wrong usage, one sentence" "$? $(wc -l <"$dir/err") $(wc -c <"$dir/out")" '2 1 0'
}

# commands_of TOOL: as its own --help lists them
commands_of() {
	"$1" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\)  .*/\1/p'
}

# tried TOOL COMMAND: another script of the tests has both words
tried() {
	grep -rlw --include='*.sh' --include='*.bats' --include=run --exclude=help.sh -e "$1" "$tests"/*/ |
		xargs grep -qw -e "$2"
}

: >"$dir/untried"
for tool in pcsc-trace pcsc-profile pcsc-ctl pcsc-monitor pcsc-top; do
	help "$tool"
	mapfile -t commands < <(commands_of "$tool")
	for command in "${commands[@]}"; do
		help "$tool" "$command"
		tried "$tool" "$command" || echo "$tool $command" >>"$dir/untried"
	done
	echo "$tool ${#commands[@]}" >>"$dir/counts"
done
verdict 'all commands were seen' "$(paste -sd' ' "$dir/counts")" \
	'pcsc-trace 6 pcsc-profile 11 pcsc-ctl 7 pcsc-monitor 0 pcsc-top 0'
verdict 'each is typed by another test' "$(cat "$dir/untried")" ''
verdict 'seven statuses' "$(wc -l <"$dir/all")" 8

# A help that has all forms of a command has as many lines with its name as there are forms
verdict 'pcsc-ctl handover --help: every form' "$(typed pcsc-ctl handover --help | grep -cE '^(Usage:|  or: ) pcsc-ctl handover')" 6
typed pcsc-profile diff one 2>"$dir/err"
verdict 'of two arguments, one given: the other is missing' "$? $(cut -d';' -f1 "$dir/err")" \
	'2 pcsc-profile: a further PROFILE is missing'
typed pcsc-profile explain 2>"$dir/err"
verdict 'what may be left out is not missing' "$? $(cut -d';' -f1 "$dir/err")" '2 pcsc-profile: FUNCTION|MODEL is missing'

for tool in pcsc-trace pcsc-profile pcsc-ctl; do
	wrong $tool
	wrong $tool bogus
	wrong $tool ''
done
wrong pcsc-trace record
wrong pcsc-trace record -o "$dir/no" -t 0
wrong pcsc-trace record --boot -o -
wrong pcsc-trace record --boot -o "$dir/no" -- true
wrong pcsc-trace report
wrong pcsc-trace report one two
wrong pcsc-trace report -v one
wrong pcsc-profile generate --specification
wrong pcsc-profile generate -o "$dir/no"
wrong pcsc-profile generate -o "$dir/no" --specification one
wrong pcsc-profile generate -o "$dir/no" --specification -n 'a name that is longer than 31 chars'
wrong pcsc-profile generate -o "$dir/no" --specification -n $'\033c'
wrong pcsc-profile compile one
wrong pcsc-profile show
wrong pcsc-profile check -o "$dir/no" one
wrong pcsc-monitor -n -q
wrong pcsc-monitor -n -q -t "$dir" 1 1
wrong pcsc-monitor -q 1 1
wrong pcsc-monitor 1 0
wrong pcsc-monitor 1 1 1
wrong pcsc-top 1 0
wrong pcsc-top 1 1 1
wrong pcsc-top -o nonsense
wrong pcsc-top -j -b
verdict 'nothing was written' "$(find "$dir" -name 'no*' | wc -l)" 0

finish help
