#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# No read is answered with something older than the last change that was over.
# Runs in a guest, as root:
#   tools/guest -k VER -- "PCSC_KERNEL=VER bats tests/sim/stamps.bats"

bats_require_minimum_version 1.5.0

setup_file() {
	export build="${PCSC_BUILD:-$BATS_TEST_DIRNAME/../../build}"
	export kernel="${PCSC_KERNEL:-6.12}"
}

# stamps OPTION...: its output, commented
stamps() {
	run "$BATS_TEST_DIRNAME/stamps-guest" "$build" "$kernel" \
		"$build/module-$kernel/pci_pcsc.ko" "$@"
	printf '# %s\n' "${lines[@]}" >&3
}

@test "readers, changes, resets: no violation, and a fifth of the reads are hits" {
	stamps -n "${PCSC_SIM_STAMPS:-20000}" -S "${SEED:-1}"
	[ "$status" = 0 ]
	[[ $'\n'$output$'\n' == *$'\nviolations 0\n'* ]]
}

@test "too few hits are told" {
	stamps -n 2000 -s 99
	[ "$status" = 1 ]
	[[ $output == *"hits were less than 99%"* ]]
}
