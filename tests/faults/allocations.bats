#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Every allocation fails once: whatever the helper does is then refused with
# -ENOMEM, or done with less; it can be done again, and nothing is lost. On the
# debug kernel (tools/kernel debug), topology small; kmemleak has the last word.

bats_require_minimum_version 1.5.0
load ../guest/common

setup_file() {
	common_setup_file
	export inject=/sys/kernel/debug
	local kind
	for kind in failslab fail_page_alloc; do
		echo N >$inject/$kind/ignore-gfp-wait
		echo 0 >$inject/$kind/verbose
	done
	echo 0 >$inject/fail_page_alloc/min-order
}

setup() {
	nvme=$(device 0108) nic=$(device 0200)
}

teardown() {
	for kind in failslab fail_page_alloc; do
		echo 0 >$inject/$kind/require-start
		echo 0xffffffffffffffff >$inject/$kind/require-end
	done
	if [[ -e /sys/bus/pci/devices/$nvme/driver ]]; then
		"$scenario" vfs "$nvme" 0
	fi
	common_teardown
}

# Only allocations with the helper among their callers
only_ours() {
	local start size
	start=$(</sys/module/pci_pcsc/sections/.text)
	size=$(</sys/module/pci_pcsc/coresize)
	for kind in failslab fail_page_alloc; do
		echo "$start" >$inject/$kind/require-start
		printf '0x%x' $((start + size)) >$inject/$kind/require-end
	done
}

# each_fails BEFORE AFTER OPERATION ARGUMENT...: until there is none left to fail.
# AFTER undoes it, done or not; prints how many there were.
each_fails() {
	local before=$1 after=$2 n=0 said refused=0
	shift 2
	while :; do
		n=$((n + 1))
		$before
		said=$("$build/tests/once" "$n" "$@") || [[ $? == 3 ]]
		$after
		case $said in
		'reached 0') ;;
		reached*) refused=$((refused + 1)) ;;
		'over 0') break ;;
		*) echo "$* failed, though no allocation did: $said" && return 1 ;;
		esac
	done
	echo "# $1 ${2##*/}: $((n - 1)) allocations failed, one at a time; $refused refused it" >&3
	((n > 1))
}

gone() {
	[[ ! -e /sys/module/pci_pcsc ]] || rmmod pci_pcsc
}

# It is what was answered; then off
off() {
	case $said in
	*' 0') [ "$(cat $sys/mode)" = on ] ;;
	*) [ "$(cat $sys/mode)" = off ] ;;
	esac
	"$ctl" mode off
}

answers() {
	setpci -s "$nic" HEADER_TYPE HEADER_TYPE >/dev/null
}

@test "the module is loaded, or not" {
	# a file system of the host's would have allocations of its own
	cp "$module" "$BATS_TEST_TMPDIR/copy.ko"
	each_fails true gone insmod "$BATS_TEST_TMPDIR/copy.ko"
}

# In force: its name, its CRC, how many models
profile() {
	"$ctl" -j info | jq -c '[.profile, .profile_crc32, .models]'
}

lie_again() {
	"$ctl" load "$lie"
}

# The old one if it was refused, else the new one, of each_fails' answer
whole() {
	case $said in
	*' 0') [ "$(profile)" = "$new" ] ;;
	*) [ "$(profile)" = "$old" ] ;;
	esac
}

@test "a profile is taken as a whole, or not at all" {
	insmod "$module"
	"$ctl" load "$lie"
	old=$(profile)
	"$ctl" load "$specification"
	new=$(profile)
	[ "$old" != "$new" ]
	only_ours
	each_fails lie_again whole load "$specification"
}

@test "the mode is on, or it is off" {
	insmod "$module"
	"$ctl" load "$specification"
	only_ours
	each_fails true off write $sys/mode on
	"$ctl" mode on
	answers
	[ "$(value 'Cache Hits')" -gt 0 ]
}

no_vfs() {
	"$scenario" vfs "$nvme" 0
}

@test "functions that come while it is on" {
	insmod "$module"
	"$ctl" load "$specification"
	"$scenario" vfs "$nvme" 0 # its driver
	"$ctl" mode on
	only_ours
	each_fails true no_vfs write "/sys/bus/pci/devices/$nvme/sriov_numvfs" 4
	answers
}

no_limit() {
	"$ctl" -s "$nic" mode on
}

@test "limits and events" {
	insmod "$module"
	"$ctl" load "$specification"
	"$ctl" mode on
	only_ours
	each_fails true no_limit limit "$(cut -d: -f2 <<<"$nic")" 0
	each_fails true true read /dev/pci_pcsc
	"$ctl" events >/dev/null
	answers
}
