#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# What firmware does round the kernel, with the helper on: a reset by ACPI _RST, power
# taken by _PR3, writes of AML's. No write of the kernel's shows them; hooks do.
# Topology small, --seabios --iommu --acpi tests/scenarios/scenarios.asl.

bats_require_minimum_version 1.5.0
load ../guest/common

setup_file() {
	common_setup_file
}

setup() {
	nvme=$(device 0108) edu=0000:00:03.0
	rng=$(lspci -D -d 1af4:1044 | cut -d' ' -f1)
}

teardown() {
	common_teardown
	[[ ! -e /sys/module/pcsc_beside ]] || rmmod pcsc_beside
}

held() {
	served "$1" valid_bytes
}

# serve ADDRESS PARAMETER...: the helper on, all held that can be; prints how much
serve() {
	insmod "$module" verify=0 "${@:2}"
	"$ctl" load "$specification"
	"$ctl" mode on
	lspci -xxxx -s "$1" >/dev/null
	held "$1"
}

# What the kernel itself has read since is held again, far from all of it; what AML or
# the kernel has written never is
mostly() {
	(($(held "$1") > $2 / 2))
}

@test "_RST: a bracket, and the line begins empty" {
	before=$(serve "$edu")
	resets=$(value 'Device Resets')
	"$scenario" reset acpi "$edu"
	[ "$(value 'Device Resets')" -gt "$resets" ]
	run ! mostly "$edu" "$before"
	[ "$(served "$edu" 'bypassed | length')" = 0 ]
	lspci -xxxx -s "$edu" >/dev/null
	mostly "$edu" "$before"
}

# hits_of_a_driver ADDRESS: of eight reads; user space's wait until the reset is over
hits_of_a_driver() {
	local hits offset
	hits=$(value 'Cache Hits')
	for offset in 8 e 8 e 8 e 8 e; do
		echo "$1 $offset 1" >/sys/module/pcsc_beside/parameters/ask
	done
	echo $(($(value 'Cache Hits') - hits))
}

inside() {
	[ "$(served "$1" 'bypassed | contains(["reset"])')" = true ]
}

@test "_RST: hardware answers until it is over" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	serve "$edu" >/dev/null
	[ "$(hits_of_a_driver "$edu")" = 8 ]
	"$scenario" reset acpi "$edu" & # AML sleeps for 3 s
	until_true 3 inside "$edu"
	[ "$(hits_of_a_driver "$edu")" = 0 ]
	kill -0 $!
	wait $!
}

@test "an error and recovery: likewise" {
	setpci -s "$rng" COMMAND=100:100
	setpci -s "$(port "$rng")" COMMAND=100:100
	before=$(serve "$rng")
	"$scenario" aer vrng0 POISON_TLP # not fatal: nothing is written that resets
	run ! mostly "$rng" "$before"
	# its driver cannot recover
	"$scenario" remove "$rng"
	"$scenario" rescan
	lspci -xxxx -s "$rng" >/dev/null
	mostly "$rng" "$before"
}

@test "D3cold and back: likewise" {
	before=$(serve "$nvme")
	"$scenario" d3cold "$nvme"
	run ! mostly "$nvme" "$before"
	lspci -xxxx -s "$nvme" >/dev/null
	[ "$(served "$nvme" 'bypassed | length')" = 0 ]
	mostly "$nvme" "$before"
}

# writes_of_a_reset PARAMETER...: that the helper sees, the kernel's and AML's
writes_of_a_reset() {
	serve "$edu" "$@" >/dev/null
	"$scenario" reset acpi "$edu"
	served "$edu" writes
	common_teardown
}

@test "what AML writes is a write: demoted, bracketed, counted" {
	without=$(writes_of_a_reset hooks=0)
	with=$(writes_of_a_reset)
	echo "# $without writes of the kernel's, $with with AML's" >&3
	[ "$with" -gt "$without" ]
}

@test "without hooks none of this is seen" {
	before=$(serve "$edu" hooks=0)
	resets=$(value 'Device Resets')
	"$scenario" reset acpi "$edu"
	[ "$(value 'Device Resets')" = "$resets" ]
	mostly "$edu" "$before"
}
