# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the suites of pcsc-trace share: the functions of the topology "small", and what a
# recording says.

recording_setup_file() {
	export top trace nic nvme rng port
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	trace=${PCSC_BUILD:-$top/build}/pcsc-trace
	nic=$(lspci -Dnd 8086:10d3 | cut -d' ' -f1)
	nvme=$(lspci -Dnd 1b36:0010 | head -n1 | cut -d' ' -f1)
	rng=$(lspci -Dnd 1af4:1044 | cut -d' ' -f1)
	port=$(basename "$(dirname "$(realpath "/sys/bus/pci/devices/$nvme")")")
}

record() {
	"$trace" record -o rec "$@"
}

report() {
	"$trace" report -j rec >rec.json
}

# field FUNCTION REGISTER WIDTH FIELD: of the accesses by user space
field() {
	jq -r --arg f "$1" --argjson o $(($2)) --argjson w "$3" \
		".registers[] | select(.function == \$f and .offset == \$o and .width == \$w and .by == \"user\") | .$4" \
		rec.json
}

# total FIELD...
total() {
	jq -r ".$1" rec.json
}

# one_sentence TEXT: the run printed one line, and it says so
# shellcheck disable=SC2154 # bats' run has set them
one_sentence() {
	echo "$output"
	((${#lines[@]} == 1))
	[[ $output == *"$1"* ]]
}
