# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scripts that run libFuzzer share.

# An input takes milliseconds, or something is wrong with it.
# shellcheck disable=SC2034 # for those who source this
common=(-timeout=20 -rss_limit_mb=2048 -len_control=10 -print_final_stats=1)

# options_of TARGET: into $options: how long an input may be, the words of its language
# shellcheck disable=SC2034
options_of() {
	case $1 in
	json) options=("${common[@]}" -max_len=8192 -dict="$here/json.dict") ;;
	walk | maps) options=("${common[@]}" -max_len=2048 -dict="$here/space.dict") ;;
	siblings) options=("${common[@]}" -max_len=128) ;;
	profile) options=("${common[@]}" -max_len=4096) ;;
	report) options=("${common[@]}" -max_len=1024) ;;
	*) options=("${common[@]}" -max_len=2048) ;;
	esac
}

# chosen: the targets that FUZZ names, or all of them: each has a corpus
chosen() {
	local names name
	mapfile -t names < <(basename -a "$here"/corpus/*)
	for name in $(tr , " " <<<"${FUZZ:-}"); do
		[[ " ${names[*]} " == *" $name "* ]] || die "FUZZ: there is no fuzz target '$name'; there are: ${names[*]}"
	done
	tr ', ' '\n\n' <<<"${FUZZ:-${names[*]}}"
}

verdict() {
	local ok=ok
	if (($1)); then
		ok='not ok'
		failed=$((failed + 1))
	fi
	count=$((count + 1))
	echo "$ok - $2"
}

# broken LOG: what a target said of a promise, or a sanitizer of the code, in a line
broken() {
	local words
	words=$(grep -aom 1 -E 'broken: .*|runtime error: .*|ERROR: AddressSanitizer: [A-Za-z-]+|ERROR: LeakSanitizer: .*|ERROR: libFuzzer: .*' "$1" | head -c 150)
	if [[ $words == *AddressSanitizer* ]]; then
		words+=" in $(sed -n 's/^SUMMARY: AddressSanitizer: [^ ]* .* in //p' "$1" | head -n 1)"
	fi
	echo "${words:-it ended without a word}"
}
