#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The switch: off ends hits at once, whoever holds what, and comes back whatever a
# device or a driver does. And what an operator is told when there is no room. Over
# simulated functions.

bats_require_minimum_version 1.5.0
load ../guest/common
load simulated

setup_file() {
	common_setup_file
	export parameters=/sys/module/pcsc_beside/parameters
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
}

teardown_file() {
	rmmod pcsc_sim
}

setup() {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	cat "$BATS_TEST_DIRNAME/examples/brackets.sim" >$sim/config
	control add
	insmod "$module" verify=0
	"$ctl" load "$specification"
	"$ctl" mode on
	cat /sys/bus/pci/devices/10000:*/config >/dev/null
}

teardown() {
	[[ ! ${releases:-} ]] || kill "$releases" || true
	echo 0 >$parameters/hang
	echo 0 >$parameters/stack
	wait
	common_teardown
	control remove
	rmmod pcsc_beside
}

# give FUNCTION: to the driver that says it is user space's
give() {
	echo uio_pcsc >"/sys/bus/pci/devices/10000:$1/driver_override"
	echo "10000:$1" >/sys/bus/pci/drivers_probe
}

# hits_of COMMAND...: how many there are while it runs
hits_of() {
	local before
	before=$(value 'Cache Hits')
	"$@"
	echo $(($(value 'Cache Hits') - before))
}

read_much() {
	setpci -s 10000:03:00.0 HEADER_TYPE HEADER_TYPE HEADER_TYPE HEADER_TYPE >/dev/null
}

# in_time SECONDS COMMAND...: it is over by then, and succeeds; hits end within 100 ms
# and what it takes a program to begin here
in_time() {
	local us=${EPOCHREALTIME/./}
	timeout 5 "$ctl" --version >/dev/null
	us=$((2 * (${EPOCHREALTIME/./} - us) + 100000))
	timed "$@" &
	sleep $((us / 1000000)).$(printf %06d $((us % 1000000)))
	[ "$(hits_of read_much)" = 0 ]
	wait $!
}

timed() {
	local since=${EPOCHREALTIME/./}
	timeout "$@" || return
	echo "# ${*:2}: $(((${EPOCHREALTIME/./} - since) / 1000)) ms" >&3
}

hanging() {
	[ "$(cat $parameters/hanging)" = Y ]
}

# hang FUNCTION: its driver, in remove(), under the rescan lock; not for ever, so that
# a helper that waits for it is seen to and not waited for
hang() {
	give "$1"
	echo 1 >$parameters/hang
	echo 1 >"/sys/bus/pci/devices/10000:$1/remove" &
	until_true 5 hanging
	{ sleep 60; echo 0 >$parameters/hang; } 3>&- &
	releases=$!
}

@test "off while a driver hangs in remove(), which holds the rescan lock" {
	[ "$(hits_of read_much)" -gt 0 ]
	hang 03:00.1
	in_time 5 "$ctl" mode off
	hanging
	[ "$(cat $sys/mode)" = off ]
}

@test "limits, shadow and sysfs while a driver hangs in remove()" {
	hang 03:00.1
	for limit in '-s 10000:03:00.0' '-d 1234:3000' ''; do
		# shellcheck disable=SC2086 # an option and its value
		timeout 5 "$ctl" $limit mode shadow
		[ "$(hits_of read_much)" = 0 ]
		# shellcheck disable=SC2086
		timeout 5 "$ctl" $limit mode on
		[ "$(hits_of read_much)" -gt 0 ]
	done
	in_time 5 sh -c "echo off >$sys/mode"
	hanging
	[ "$(cat $sys/mode)" = off ]
}

# slow FUNCTION: forgotten, and each read of it takes a second
slow() {
	"$ctl" flush "10000:$1"
	control "$1" delay 1000000000
}

populating() {
	[ "$(value 'Populate Reads')" -gt "$populated" ]
}

@test "off while populate reads, a second each" {
	slow 04:00.1
	populated=$(value 'Populate Reads')
	give 04:00.1 &
	until_true 20 populating
	in_time 5 "$ctl" mode off
	[ "$(cat $sys/mode)" = off ]
}

@test "populate=off: nothing is read when a user-space driver takes a function" {
	common_teardown
	run ! insmod "$module" populate=never
	insmod "$module" verify=0 populate=off
	"$ctl" load "$specification"
	"$ctl" mode on
	give 04:00.1
	[ "$(value 'Populate Reads')" = 0 ]
	echo bind >/sys/module/pci_pcsc/parameters/populate
	give 04:00.0
	[ "$(value 'Populate Reads')" -gt 0 ]
}

# reads FUNCTION: that have reached it
reads() {
	awk -v f="$1" '$1 ~ f { print $4 }' $sim/functions
}

walking() {
	[ "$(reads 04:00.1)" -gt "$walked" ]
}

@test "off while a function's lists are walked, a second a read" {
	"$ctl" mode off
	control 04:00.1 delay 1000000000
	walked=$(reads 04:00.1)
	echo on >$sys/mode &
	until_true 20 walking
	in_time 5 "$ctl" mode off
	wait
	[ "$(cat $sys/mode)" = off ]
	control 04:00.1 delay 0
	"$ctl" mode on
	read_much
	[ "$(hits_of read_much)" -gt 0 ]
}

# keep_lock MS: the helper's own, as its work would that waits for a device
keep_lock() {
	local address
	address=$(awk '$3 == "pcsc_mutex" { print $1 }' /proc/kallsyms)
	echo "$address $1" >$parameters/lock
}

# serves_nothing: read_much has no hits
serves_nothing() {
	[ "$(hits_of read_much)" = 0 ]
}

@test "off while somebody keeps the helper's lock: no hits at once, and off when it is free" {
	[ "$(hits_of read_much)" -gt 0 ]
	keep_lock 60000
	timeout 60 "$ctl" mode off &
	until_true 20 serves_nothing
	[ "$(cat $sys/mode)" = on ]
	echo 0 0 >$parameters/lock
	wait
	[ "$(cat $sys/mode)" = off ]
	"$ctl" mode on
	read_much
	[ "$(hits_of read_much)" -gt 0 ]
}

# Who waits for that lock, or has it, and gets no processor would keep everybody from it
# A request as in uapi/pcsc.h: size, mode, reason, scope, address, model
@test "when there is no room for another limit, those that there are can be changed" {
	perl -e 'open(my $f, "+<", "/dev/pci_pcsc") or die $!;
		for my $n (1 .. 1024) {
			my $what = pack("LLx96LLCCSSS", 120, 1, 1, 0, 0, 0, 0, 0x1234, $n);
			ioctl($f, 0xc0782552, $what) or die "$n: $!";
		}'
	run "$ctl" -d 4321:1 mode off
	[[ $output == *"no room for another limit"* ]]
	"$ctl" -d 1234:1 mode off
	"$ctl" -d 1234:2 mode on
	"$ctl" -d 4321:1 mode off
}

@test "what users without rights may ask needs no lock of the helper's" {
	local profile
	profile=$(cat $sys/profile)
	[ "$profile" ]
	keep_lock 60000
	[ "$(timeout 5 setpriv --reuid nobody --clear-groups cat $sys/profile)" = "$profile" ]
	timeout 5 setpriv --reuid nobody --clear-groups cat $sys/mode $sys/enabled $sys/stats >/dev/null
	echo 0 0 >$parameters/lock
}

is_off() {
	[ "$(cat $sys/mode)" = off ]
}

# modes_were MODE...: by the events
modes_were() {
	[ "$("$ctl" -j events | jq 'select(.event == "mode") | .detail' | paste -sd ' ')" = "$*" ]
}

@test "off while somebody has interposed on top of us: no hits, and off when they have gone" {
	echo 1 >$parameters/stack
	[ "$(hits_of read_much)" -gt 0 ]
	run -5 "$ctl" mode off
	[[ $output == *"interposed on top"*"nothing is served"* ]]
	[ "$(cat $sys/mode)" = shadow ]
	would=$(value 'Would-be Hits')
	[ "$(hits_of read_much)" = 0 ]
	[ "$(value 'Would-be Hits')" -gt "$would" ]
	# who says on again has what was there
	"$ctl" mode on
	[ "$(hits_of read_much)" -gt 0 ]
	run -5 "$ctl" mode off
	sleep 1
	run ! is_off
	echo 0 >$parameters/stack
	until_true 3 is_off
	until_true 3 modes_were 2 1 2 1 0
}

told_no_room() {
	[ "$("$ctl" -j events | jq -s 'map(select(.event == "no-room")) | last.detail')" = "$(no_room)" ]
}

no_room() {
	"$ctl" -j info | jq .no_room
}

@test "more functions than the pool has room for: counted, said, and served after off and on" {
	"$ctl" mode off
	control remove
	control attach
	"$ctl" mode on
	[ "$(no_room)" = 0 ]
	control log off
	cat "$BATS_TEST_DIRNAME/examples/twenty.sim" >$sim/config
	control add
	[ "$(no_room)" -gt 0 ]
	[[ $("$ctl" info) == *"no room    for $(no_room) functions"* ]]
	until_true 3 told_no_room
	# told as it grows, not for each
	[ "$("$ctl" -j events | grep -c '"no-room"')" -lt $(($(no_room) / 10)) ]
	"$ctl" mode off
	"$ctl" mode on
	[ "$(no_room)" = 0 ]
	run ! grep -q no-room <("$ctl" info)
}

configs() {
	cat /sys/bus/pci/devices/10000:*/config | sha256sum
}

@test "functions that differ more than there are maps for: counted, said, answered by hardware" {
	local bytes
	"$ctl" mode off
	bytes=$(configs)
	rmmod pci_pcsc
	insert verify=0 maps=2
	"$ctl" load "$specification"
	"$ctl" mode on
	[ "$(configs)" = "$bytes" ]
	[ "$(configs)" = "$bytes" ]
	[ "$("$ctl" -j info | jq .maps)" = 2 ]
	[ "$(no_room)" -gt 0 ]
	until_true 3 told_no_room
}

@test "a host that may have more functions than there can be lines for: off, with the reason" {
	"$ctl" mode off
	control remove
	control log off
	{
		cat "$BATS_TEST_DIRNAME/examples/brackets.sim"
		# 65,535 VFs each
		echo "model many like=pf"
		echo "reg 14e 2 const value=ffff"
		echo "function 00:04.0 model=root secondary=0a subordinate=0a"
		echo "function 0a:00.0 model=many count=2"
	} >$sim/config
	control add
	run -5 "$ctl" mode on
	[[ $output == *"more functions than the 131072"* ]]
	[ "$(cat $sys/mode)" = off ]
}
