#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# What is held outlives no event that does not keep it; who has stopped answering is not
# there from memory. In a guest, as root. PCSC_SURVIVAL=long, PCSC_REMOVAL=1000000: the
# long form; PCSC_SURVIVAL=first: only until something old is found

bats_require_minimum_version 1.5.0
load ../guest/common

setup_file() {
	common_setup_file
	export sim=/sys/kernel/debug/pcsc_sim
	export pf=/sys/bus/pci/devices/10000:08:00.0
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	modprobe pci-pf-stub
	echo log off >$sim/control
	cat "$BATS_TEST_DIRNAME/examples/survival.sim" >$sim/config
}

teardown_file() {
	modprobe -r pci-pf-stub
	rmmod pcsc_beside pcsc_sim
}

# Functions as new, the VFs there, nobody's
setup() {
	echo add >$sim/control
	echo 1 >$pf/enable # else the kernel restores BARs at each reset, and complains
	echo pci-pf-stub >$pf/driver_override
	echo 10000:08:00.0 >/sys/bus/pci/drivers_probe
	echo 0 >$pf/sriov_drivers_autoprobe
	echo 4 >$pf/sriov_numvfs
	# a port that sleeps while nothing is below it keeps the kernel from what is found there
	for port in /sys/bus/pci/devices/10000:*; do echo on >"$port/power/control"; done
	insmod "$module" verify=0
	"$ctl" load "$specification"
	"$ctl" mode on
}

teardown() {
	common_teardown
	echo 0 >$pf/sriov_numvfs
	echo 10000:08:00.0 >$pf/driver/unbind
	echo remove >$sim/control
}

# matrix EVENT...: its output, commented
matrix() {
	run "$build/tests/survival" ${PCSC_SURVIVAL:+"--$PCSC_SURVIVAL"} -S "${SEED:-1}" "$@"
	printf '# %s\n' "${lines[@]}" >&3
}

@test "the survival matrix: no read returns what was before the event" {
	matrix
	grep '^|' <<<"$output" >"$BATS_FILE_TMPDIR/table"
	[ "$status" = 0 ]
	[[ $'\n'$output$'\n' == *$'\nold 0\n'* ]]
}

@test "docs/survival.md has the table that was printed" {
	diff "$BATS_FILE_TMPDIR/table" <(grep '^|' "$top/docs/survival.md") >&3
}

# removal: its output, commented
removal() {
	run "$build/tests/removal" -n "${PCSC_REMOVAL:-50000}" -S "${SEED:-1}"
	printf '# %s\n' "${lines[@]}" >&3
	[ "$status" = 0 ] || { "$ctl" events | tail -n 40 && "$ctl" state; } | sed 's/^/# /' >&3
}

@test "removal in every mode: once absence was seen, no read returns anything older" {
	removal
	[ "$status" = 0 ]
	[[ $'\n'$output$'\n' == *$'\nviolations 0\n'* ]]
}
