#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Suspend to RAM, by what devices show before and after it (topology small), with and
# without the helper. In a guest of tools/guest --suspend it is real, and QEMU resets
# every device; in any other the kernel goes as far as pm_test=core, and none is.

bats_require_minimum_version 1.5.0

setup_file() {
	export top="$BATS_TEST_DIRNAME/../.."
	export build="${PCSC_BUILD:-$top/build}"
	export module="$build/module-${PCSC_KERNEL:-6.12}/pci_pcsc.ko"
	export ctl="$build/pcsc-ctl" profile="$build/pcsc-profile"
	export sys=/sys/bus/pci/pcsc
	export built_in=''
	[[ ! -d /sys/module/pci_pcsc ]] || built_in=yes
	export specification="$BATS_FILE_TMPDIR/specification.pcsc"
	"$profile" generate --specification -o "$BATS_FILE_TMPDIR/specification.json"
	"$profile" compile "$BATS_FILE_TMPDIR/specification.json" -o "$specification"
}

setup() {
	nvme=$(device 0108) nic=$(device 0200)
}

teardown() {
	if [[ -e $sys ]]; then
		"$ctl" mode off
		[[ $built_in ]] || rmmod pci_pcsc
	fi
	vfs 0
}

# loaded: the helper, unless it is in the kernel, with the specification's profile
loaded() {
	[[ $built_in ]] || insmod "$module"
	"$ctl" load "$specification"
}

# device CLASS: the first function of a class
device() {
	lspci -D -d "::$1" | head -n 1 | cut -d' ' -f1
}

vfs() {
	"$top/tools/guest.d/scenario" vfs "$nvme" "$1"
}

to_sleep() {
	local way=suspend-test
	[[ ! ${PCSC_SUSPEND:-} ]] || way=suspend
	"$top/tools/guest.d/scenario" $way
}

# data ADDRESS: the MSI data that no driver has asked for, so nobody restores it
data() {
	setpci -s "$1" CAP_MSI+c.w
}

# kept ADDRESS: what the kernel saves and restores
kept() {
	setpci -s "$1" COMMAND CACHE_LINE_SIZE INTERRUPT_LINE \
		BASE_ADDRESS_0 BASE_ADDRESS_1 | tr '\n' ' '
}

# change ADDRESS: so that nothing is as a reset leaves it
change() {
	setpci -s "$1" COMMAND=0107 CACHE_LINE_SIZE=20 INTERRUPT_LINE=5a
	[[ $(kept "$1") == "0107 20 5a "* ]]
}

@test "daemons find /var as they want it" {
	for d in cache lib log tmp run lock; do
		touch "/var/$d/here"
		rm "/var/$d/here"
	done
}

@test "what the kernel does not restore is lost if the machine slept, and only then" {
	setpci -s "$nic" CAP_MSI+c.w=1234
	[ "$(data "$nic")" = 1234 ]
	to_sleep
	if [[ ${PCSC_SUSPEND:-} ]]; then
		[ "$(data "$nic")" = 0000 ]
	else
		[ "$(data "$nic")" = 1234 ]
	fi
}

@test "what the kernel saved is there again: Command, BARs, AER's masks" {
	change "$nic"
	setpci -s "$nic" ECAP_AER+14.l=1000
	change "$nvme"
	nic_before=$(kept "$nic") nvme_before=$(kept "$nvme")
	to_sleep
	[ "$(kept "$nic")" = "$nic_before" ]
	[ "$(kept "$nvme")" = "$nvme_before" ]
	[ "$(setpci -s "$nic" ECAP_AER+14.l)" = 00001000 ]
}

@test "a device that was in D3hot is in D0" {
	setpci -s "$nic" CAP_PM+4.w=3:3
	[ "$(($(setpci -s "$nic" CAP_PM+4.b | sed s/^/0x/) & 3))" = 3 ]
	to_sleep
	[ "$(($(setpci -s "$nic" CAP_PM+4.b | sed s/^/0x/) & 3))" = 0 ]
}

@test "every function is still there, and ACPI still has its registers" {
	before=$(lspci -nn)
	lpc=$(setpci -s 00:1f.0 40.l 44.b f0.l)
	bridge=$(setpci -s 00:00.0 60.l)
	to_sleep
	[ "$(lspci -nn)" = "$before" ]
	[ "$(setpci -s 00:1f.0 40.l 44.b f0.l)" = "$lpc" ]
	[ "$(setpci -s 00:00.0 60.l)" = "$bridge" ]
}

# QEMU 7.2 drops the VFs of a PF that it resets and leaves VF Enable set: the kernel
# believes they are there. A VF is gone from the bus as if it had been pulled out.
@test "VFs answer again; after a real sleep QEMU 7.2 has dropped them, VF Enable is still set" {
	vfs 4
	before=$(lspci -n)
	[ "$(grep -c ' 0108: ' <<<"$before")" = 5 ]
	control=$(setpci -s "$nvme" ECAP_SRIOV+8.w)
	vf=$(basename "$(readlink "/sys/bus/pci/devices/$nvme/virtfn3")")
	setpci -s "$vf" COMMAND=0004
	to_sleep
	[ "$(lspci -n)" = "$before" ]
	[ "$(setpci -s "$nvme" ECAP_SRIOV+8.w)" = "$control" ]
	if [[ ${PCSC_SUSPEND:-} ]]; then
		[ "$(setpci -s "$vf" COMMAND)" = ffff ]
		vfs 0
		vfs 4
		[ "$(setpci -s "$vf" COMMAND)" = 0000 ]
	else
		[ "$(setpci -s "$vf" COMMAND)" = 0004 ]
	fi
}

# all NAME: every byte of every function, as it is read now
all() {
	lspci -xxxx >"$BATS_TEST_TMPDIR/$1"
}

hits() {
	sed -n 's/^Cache Hits: //p' "$sys/stats"
}

# served_is_true: over a sleep, and the cache is used before and after it
served_is_true() {
	all before
	all before
	to_sleep
	all after
	hits=$(hits)
	all served
	[ "$(hits)" -gt "$hits" ]
	"$ctl" mode off
	all truth
	diff "$BATS_TEST_TMPDIR/truth" "$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/truth" "$BATS_TEST_TMPDIR/served"
}

@test "with the helper on: restored as without it, and what it serves is what devices have" {
	loaded
	setpci -s "$nic" CAP_MSI+c.w=1234 ECAP_AER+14.l=1000
	"$ctl" mode on
	change "$nvme"
	nvme_before=$(kept "$nvme")
	served_is_true
	[ "$(kept "$nvme")" = "$nvme_before" ]
	[ "$(setpci -s "$nic" ECAP_AER+14.l)" = 00001000 ]
}

# all_held: bytes, of all functions
all_held() {
	"$ctl" -j state | jq '[.functions[].valid_bytes] | add'
}

@test "with the helper on: every line begins empty after a sleep" {
	loaded
	"$ctl" mode on
	all before
	before=$(all_held)
	to_sleep
	# what the kernel has read since is held again
	[ "$(all_held)" -lt $((before / 2)) ]
	all after
	[ "$(all_held)" -gt $((before / 2)) ]
}

@test "with the helper on: VFs that did not come back are not served" {
	loaded
	vfs 4
	"$ctl" mode on
	served_is_true
}

@test "in shadow: no mismatch before, over and after suspend" {
	loaded
	vfs 4
	"$ctl" mode shadow
	all before
	to_sleep
	all after
	all again
	grep -q '^Would-be Hits: [1-9]' "$sys/stats"
	grep '^Mismatches' "$sys/stats"
	grep -q '^Mismatches: 0' "$sys/stats"
}
