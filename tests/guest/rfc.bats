#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The ways in which the RFC of October 2025 ("PCSC", linux-pci) was seen to crash or to
# tell stale values, but for suspend (scenarios/suspend.bats). Each is played with the
# helper off and on: both must show the same. Topology small.

bats_require_minimum_version 1.5.0
load common

setup_file() {
	common_setup_file
}

setup() {
	nvme=$(device 0108) nic=$(device 0200)
	insert verify=0
	"$ctl" load "$specification"
}

teardown() {
	common_teardown
	common_unplug
}

# alike PLAY: what it prints is the same with the helper off and on
alike() {
	local mode
	for mode in off on; do
		"$ctl" mode $mode
		"$@" >"$BATS_TEST_TMPDIR/$mode" 2>&1
	done
	cat "$BATS_TEST_TMPDIR/on"
	diff "$BATS_TEST_TMPDIR/off" "$BATS_TEST_TMPDIR/on"
}

bdf() {
	echo "/sys/bus/pci/devices/$1"
}

reset_by() {
	echo "$1" >"$(bdf "$2")/reset_method"
	echo 1 >"$(bdf "$2")/reset"
}

# Config space without what counts or trains by itself
shown() {
	lspci -vvvnn -s "$1"
}

unbind() {
	if [[ -e $(bdf "$1")/driver ]]; then
		echo "$1" >"$(bdf "$1")/driver/unbind"
	fi
}

bind() {
	echo "$2" >"$(bdf "$1")/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
}

unbind_then_flr() {
	modprobe pci-pf-stub
	bind "$nvme" pci-pf-stub
	shown "$nvme"
	unbind "$nvme"
	reset_by flr "$nvme"
	shown "$nvme"
}

@test "1a unbind a driver, then reset the function" {
	alike unbind_then_flr
}

@test "1b enable at run time, then reset a function that was there before" {
	"$ctl" mode on
	reset_by flr "$nvme"
	shown "$nvme" >"$BATS_TEST_TMPDIR/reset"
	"$ctl" mode off
	shown "$nvme" | diff "$BATS_TEST_TMPDIR/reset" -
}

reset_above_switch() {
	setpci -s "$1" BRIDGE_CONTROL.w=40:40
	sleep 0.05
	setpci -s "$1" BRIDGE_CONTROL.w=0:40
	sleep 0.3
	# the switch has forgotten its buses: nobody is below
	for d in /sys/bus/pci/devices/*; do
		setpci -s "${d##*/}" 0.w 4.w 18.b || echo "none of ${d##*/}"
	done
	echo 1 >"$(bdf "$2")/remove"
	echo 1 >/sys/bus/pci/rescan
	lspci -n
}

@test "1c a secondary bus reset above a switch" {
	up=$(lspci -D -d 104c:8232 | cut -d' ' -f1)
	alike reset_above_switch "$(port "$up")" "$up"
}

@test "2 reads with interrupts off, and from interrupt handlers" {
	"$ctl" mode on
	# sysfs reads under a raw lock with interrupts off; so does procfs
	cat /sys/bus/pci/devices/*/config /proc/bus/pci/*/* >/dev/null
	before=$(cut -d' ' -f1 /proc/loadavg)
	plug virtio-rng-pci # pciehp's handler reads Slot Status
	unplug
	[ "$(value 'Cache Hits')" -gt 0 ]
	[ -n "$before" ]
}

# At rest the link is up; down, all below reads as ones
through_link_down() {
	setpci -s "$1" CAP_EXP+10.w=10:10
	sleep 0.1
	setpci -s "$2" 0.l 8.l 2c.l 34.b
	setpci -s "$1" CAP_EXP+10.w=0:10
	sleep 0.5
	setpci -s "$2" 0.l 8.l 2c.l 34.b
}

@test "11 all-ones are not kept: unreachable, then reachable again" {
	alike through_link_down "$(port "$nvme")" "$nvme"
}

presence() {
	plug virtio-rng-pci >"$BATS_TEST_TMPDIR/where"
	f=$(cat "$BATS_TEST_TMPDIR/where")
	setpci -s "$f" VENDOR_ID.l REVISION.l
	p=$(port "$f")
	setpci -s "$p" BRIDGE_CONTROL.w=40:40
	setpci -s "$f" VENDOR_ID.l
	setpci -s "$p" BRIDGE_CONTROL.w=0:40
	unplug
	! [ -e "$(bdf "$f")" ]
}

@test "12 a device that is not there does not say that it is" {
	alike presence
	"$ctl" mode on
	f=$(plug virtio-rng-pci)
	# identity is never served below a hotplug port: every read asks hardware
	hits=$(served "$f" hits)
	setpci -s "$f" VENDOR_ID.l VENDOR_ID.l VENDOR_ID.l >/dev/null
	[ "$(served "$f" hits)" = "$hits" ]
	unplug
}

wide_write() {
	setpci -s "$nic" INTERRUPT_LINE MIN_GNT
	setpci -s "$nic" INTERRUPT_LINE.l=000000a5
	setpci -s "$nic" INTERRUPT_LINE MIN_GNT
	setpci -s "$nic" INTERRUPT_LINE.l=000000$1
	setpci -s "$nic" INTERRUPT_LINE
}

@test "13 a write that is wider than what is cached" {
	"$ctl" load "$lie"
	alike wide_write "$(setpci -s "$nic" INTERRUPT_LINE)"
	[ "$(served "$nic" demoted_bytes)" -ge 1 ]
}

@test "14 off, write, on: the new value" {
	"$ctl" load "$lie"
	"$ctl" mode on
	setpci -s "$nic" INTERRUPT_LINE=11
	setpci -s "$nvme" INTERRUPT_LINE >/dev/null
	"$ctl" mode off
	setpci -s "$nic" INTERRUPT_LINE=22
	old=$(setpci -s "$nvme" INTERRUPT_LINE)
	setpci -s "$nvme" INTERRUPT_LINE=33
	"$ctl" mode on
	[ "$(setpci -s "$nic" INTERRUPT_LINE)" = 22 ]
	[ "$(setpci -s "$nvme" INTERRUPT_LINE)" = 33 ]
	setpci -s "$nvme" INTERRUPT_LINE="$old"
}

@test "15 unbinding a driver does not end the caching" {
	"$ctl" mode on
	modprobe pci-pf-stub
	for step in unbound bound unbound-again; do
		[[ $step != bound ]] || bind "$nvme" pci-pf-stub
		[[ $step == bound ]] || unbind "$nvme"
		setpci -s "$nvme" HEADER_TYPE >/dev/null # fills
		hits=$(served "$nvme" hits)
		setpci -s "$nvme" HEADER_TYPE HEADER_TYPE HEADER_TYPE HEADER_TYPE >/dev/null
		echo "$step: $(($(served "$nvme" hits) - hits)) hits"
		[ "$(served "$nvme" hits)" -ge $((hits + 4)) ]
	done
}
