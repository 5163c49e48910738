#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/completion.sh BUILD: what bash completes for each tool is what its help and its
# messages have. page.sh has more about pcsc-trace. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/verdict.sh
. "$top/tests/verdict.sh"
build=$(cd "${1:?the build directory}" && pwd) || exit 2
export PCSC_DEVICES=$dir/devices BASH_COMPLETION_USER_DIR=$dir/installed
# shellcheck disable=SC1091 # the library's own file
. /usr/share/bash-completion/bash_completion

# Processes come and go; these stay.
ps() {
	echo 1
}

# complete_at TOOL WORD...: the last one is what is completed; on one line
complete_at() {
	COMP_WORDS=("$build/$1" "${@:2}") COMP_CWORD=$(($# - 1))
	COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
	COMPREPLY=()
	"_${1//-/_}" 2>/dev/null
	printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' '
}

# helped TOOL [COMMAND]: its long options, as the help has them
helped() {
	"$build/$1" "${@:2}" --help | sed -nE 's/^ +(-[^-], )?(--[a-z-]+).*/\2/p' | sort | paste -sd' '
}

# forgotten TOOL: options with an argument of which the completion does not know that. Optional
# ones, in [=...], stand alone.
forgotten() {
	local option
	while read -r option; do
		"_${1//-/_}_option" "$option" "$build/$1" >/dev/null || echo "$option"
	done < <("$build/$1" --help | sed -nE 's/^ +(-[^-], )?(--[a-z-]+)=.*/\2/p')
}

# needless TOOL: options without one that the completion gives one
needless() {
	local option
	while read -r option; do
		! "_${1//-/_}_option" "$option" "$build/$1" >/dev/null || echo "$option"
	done < <("$build/$1" --help | sed -nE 's/^ +(-[^-], )?(--[a-z-]+)( .*)?$/\2/p')
}

# letters TOOL: those of options with an argument that do not complete as their names do
letters() {
	local letter name
	while read -r letter name; do
		[[ $("_${1//-/_}_option" "$letter" "$build/$1") == "$("_${1//-/_}_option" "$name" "$build/$1")" ]] || echo "$letter"
	done < <("$build/$1" --help | sed -nE 's/^ +(-[^-]), (--[a-z-]+)=.*/\1 \2/p')
}

# commands_of TOOL: on one line
commands_of() {
	"$build/$1" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\)  .*/\1/p' | sort | paste -sd' '
}

for function in 0000:01:00.0 0000:01:00.1; do
	mkdir -p "$PCSC_DEVICES/$function"
	echo 0x8086 >"$PCSC_DEVICES/$function/vendor"
	echo 0x10d3 >"$PCSC_DEVICES/$function/device"
done
mkdir -p "$BASH_COMPLETION_USER_DIR/completions" "$dir/here/below"
touch "$dir/here/one.json"
cp "$top"/user/completion/* "$BASH_COMPLETION_USER_DIR/completions/"
cd "$dir/here" || exit

for tool in pcsc-trace pcsc-profile pcsc-ctl pcsc-monitor pcsc-top; do
	_completion_loader "$tool"
	verdict "$tool: bash finds its completion where it is installed" "$(complete -p "$tool" 2>&1)" "complete -F _${tool//-/_} $tool"
	verdict "$tool: its options are those of its help" "$(complete_at "$tool" --)" "$(helped "$tool")"
	verdict "$tool: it knows each option that has an argument" "$(forgotten "$tool")" ''
	[[ $tool == pcsc-trace ]] || verdict "$tool: and each that has none" "$(needless "$tool")" ''
	verdict "$tool: and their letters" "$(letters "$tool")" ''
	read -ra commands < <(commands_of "$tool")
	((${#commands[@]} == 0)) || verdict "$tool: its commands are those of its help" "$(complete_at "$tool" '')" "${commands[*]}"
	for command in "${commands[@]}"; do
		verdict "$tool $command: its options are those of its help" "$(complete_at "$tool" "$command" --)" "$(helped "$tool" "$command")"
	done
done

verdict 'pcsc-top --sort: the columns that it knows, and all of them' \
	"$(for column in $(complete_at pcsc-top -o ''); do "$build/pcsc-top" -o "$column" --stats "$dir" -b 1 1 2>&1 | grep -c 'no column'; done | sort -u) $(complete_at pcsc-top -o '' | wc -w)" \
	"0 $(sed -n '/^enum column {/,/COLUMNS/p' "$top/user/top/columns.h" | grep COL_ | grep -cv COL_ALL_)"
verdict 'a column by its beginning' "$(complete_at pcsc-top --sort mism)" mismatches
verdict 'INTERVAL and COUNT are not guessed' "$(complete_at pcsc-top '')$(complete_at pcsc-monitor 1 '')" ''
verdict 'functions, by what stands before' "$(complete_at pcsc-top -s 0000:01: | sed 's/[^ ]*://g')" '00.0 00.1'
verdict 'devices' "$(complete_at pcsc-top -d '')" 8086:10d3
verdict 'users' "$(complete_at pcsc-monitor --user nobo)" nobody
verdict 'where the daemon listens without --listen' \
	"$(complete_at pcsc-monitor -l 127 | sed 's/.*://')" "$(sed -n 's/^#define URL_LISTEN ".*:\([0-9]*\)".*/\1/p' "$top/user/monitor/url.h")"
verdict 'directories only' "$(complete_at pcsc-monitor -t '')" below
verdict 'files' "$(complete_at pcsc-profile show '')/$(complete_at pcsc-profile show -p '')" 'below one.json/below one.json'
verdict 'explain: functions first, then nothing but files' "$(complete_at pcsc-profile explain '' | wc -w) $(complete_at pcsc-profile explain x o)" '2 one.json'
verdict 'modes' "$(complete_at pcsc-ctl mode '')" 'off on shadow'
verdict 'handover' "$(complete_at pcsc-ctl handover '')/$(complete_at pcsc-ctl handover setup '')" 'forget setup status/check kho memmap reserve_mem'
verdict 'flush: functions' "$(complete_at pcsc-ctl flush '' | wc -w)" 2

finish completion
