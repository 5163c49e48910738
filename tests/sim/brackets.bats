#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The helper over simulated functions: each reset that is a write, and what
# becomes of those it concerns; who does not answer; who changes; when we read.

bats_require_minimum_version 1.5.0
load ../guest/common
load simulated

setup_file() {
	common_setup_file
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
}

teardown_file() {
	rmmod pcsc_sim
}

# Functions as new, all of them read, all of them held
setup() {
	cat "$BATS_TEST_DIRNAME/examples/brackets.sim" >$sim/config
	control add
	serve "$specification" verify=0
}

teardown() {
	common_teardown
	control remove
	[[ ! -e /sys/module/pcsc_beside ]] || rmmod pcsc_beside
}

serve() {
	insmod "$module" "${@:2}"
	"$ctl" load "$1"
	"$ctl" mode on
	fill
}

# served_again FUNCTION: once it has shown who it is
served_again() {
	reg "$1" VENDOR_ID.l REVISION.l HEADER_TYPE >/dev/null
	[ "$(state "$1" 'bypassed | length')" = 0 ]
}

@test "FLR: pending until the identity was seen; what is const survives" {
	before=$(held 03:00.0)
	[ "$before" -gt 20 ]
	control 03:00.0 rrs 4000 # so that it stays pending while we look
	reg 03:00.0 68.w=8000:8000
	is 03:00.0 pending
	run ! is 03:00.1 pending
	until_true 20 served_again 03:00.0
	fill
	[ "$(held 03:00.0)" = "$before" ]
}

@test "Advanced Features FLR: likewise" {
	control 04:00.0 rrs 4000
	reg 04:00.0 a4.b=1
	is 04:00.0 pending
	until_true 20 served_again 04:00.0
}

@test "CXL reset: likewise, all functions of the device" {
	for function in 04:00.0 04:00.1; do
		until_true 20 served_again $function
	done
	reg 04:00.0 110.w=8
	control 04:00.1 rrs 4000 # so that it stays pending while we look
	control 04:00.1 flr-internal
	run ! is 04:00.1 pending
	reg 04:00.0 110.w=4
	is 04:00.1 pending
}

# As a driver: user space, and we, are kept out meanwhile
as_driver() {
	local parameters=/sys/module/pcsc_beside/parameters
	echo "10000:03:00.0 ${*:2}" >$parameters/"$1"
}

@test "a word of the IDs is no identity" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	as_driver hold 1
	as_driver put 69 80
	as_driver ask 0 2
	as_driver ask 2 2
	is 03:00.0 pending
	as_driver ask 0 4
	run ! is 03:00.0 pending
	as_driver hold 0
}

# A reset of the kernel's that is FLR and 250 ms of waiting, hooked
@test "a device-specific reset: a bracket around it, and the line begins empty" {
	until_true 20 served_again 04:00.1
	fill
	[ "$(held 04:00.1)" -gt 20 ]
	echo device_specific >/sys/bus/pci/devices/10000:04:00.1/reset_method
	control 04:00.1 rrs 4000 # so long that we can look
	echo 1 >/sys/bus/pci/devices/10000:04:00.1/reset &
	until_true 3 is 04:00.1 reset
	wait $!
	run ! is 04:00.1 reset
	# the kernel's restoring reads the header, no more
	[ "$(held 04:00.1)" -lt 20 ]
	until_true 20 served_again 04:00.1
}

@test "D3hot: bypassed until D0, then pending" {
	reg 03:00.0 44.w=3
	is 03:00.0 power
	reg 03:00.0 44.w=0
	run ! is 03:00.0 power
	[ "$(value 'Device Resets')" -ge 1 ]
	until_true 20 served_again 03:00.0
}

# bats test_tags=long
@test "a function that sleeps when the mode leaves off has a line, and is pending when it wakes" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	"$ctl" mode off
	echo "10000:03:00.0 3" >/sys/module/pcsc_beside/parameters/power
	"$ctl" mode on
	is 03:00.0 power
	resets=$(value 'Device Resets')
	echo "10000:03:00.0 0" >/sys/module/pcsc_beside/parameters/power
	run ! is 03:00.0 power
	[ "$(value 'Device Resets')" -gt "$resets" ]
	until_true 20 served_again 03:00.0
}

# has_map FUNCTION: something of it can be served
has_map() {
	[ "$(state "$1" const_bytes)" -gt 0 ]
}

# Firmware, or the last kernel, has left it there, and no driver has come yet
# bats test_tags=long
@test "a function that sleeps without a driver has a line, though the kernel has not looked" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	"$ctl" mode off
	as_driver put 44 3
	"$ctl" mode on
	fill
	is 03:00.0 power
	control 03:00.0 set 84 4 10012
	as_driver put 44 0
	run ! is 03:00.0 power
	until_true 20 served_again 03:00.0
	changed 03:00.0 84.l 00010012
}

# bats test_tags=long
@test "a function that sleeps though the kernel takes it to be awake has a line" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	"$ctl" mode off
	echo "10000:03:00.0 0" >/sys/module/pcsc_beside/parameters/power # it looks
	as_driver put 44 3
	"$ctl" mode on
	fill
	is 03:00.0 power
	as_driver put 44 0
	run ! is 03:00.0 power
	until_true 20 served_again 03:00.0
}

# open_at_first PORT REGISTER VALUE MASK FUNCTION: it is held while that is set
open_at_first() {
	"$ctl" mode off
	reg "$1" "$2=$3:$4"
	"$ctl" mode on
	is "$5" above
	reg "$1" "$2=0:$4"
	run ! is "$5" above
}

@test "a reset that was begun before the mode left off is ended by its end" {
	open_at_first 02:00.0 BRIDGE_CONTROL.w 40 40 03:00.0
	open_at_first 02:00.0 50.w 10 10 03:00.0
	open_at_first 00:01.0 BRIDGE_CONTROL.w 40 40 04:00.0
}

# bats test_tags=long
@test "a function that slept when the mode left off gets its map when it wakes" {
	before=$(held 03:00.0)
	d=/sys/bus/pci/devices/10000:03:00.0/power
	"$ctl" mode off
	echo auto >$d/control
	until_true 10 grep -q suspended $d/runtime_status
	"$ctl" mode on
	run ! has_map 03:00.0
	echo on >$d/control
	fill
	until_true 5 has_map 03:00.0
	fill
	[ "$(held 03:00.0)" = "$before" ]
}

@test "a port that slept when the mode left off: what is below gets its map with it" {
	before=$(held 04:00.0)
	"$ctl" mode off
	port=/sys/bus/pci/devices/$(port 10000:04:00.0)/power
	all="$(echo /sys/bus/pci/devices/10000:*/power)"
	for d in $all; do echo auto >"$d/control"; done
	until_true 10 grep -q suspended "$port/runtime_status"
	"$ctl" mode on
	run ! has_map 04:00.0
	for d in $all; do echo on >"$d/control"; done
	fill
	until_true 10 has_map 04:00.0
	fill
	[ "$(held 04:00.0)" = "$before" ]
}

# walk_reads_of COMMAND...: how many it made
walk_reads_of() {
	local before
	before=$(value 'Walk Reads')
	"$@" >&2
	echo $(($(value 'Walk Reads') - before))
}

# written_while_walked FUNCTION: its reads take their time meanwhile; once nobody writes
# it may be walked again at once, so what walks read is counted from where the mode was off.
# A walk takes seconds then, since on a busy host whoever writes is late by more than one.
written_while_walked() {
	walks=$(walk_reads_of "$ctl" mode on)
	"$ctl" mode off
	walks=$((walks + $(value 'Walk Reads')))
	[[ -e /sys/module/pcsc_beside ]] ||
		insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	control "$1" delay 400000000
	"$ctl" mode on &
	while kill -0 $! 2>/dev/null; do
		echo "10000:$1 3c 0" >/sys/module/pcsc_beside/parameters/put
		sleep 0.01
	done
	control "$1" delay 0
}

walked_more() {
	[ "$(value 'Walk Reads')" -gt "$walks" ]
}

# Whether a bracket was opened, or bus numbers were moved, is not known then
@test "a function that is written to while it is walked is walked once more" {
	"$ctl" mode off
	written_while_walked 03:00.0
	until_true 10 walked_more
	fill
	until_true 5 served_again 03:00.0
}

# has_walked COUNT: the mode is on its way, so accesses come through us
has_walked() {
	[ "$(value 'Walk Reads')" -gt "$1" ]
}

# It is the kernel's own write, since one by user space keeps walks waiting
@test "a write that began before its port was walked: what is below is not kept meanwhile" {
	local walked mode write
	[[ -e /sys/module/pcsc_beside ]] ||
		insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	"$ctl" mode off
	walked=$(value 'Walk Reads')
	control 01:00.0 delay 200000000
	control 02:00.0 hold-writes 60000
	"$ctl" mode on &
	mode=$!
	until_true 10 has_walked "$walked"
	echo "10000:02:00.0 3e 40" >/sys/module/pcsc_beside/parameters/put &
	write=$!
	sleep 0.3
	control 01:00.0 delay 0
	wait $mode
	fill
	kill -0 $write # hardware is not in reset yet
	control 02:00.0 hold-writes 0
	wait $write
	[ "$(reg 03:00.0 84.l)" = ffffffff ] # DevCap2: what shows presence is hardware's
	until_true 10 is 03:00.0 above
	reg 02:00.0 BRIDGE_CONTROL.w=0
	until_true 20 served_again 03:00.0
}

# Nobody followed it, so it is not known to be a reset when it takes hold
@test "a write that began while its function was walked: it is not served meanwhile" {
	local mode write
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	"$ctl" mode off
	control 03:00.0 delay 300000000
	control 03:00.0 hold-writes 60000
	"$ctl" mode on &
	mode=$!
	sleep 2 # it is being walked; the ports above are known
	echo "10000:03:00.0 69 80" >/sys/module/pcsc_beside/parameters/put &
	write=$!
	sleep 0.3
	control 03:00.0 delay 0
	wait $mode
	for _ in {1..10}; do
		reg 03:00.0 VENDOR_ID.l REVISION.l HEADER_TYPE >/dev/null
		fill
		sleep 0.1
	done
	[ "$(state 03:00.0 hits)" = 0 ]
	kill -0 $write # hardware is not in reset yet
	control 03:00.0 set 84 4 10012
	control 03:00.0 hold-writes 0
	wait $write
	until_true 20 served_again 03:00.0
	fill
	[ "$(reg 03:00.0 84.l)" = 00010012 ]
}

# vf_written_while_lent: its sibling is walked, whose map it is to borrow
vf_written_while_lent() {
	local walked mode write
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	"$ctl" mode off
	walked=$(sim_reads 08:10.0)
	control 08:10.0 delay 1000000000
	control 08:10.3 hold-writes 60000
	"$ctl" mode on &
	mode=$!
	until_true 20 was_read 08:10.0 "$walked"
	echo "10000:08:10.3 69 80" >/sys/module/pcsc_beside/parameters/put &
	write=$!
	sleep 0.3
	control 08:10.0 delay 0
	wait $mode
	for _ in {1..10}; do
		fill
		sleep 0.1
	done
	[ "$(state 08:10.3 hits)" = 0 ]
	is 08:10.3 evaluating
	run ! is 08:10.4 evaluating
	kill -0 $write # hardware is not in reset yet
	control 08:10.3 set 84 4 10012
	control 08:10.3 hold-writes 0
	wait $write
	fill
	[ "$(reg 08:10.3 84.l)" = 00010012 ]
}

# sim_reads FUNCTION: how many hardware has answered
sim_reads() {
	awk -v f="10000:$1" '$1 == f { print $4 }' $sim/functions
}

was_read() {
	[ "$(sim_reads "$1")" -gt "$2" ]
}

# bats test_tags=long
@test "a write to a VF that began before it had borrowed a map: it is not served meanwhile" {
	with_vfs vf_written_while_lent
}

# The write that ends the reset reaches hardware first, and comes back last
@test "a reset that begins while another's end is on its way back: it is asked which came last" {
	local write
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	reg 02:00.0 BRIDGE_CONTROL.w=40:40
	is 03:00.0 above
	control 02:00.0 slow-write 60000
	echo "10000:02:00.0 3e 0" >/sys/module/pcsc_beside/parameters/put &
	write=$!
	until_true 5 changed 02:00.0 BRIDGE_CONTROL.w 0000
	reg 02:00.0 BRIDGE_CONTROL.w=40:40
	kill -0 $write
	control 02:00.0 slow-write 0
	wait $write
	for _ in {1..5}; do
		is 03:00.0 above
		[ "$(reg 03:00.0 84.l)" = ffffffff ]
		sleep 0.3
	done
	reg 02:00.0 BRIDGE_CONTROL.w=0:40
	until_true 20 served_again 03:00.0
}

# Whether it slept last is asked, if writes of both states were made meanwhile
@test "a function that is woken while it is walked is served" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	for _ in 1 2 3; do
		"$ctl" mode off
		reg 03:00.0 44.b=3
		control 03:00.0 delay 10000000
		"$ctl" mode on &
		while kill -0 $! 2>/dev/null; do
			as_driver put 44 3
			as_driver put 44 0
		done
		control 03:00.0 delay 0
		until_true 20 served_again 03:00.0
	done
}

# The kernel gives it all numbers first, and takes back what it has not needed
@test "a bridge that is found anew: what is behind it is served" {
	local bus
	reg 00:02.0 18.l=0
	echo 1 >/sys/bus/pci/devices/10000:00:02.0/remove
	echo 1 >/sys/bus/pci/rescan
	bus=$(reg 00:02.0 SECONDARY_BUS)
	until_true 20 served_again "$bus:00.0"
	fill
	[ "$(held "$bus:00.0")" -gt 20 ]
}

# It is walked after the port above, a second later; on a busy host before hardware denies it
@test "a bracket that hardware denies is closed when its port is walked again" {
	for _ in 1 2 3; do
		"$ctl" mode off
		reg 02:00.0 50.w=10:10
		written_while_walked 01:00.0
		control 02:00.0 set 50 2 0 # by somebody whom nobody sees
		! until_true 8 served_again 03:00.0 || return 0
	done
	false
}

# Its link was off before: it is walked again, too, but only a second later
@test "a port above that is walked again ends no bracket of a port below" {
	"$ctl" mode off
	reg 02:00.0 50.w=10:10
	written_while_walked 01:00.0
	is 03:00.0 above
	until_true 10 walked_more
	for n in {1..10}; do
		is 03:00.0 above
		sleep 0.1
	done
	reg 02:00.0 50.w=0:10
	run ! is 03:00.0 above
}

# bats test_tags=long
@test "a function that cannot be read at all: eight walks, and no more" {
	"$ctl" mode off
	control 03:00.0 remove-silently
	"$ctl" mode on
	run ! has_map 03:00.0
	sleep 11
	walks=$(value 'Walk Reads')
	sleep 3
	fill
	sleep 2
	[ "$(value 'Walk Reads')" = "$walks" ]
	control 03:00.0 reappear
	"$ctl" load "$specification"
	has_map 03:00.0
}

@test "a port in D3hot: nothing below is served" {
	reg 00:01.0 94.w=3
	is 00:01.0 power
	is 03:00.0 above
	is 04:00.0 above
	[ "$(reg 03:00.0 REVISION.l)" = ffffffff ]
	reg 00:01.0 94.w=0
	run ! is 03:00.0 above
}

@test "secondary bus reset: what is below, and only that" {
	control 03:00.0 rrs 4000
	reg 02:00.0 BRIDGE_CONTROL.w=40:40
	is 03:00.0 above
	is 03:00.1 above
	run ! is 04:00.0 above
	[ "$(reg 03:00.0 REVISION.l)" = ffffffff ]
	reg 02:00.0 BRIDGE_CONTROL.w=0:40
	run ! is 03:00.0 above
	is 03:00.0 pending
	until_true 20 served_again 03:00.0
}

@test "link disable and slot power: likewise" {
	reg 02:00.0 50.w=10:10
	is 03:00.0 above
	[ "$(reg 03:00.0 VENDOR_ID.l)" = ffffffff ]
	reg 02:00.0 58.w=400:400 # and power off, while the link is
	reg 02:00.0 50.w=0:10
	is 03:00.0 above # one of the two is still open
	reg 02:00.0 58.w=0:400
	run ! is 03:00.0 above
	until_true 20 served_again 03:00.0
}

@test "a presence or link event, acknowledged: all below begins empty" {
	for bits in 8 100 2; do
		until_true 20 served_again 03:00.0
		fill
		[ "$(held 03:00.0)" -gt 20 ]
		reg 00:01.0 5a.w=$bits
		[ "$(held 03:00.0)" = 0 ]
	done
	reg 00:01.0 5a.w=10 # command completed: nothing
	until_true 20 served_again 03:00.0
	fill
	reg 00:01.0 5a.w=10
	[ "$(held 03:00.0)" -gt 20 ]
}

@test "containment and surprise down, acknowledged: likewise" {
	reg 00:01.0 108.w=1
	[ "$(held 04:00.0)" = 0 ]
	until_true 20 served_again 03:00.0
	fill
	[ "$(held 03:00.0)" -gt 20 ]
	reg 00:01.0 144.l=20
	[ "$(held 03:00.0)" = 0 ]
}

@test "containment that a write asks for, ARI forwarding switched off: likewise" {
	reg 00:01.0 68.w=20
	for write in 106.w=40 68.w=0; do
		until_true 20 served_again 03:00.0
		fill
		[ "$(held 03:00.0)" -gt 20 ]
		reg 00:01.0 $write
		[ "$(held 03:00.0)" = 0 ]
	done
	until_true 20 served_again 03:00.0
	fill
	reg 00:01.0 106.w=8 # its interrupt is enabled: nothing
	reg 00:01.0 68.w=0 # ARI forwarding is off already: nothing
	reg 00:01.0 68.w=20 # on: nothing
	[ "$(held 03:00.0)" -gt 20 ]
}

@test "bus numbers: a function that moves is not the one that was there" {
	reg 02:00.0 SECONDARY_BUS=05
	is 03:00.0 moved
	[ "$(held 03:00.0)" = 0 ]
	[ "$(reg 03:00.0 REVISION.l)" = ffffffff ]
	reg 02:00.0 SECONDARY_BUS=03
	is 03:00.0 moved
}

answers() {
	[ "$(reg "$1" REVISION.l)" != ffffffff ]
}

@test "a PF's reset and its VF Enable take the VFs' lines with them" {
	modprobe pci-pf-stub
	d=/sys/bus/pci/devices/10000:08:00.0
	echo pci-pf-stub >$d/driver_override
	echo 10000:08:00.0 >/sys/bus/pci/drivers_probe
	echo 0 >$d/sriov_drivers_autoprobe
	echo 8 >$d/sriov_numvfs
	fill
	[ "$(held 08:10.3)" -gt 4 ]
	control 08:00.0 rrs 4000
	reg 08:00.0 68.w=8000:8000
	is 08:00.0 pending
	is 08:10.3 pending
	[ "$(held 08:10.3)" = 0 ]
	sleep 4 # the kernel takes the VFs' offset from what it reads when it disables them
	echo 0 >$d/sriov_numvfs
	is 08:10.3 gone
	echo 8 >$d/sriov_numvfs
	reg 08:10.3 COMMAND >/dev/null
	run ! is 08:10.3 gone
	# a VF is pending as long as its PF is, though it answers
	control 08:00.0 rrs 0
	# at once: setpci reads the IDs when it begins, which after a while would prove it
	reg 08:00.0 68.w=8000:8000 150.w=8 148.w=9:9
	until_true 5 answers 08:10.3
	is 08:10.3 pending
	reg 08:00.0 VENDOR_ID.l >/dev/null
	reg 08:10.3 REVISION.l >/dev/null
	run ! is 08:10.3 pending
	# VF Enable cleared by a write that the kernel knows nothing of
	fill
	[ "$(held 08:10.3)" -gt 0 ]
	reg 08:00.0 148.w=0:1
	is 08:10.3 gone
	[ "$(held 08:10.3)" = 0 ]
	reg 08:00.0 148.w=1:1
	sleep 0.3
	echo 0 >$d/sriov_numvfs
	echo 10000:08:00.0 >$d/driver/unbind
	modprobe -r pci-pf-stub
}

reset_pf() {
	echo flr >$d/reset_method
	echo 1 >$d/reset
	until_true 20 served_again 08:00.0
	reg 08:10.3 COMMAND >/dev/null
	[ "$(state 08:10.3 'bypassed | length')" = 0 ]
	fill
	hits=$(state 08:10.3 hits)
	reg 08:10.3 HEADER_TYPE >/dev/null
	[ "$(state 08:10.3 hits)" -gt "$hits" ]
}

# What its driver writes is no reset, so nobody else says that the VFs may be looked for
written_while_vfs_are_looked_for() {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	control 08:00.0 delay 100000000
	reg 08:00.0 68.w=8000:8000
	control 08:00.0 set 148 1 1 # a card that keeps its VFs
	sleep 0.2
	reg 08:00.0 VENDOR_ID.l >/dev/null
	end=$((SECONDS + 5))
	while ((SECONDS < end)); do
		echo '10000:08:00.0 d0 1' >/sys/module/pcsc_beside/parameters/put
	done &
	is 08:10.3 above
	wait $!
	control 08:00.0 delay 0
	sleep 3
	run ! is 08:10.3 above
	run ! is 08:00.0 pending
}

reset_after_a_lie() {
	local read=INTERRUPT_LINE vf
	for vf in 08:10.2 08:10.3; do
		reg $vf COMMAND $read $read >/dev/null
	done
	hits=$(state 08:10.3 hits)
	[ "$hits" -gt 0 ]
	control 08:10.2 set 3c 1 77
	[ "$(reg 08:10.2 $read)" = 77 ]
	until_true 5 is 08:10.2 quarantine
	sleep 0.5
	echo flr >$d/reset_method
	echo 1 >$d/reset
	until_true 20 served_again 08:00.0
	hits=$(state 08:10.3 hits)
	reg 08:10.3 COMMAND $read $read $read >/dev/null
	[ "$(state 08:10.3 'bypassed | length')" = 0 ]
	[ "$(state 08:10.3 hits)" = "$hits" ]
	[ "$(value Mismatches)" = 1 ]
}

@test "a PF's reset does not clear the mismatch of another VF's bytes" {
	common_teardown
	serve "$lie" verify=1
	d=/sys/bus/pci/devices/10000:08:00.0
	with_vfs reset_after_a_lie
}

# Neither is it to be served, nor its VFs, which ask only whether it is there
told_pf() {
	"$ctl" -s 10000:08:00.0 mode off
	echo flr >$d/reset_method
	echo 1 >$d/reset
	until_true 10 not_pending
	reg 08:10.3 COMMAND >/dev/null
	[ "$(state 08:10.3 'bypassed | length')" = 0 ]
	"$ctl" -s 10000:08:00.0 mode on
}

not_pending() {
	! is 08:00.0 pending
}

# bats test_tags=long
@test "a PF whose mode is off shows its identity all the same, for its VFs" {
	d=/sys/bus/pci/devices/10000:08:00.0
	with_vfs told_pf
}

@test "a PF's reset by the kernel, which brings its VFs back: they are served again" {
	d=/sys/bus/pci/devices/10000:08:00.0
	with_vfs reset_pf
}

@test "a PF that is written to while its VFs are looked for: they are served again" {
	with_vfs written_while_vfs_are_looked_for
}

@test "a wait for a device that says 'ask again' is not ended from memory" {
	echo flr >/sys/bus/pci/devices/10000:03:00.0/reset_method
	control 03:00.0 rrs 700
	started=${EPOCHREALTIME/./}
	echo 1 >/sys/bus/pci/devices/10000:03:00.0/reset
	took=$((${EPOCHREALTIME/./} - started))
	echo "# the kernel waited $((took / 1000)) ms" >&3
	((took >= 700000))
	# what was read meanwhile was not kept
	[ "$(reg 03:00.0 VENDOR_ID.l)" = 30001234 ]
	[ "$(value Mismatches)" = 0 ]
}

@test "'ask again' is not kept as an identity, whoever reads it" {
	"$ctl" flush
	control 03:00.0 rrs 1500
	control 03:00.0 flr-internal # no write of ours: no bracket either
	[ "$(reg 03:00.0 VENDOR_ID.l)" = ffff0001 ]
	sleep 2
	[ "$(reg 03:00.0 VENDOR_ID.l)" = 30001234 ]
	[ "$(reg 03:00.0 VENDOR_ID.l)" = 30001234 ]
}

@test "no answer is no mismatch" {
	common_teardown
	serve "$specification" verify=1
	fill
	control 03:00.0 remove-silently
	[ "$(reg 03:00.0 HEADER_TYPE)" = ff ]
	control 03:00.0 reappear
	[ "$(reg 03:00.0 HEADER_TYPE)" = 80 ]
	[ "$(value Mismatches)" = 0 ]
	run ! is 03:00.0 quarantine
}

@test "no answer leaves nothing behind" {
	"$ctl" flush
	control 03:00.0 remove-silently
	fill
	[ "$(reg 03:00.0 HEADER_TYPE)" = ff ]
	[ "$(held 03:00.0)" = 0 ]
	control 03:00.0 reappear
	[ "$(reg 03:00.0 HEADER_TYPE)" = 80 ]
	[ "$(reg 03:00.0 HEADER_TYPE)" = 80 ]
}

# all-ones, and hardware's alone, from the first on: FUNCTION REGISTER VALUE TIMES
gone_from_memory() {
	local found
	found=$(setpci -s "10000:$1" $(yes "$2" | head -n "$4") | uniq)
	[ "$found" = "$3" ]
}

@test "a function that has stopped answering is not there from memory: IDs" {
	common_teardown
	serve "$specification" # 1 in 1,024 is verified
	control 03:00.0 remove-silently
	gone_from_memory 03:00.0 VENDOR_ID.l ffffffff 500
	is 03:00.0 absent
	is 03:00.0 pending
	[ "$(held 03:00.0)" = 0 ]
	control 03:00.0 reappear
	until_true 20 served_again 03:00.0
	run ! is 03:00.0 absent
	[ "$(value Mismatches)" = 0 ]
}

@test "a function that has stopped answering is not there from memory: Command, Status, what is cached" {
	for register in COMMAND.w STATUS.w 0c.l 64.w HEADER_TYPE; do
		until_true 20 served_again 03:00.0
		until_true 20 served_again 03:00.1
		fill
		[ "$(held 03:00.0)" -gt 20 ]
		control 03:00.0 remove-silently
		case $register in
		64.w | HEADER_TYPE) # served, so hardware has to be asked by somebody first
			reg 03:00.0 $register >/dev/null
			reg 03:00.0 60.l >/dev/null # flags and the interrupt number, which is not served
			;;
		*) reg 03:00.0 $register >/dev/null ;;
		esac
		is 03:00.0 absent
		[ "$(held 03:00.0)" = 0 ]
		gone_from_memory 03:00.0 68.b ff 3
		run ! is 03:00.1 absent
		control 03:00.0 reappear
	done
}

@test "a port that has stopped answering: all below is pending, and empty" {
	[ "$(held 04:00.0)" -gt 20 ]
	control 02:00.0 remove-silently
	[ "$(reg 02:00.0 COMMAND.w)" = ffff ]
	is 02:00.0 absent
	is 03:00.0 pending
	is 03:00.1 pending
	[ "$(held 03:00.0)" = 0 ]
	run ! is 04:00.0 pending
	control 02:00.0 reappear
}

@test "'ask again' out of nothing is a reset, whoever reads it" {
	common_teardown
	serve "$specification"
	[ "$(held 03:00.0)" -gt 20 ]
	control 03:00.0 rrs 1500
	control 03:00.0 flr-internal
	[ "$(reg 03:00.0 VENDOR_ID.w)" = 0001 ]
	is 03:00.0 pending
	[ "$(held 03:00.0)" = 0 ]
}

changed() {
	[ "$(reg "$1" "$2")" = "$3" ]
}

# stalled WRITER OFFSET BYTE READER [QUIET]: who writes it is stopped until the reader has
# been itself again for longer than the reset's QUIET, in seconds; then it takes hold
stalled() {
	[[ -e /sys/module/pcsc_beside ]] ||
		insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	fill
	until_true 20 changed "$4" 84.l 00000000 # DevCap2
	control "$1" hold-writes 60000
	echo "10000:$1 $2 $3" >/sys/module/pcsc_beside/parameters/put &
	sleep "${5:-0.3}"
	reg "$4" VENDOR_ID.l >/dev/null
	fill
	control "$4" set 84 4 10012
	control "$1" hold-writes 0
	wait $!
	until_true 20 served_again "$4"
	fill
	changed "$4" 84.l 00010012
}

@test "stopped before its FLR takes hold: what others read meanwhile is forgotten" {
	stalled 03:00.0 69 80 03:00.0
}

# bats test_tags=long
@test "stopped before its Advanced Features FLR takes hold: likewise" {
	control 04:00.0 rrs 0
	stalled 04:00.0 a4 1 04:00.0
}

# bats test_tags=long
@test "stopped before its BIST takes hold: likewise" {
	stalled 03:00.0 f 40 03:00.0 2.2
}

# bats test_tags=long
@test "stopped before an event is acknowledged: likewise" {
	stalled 02:00.0 5a 8 03:00.0
}

# bats test_tags=long
@test "stopped on the way to D0: likewise" {
	reg 03:00.0 44.b=3
	stalled 03:00.0 44 0 03:00.0
}

# What outlives a reset from above is another's: firmware may have been activated
@test "a reset from above: what capabilities say is read again" {
	[ "$(reg 03:00.0 84.l)" = 00000000 ] # DevCap2
	reg 02:00.0 50.w=10:10
	control 03:00.0 set 84 4 10012
	reg 02:00.0 50.w=0:10
	until_true 20 served_again 03:00.0
	changed 03:00.0 84.l 00010012
}

@test "its own reset: what capabilities say is read again, except a VF's" {
	[ "$(reg 03:00.0 84.l)" = 00000000 ]
	reg 03:00.0 68.w=8000:8000
	control 03:00.0 set 84 4 10012
	until_true 20 served_again 03:00.0
	changed 03:00.0 84.l 00010012
}

@test "a write of BIST Start is a reset of two seconds" {
	started=${EPOCHREALTIME/./}
	reg 03:00.0 BIST.b=40
	is 03:00.0 pending
	[ "$(held 03:00.0)" = 0 ]
	until_true 20 served_again 03:00.0
	took=$((${EPOCHREALTIME/./} - started))
	((took >= 1900000))
}

@test "a write of which nobody knows what it does: it, and all that hangs on it, is read again" {
	[ "$(held 03:00.0)" -gt 20 ]
	reg 02:00.0 d0.l=1
	[ "$(held 02:00.0)" = 0 ]
	[ "$(held 03:00.0)" = 0 ]
	[ "$(held 04:00.0)" -gt 20 ]
	[ "$(reg 04:00.0 HEADER_TYPE)" = 80 ]
	control 04:00.0 set 0e 1 0
	reg 04:00.0 d0.l=1
	[ "$(reg 04:00.0 HEADER_TYPE)" = 00 ]
}

@test "with ARI function 0 speaks for all of its bus" {
	[ "$(reg 05:01.1 HEADER_TYPE)" = 80 ]
	[ "$(held 05:01.1)" -gt 10 ]
	reg 05:00.1 d0.l=1
	[ "$(held 05:01.1)" -gt 10 ]
	reg 05:00.0 d0.l=1
	[ "$(held 05:01.1)" = 0 ]
	control 05:01.1 set 0e 1 0
	reg 05:00.0 d0.l=1
	[ "$(reg 05:01.1 HEADER_TYPE)" = 00 ]
}

@test "a port whose slot is touched: its own bytes are read again" {
	[ "$(reg 02:00.0 64.l)" = 00000000 ] # DevCap2: AtomicOp completer
	control 02:00.0 set 64 4 80
	reg 02:00.0 5a.w=8
	changed 02:00.0 64.l 00000080
}

# The inner end of two brackets: link disable inside a secondary bus reset of a port above
@test "a bracket inside another does not end it" {
	reg 00:01.0 BRIDGE_CONTROL.w=40:40
	is 03:00.0 above
	reg 02:00.0 50.w=10:10
	reg 02:00.0 50.w=0:10
	is 03:00.0 above
	reg 00:01.0 BRIDGE_CONTROL.w=0:40
	run ! is 03:00.0 above
}

# A restore writes the dword of the interrupt line as it was, pin and all
@test "a restore of what is cached demotes nothing that the specification calls const" {
	before=$(held 03:00.0)
	reg 03:00.0 3c.l=0
	[ "$(value 'Demoted Bytes')" = 0 ]
	[ "$(held 03:00.0)" = "$before" ]
	reg 03:00.0 3c.l=100
	[ "$(value 'Demoted Bytes')" = 3 ]
}

# Its list of capabilities is a ring now: nobody knows where its resets are written
# bats test_tags=long
@test "a port with another layout: nothing below is served until it has been walked again" {
	control 02:00.0 set 41 1 40
	"$ctl" flush 10000:02:00.0 # so that its header is read again
	reg 02:00.0 40.w >/dev/null
	is 03:00.0 above
	[ "$(held 03:00.0)" = 0 ]
	sleep 2
	is 03:00.1 above
	run ! is 04:00.0 above
	control 02:00.0 set 41 1 0
	"$ctl" load "$specification"
	run ! is 03:00.0 above
	until_true 20 served_again 03:00.0
}


@test "below a port that cannot be followed nothing is served" {
	reg 09:00.0 REVISION.l REVISION.l REVISION.l >/dev/null
	[ "$(state 09:00.0 const_bytes)" = 0 ]
	[ "$(state 09:00.0 hits)" = 0 ]
	[ "$(state 03:00.0 const_bytes)" -gt 20 ]
}

@test "a hidden change of what is called constant is found, and not served again" {
	common_teardown
	serve "$specification" verify=16
	control 03:00.0 set 3e 1 77 # firmware, activated behind our back
	mapfile -t many < <(printf 'MIN_GNT\n%.0s' {1..200})
	wrong=$(reg 03:00.0 "${many[@]}" | grep -c '^00$' || true)
	echo "# found after $wrong wrong answers, at 1 in 16" >&3
	((wrong <= 160))
	[ "$(reg 03:00.0 MIN_GNT)" = 77 ]
	is 03:00.0 quarantine
	[ "$(value Mismatches)" = 1 ]
}

# scrub_all: compare what is held, as often as can be
scrub_all() {
	echo 1000 >/sys/module/pci_pcsc/parameters/scrub
}

# accesses SECONDS [FUNCTION]: how many reach it (03:00.0) in that time; nobody but us
# reads it
accesses() {
	control log clear
	sleep "$1"
	grep -c " 10000:${2:-03:00.0} " $sim/log || true
}

# after_write OFFSET: of the kernel's first access of 03:00.0 (user space's are
# made with interrupts disabled) after the first write there, how many
# nanoseconds it was later, and its offset
after_write() {
	grep ' 10000:03:00.0 ' $sim/log | awk -v where="$1" '
		written && !first && $8 == "t" { first = $1; at = $5 }
		$4 == "w" && $5 == where && !written { written = $1 }
		END { print first ? first - written " " at : "never" }'
}

# a_second_after OFFSET: and no sooner, but some time, we have read it again
a_second_after() {
	local first
	sleep 3
	first=$(after_write "$1")
	echo "# after $1 was written: $first" >&3
	[ "${first% *}" -ge 1000000000 ]
}

@test "our own reads: none within a second of a reset, none in D3hot" {
	scrub_all
	[ "$(accesses 1)" -gt 0 ]
	reg 04:00.0 a4.b=1 # so that identities are looked for soon
	sleep 0.6
	reg 03:00.0 68.w=8000:8000
	a_second_after 068
	# likewise if others have seen before who it is
	control log clear
	reg 03:00.0 68.w=8000:8000
	sleep 0.2
	served_again 03:00.0
	a_second_after 068
	reg 03:00.0 44.w=3
	[ "$(accesses 1.5)" = 0 ]
	reg 03:00.0 44.w=0
	a_second_after 044
}

# bats test_tags=long
@test "our own reads: none of a device that sleeps, none while the kernel keeps others out" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	d=/sys/bus/pci/devices/10000:03:00.0/power
	scrub_all
	echo auto >$d/control
	until_true 10 grep -q suspended $d/runtime_status
	[ "$(accesses 1.5)" = 0 ]
	grep -q suspended $d/runtime_status
	echo on >$d/control
	[ "$(accesses 1)" -gt 0 ]
	# a bridge's we look at only; the other's we would take
	for function in 03:00.0 02:00.0; do
		echo "10000:$function 1" >/sys/module/pcsc_beside/parameters/hold
		[ "$(accesses 1.5 $function)" = 0 ]
		echo "10000:$function 0" >/sys/module/pcsc_beside/parameters/hold
		[ "$(accesses 1 $function)" -gt 0 ]
	done
}

# bats test_tags=long
@test "our own reads: a driver that is bound just after a reset does not hasten them" {
	modprobe vfio-pci
	d=/sys/bus/pci/devices/10000:03:00.0
	echo vfio-pci >$d/driver_override
	control log clear
	reg 03:00.0 68.w=8000:8000
	echo 10000:03:00.0 >/sys/bus/pci/drivers_probe || true # needs an IOMMU: it was read before
	first=$(after_write 068)
	echo "# first: $first" >&3
	[ "${first#* }" != 000 ] || [ "${first% *}" -ge 100000000 ]
	[ ! -e $d/driver ] || echo 10000:03:00.0 >$d/driver/unbind
	modprobe -r vfio-pci
}

# read_ns: what a read of hardware takes, by the helper's running mean
read_ns() {
	local reads=$(($(value 'Hardware Reads') + $(value 'Writes')))
	echo $((1000 * $(value 'Total Hardware Access Time') / reads))
}

read_identity_since() {
	[ "$(value 'Identity Reads')" -gt "$1" ]
}

# The kernel's own reads are not timed, but ours of its identity after the reset
@test "our own reads: one that takes a second does not make all the others slow" {
	before=$(read_ns)
	own=$(value 'Identity Reads')
	control 03:00.0 delay 1000000000
	reg 03:00.0 68.w=8000:8000
	until_true 20 read_identity_since "$own"
	control 03:00.0 delay 0
	after=$(read_ns)
	echo "# $before ns, then $after ns" >&3
	[ "$before" -gt 0 ]
	[ "$after" -lt $((20 * before)) ]
}

# refused FUNCTION: how often in two seconds the lock was not to be had, while we scrub
refused() {
	echo "10000:$1 7d0" >/sys/module/pcsc_beside/parameters/try
	cat /sys/module/pcsc_beside/parameters/try
}

@test "our own reads: a reset for user space finds the lock of its functions and bridges free" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	to_user_space 03:00.1
	fill
	control all delay 500000
	scrub_all
	kernels=$(refused 03:00.0)
	echo "# refused: $kernels times of the kernel's function" >&3
	[ "$kernels" -gt 0 ]
	scrubbed=$(value 'Scrub Reads')
	[ "$(refused 02:00.0)" = 0 ]
	[ "$(refused 03:00.1)" = 0 ]
	[ "$(value 'Scrub Reads')" -gt "$scrubbed" ]
	control all delay 0
	from_user_space 03:00.1
}

@test "a link that drops and returns with nobody told: what is served is what hardware has" {
	control 02:00.0 link-down
	reg 03:00.0 REVISION.l HEADER_TYPE >/dev/null
	control 02:00.0 link-up
	for function in 03:00.0 03:00.1; do
		cat "/sys/bus/pci/devices/10000:$function/config" >"$BATS_TEST_TMPDIR/served"
		dd if=$sim/truth of="$BATS_TEST_TMPDIR/truth" bs=4096 count=1 status=none \
			skip=$((0x300 + ${function##*.}))
		cmp "$BATS_TEST_TMPDIR/served" "$BATS_TEST_TMPDIR/truth"
	done
	[ "$(state 03:00.0 hits)" -gt 0 ]
}
