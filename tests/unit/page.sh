#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/page.sh BUILD: what pcsc-trace's help, its manual page and its completion
# say is the same. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
build=$(cd "${1:?the build directory}" && pwd) || exit 2
trace=$build/pcsc-trace
page=$top/docs/pcsc-trace.md
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PCSC_DEVICES=$dir/devices
# shellcheck disable=SC1091 # the library's own file
. /usr/share/bash-completion/bash_completion
# shellcheck source=user/completion/pcsc-trace
. "$top/user/completion/pcsc-trace"

# Options that every command has, and no page need repeat
common='^--(help|usage|version)$'

commands() {
	"$trace" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# helped COMMAND: its long options
helped() {
	"$trace" "$1" --help | sed -nE 's/^ +(-[^-], )?(--[a-z-]+).*/\2/p' | grep -Ev "$common" | sort
}

# longs COMMAND: "-o --output" of each
longs() {
	"$trace" "$1" --help | sed -nE 's/^ +(-[^-]), (--[a-z-]+).*/\1 \2/p'
}

# shown COMMAND: what the synopsis has of it
shown() {
	awk -v command="$1" '
		/^## / { if (on) exit; on = $2 == "Synopsis" }
		on && /^    pcsc-trace / { mine = $2 == command }
		on && mine { print }' "$page" |
		sed 's/\[WANTED...\]/-s -d --vf -p -c/; s/ \(|\|\[\)\{0,1\}-- COMMAND.*//' | tr -s '[]| ' '\n' | grep '^-.' |
		while read -r option; do
			case $option in
			--*) echo "$option" ;;
			*) longs "$1" | sed -n "s/^$option //p" ;;
			esac
		done | sort
}

# complete_at WORD...: the last one is what is completed
complete_at() {
	COMP_WORDS=("$trace" "$@") COMP_CWORD=$#
	COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
	COMPREPLY=()
	_pcsc_trace 2>/dev/null
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

same() {
	diff <(echo "$1") <(echo "$2") >&2
}

# described COMMAND: each of its options has a paragraph
described() {
	local option missing=()
	for option in $(helped "$1"); do
		grep -Eq "^\`.*${option}[ \`]" "$page" || missing+=("$option")
	done
	((${#missing[@]} == 0)) || { echo "# no paragraph: ${missing[*]}" && return 1; }
}

# known OPTION: the words that the tool names where it is given another one
known() {
	"$trace" report "$1" nonsense "$top/tests/recordings/version-4.rec" 2>&1 |
		sed -n 's/.*\(one of\|but by\) //p' | sed 's/, /\n/g' | sort
}

# headings: of the manual page; some versions of lowdown put them behind .SH, some below
headings() {
	awk '/^\.S[HS]$/ { getline; print; next } sub(/^\.S[HS] /, "")' "$dir/page"
}

# named LIST: the page has every word
named() {
	local word
	while read -r word; do
		grep -qw -- "$word" "$page" || return 1
	done <<<"$1"
}

for function in 0000:01:00.0 0000:01:00.1; do
	mkdir -p "$PCSC_DEVICES/$function"
	echo 0x8086 >"$PCSC_DEVICES/$function/vendor"
	echo 0x10d3 >"$PCSC_DEVICES/$function/device"
done

check "commands: the completion has them" same "$(commands | sort)" "$(complete_at '')"
for command in $(commands); do
	check "$command: the synopsis has the options of its help" same "$(helped "$command")" "$(shown "$command")"
	check "$command: the completion has them" \
		same "$(helped "$command")" "$(complete_at "$command" -- | grep -Ev "$common")"
	check "$command: each is described" described "$command"
done
for option in --by --sort --format --svg; do
	list=$(complete_at report "$option" '')
	check "report $option: what is completed is what the tool knows" same "$(known "$option")" "$list"
	check "report $option: the page has all of it" named "$list"
done
check "functions are completed by their addresses" same $'00.0\n00.1' "$(complete_at record -s 0000:01: | sed 's/.*://')"
check "devices by their IDs" same 8086:10d3 "$(complete_at record -d '')"
"$top/tools/manpage" "$page" 8 >"$dir/page"
check "the manual page has its sections" same $'NAME\nDESCRIPTION\nSYNOPSIS' "$(headings | head -n 3)"
check "with overhead and exit status" same 2 "$(headings | grep -ciE '^(overhead|exit status)')"
plan
exit $((failures > 0))
