#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Never a wrong value, whatever happens meanwhile: two processors read everything
# and ask hardware before and after, behind the kernel's back. Topology small,
# --append iomem=relaxed. Long: PCSC_STORM_READS=1000000
# PCSC_STORM_ROUNDS=20.

bats_require_minimum_version 1.5.0
load ../guest/common

setup_file() {
	common_setup_file
}

setup() {
	nic=$(device 0200)
}

teardown() {
	common_teardown
}

# start PROFILE: the helper, on, nothing verified: what is held is what is told
start() {
	insmod "$module" verify=0
	"$ctl" load "$1"
	"$ctl" mode on
}

@test "a value that hardware changed unseen is told" {
	start "$lie"
	setpci -s "$nic" INTERRUPT_LINE >/dev/null
	old=$(setpci -s "$nic" INTERRUPT_LINE)
	setpci -A intel-conf1 -s "$nic" INTERRUPT_LINE=55
	# a wider read, which hardware answers, would show the helper its mistake
	run -1 "$build/tests/witness" -w 1 -n 20000
	[[ $output == *"$nic 0x03c, 1 bytes: the kernel says"* ]]
	setpci -A intel-conf1 -s "$nic" INTERRUPT_LINE="$old"
	"$ctl" flush
	"$build/tests/witness" -n 2000
}

# rounds: and the end is told to the witness
rounds() {
	"$BATS_TEST_DIRNAME/storm" "${PCSC_STORM_ROUNDS:-1}" >"$BATS_TEST_TMPDIR/said" 2>&1 ||
		echo "the storm ended with status $?" >>"$BATS_TEST_TMPDIR/said"
	touch "$BATS_TEST_TMPDIR/end"
}

@test "resets, hotplug, suspend, VFs, errors: 0 violations" {
	start "$specification"
	rounds 3>&- &
	run "$build/tests/witness" -n "${PCSC_STORM_READS:-40000}" -u "$BATS_TEST_TMPDIR/end" \
		-S "${SEED:-1}"
	wait
	printf '# %s\n' "${lines[@]}" >&3
	echo "# $(value 'Cache Hits') hits, $(value 'Device Resets') resets seen since mode on" >&3
	cat "$BATS_TEST_TMPDIR/said"
	[ ! -s "$BATS_TEST_TMPDIR/said" ]
	[ "$status" = 0 ]
	[ "$(value Mismatches)" = 0 ]
	[ "$(value 'Cache Hits')" -gt 0 ]
}
