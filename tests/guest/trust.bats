#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Why one may have the helper on a host: it checks itself, says what happened,
# can be switched off for a part, and stands back. Topology small.

bats_require_minimum_version 1.5.0
load common

setup_file() {
	common_setup_file
	export beside="$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
}

setup() {
	nvme=$(device 0108) nic=$(device 0200)
}

teardown() {
	[[ ! -e /sys/module/pcsc_beside ]] || echo 0 >/sys/module/pcsc_beside/parameters/stack
	! has_ftrace || echo 1 >/proc/sys/kernel/ftrace_enabled
	echo 1 >/sys/kernel/debug/kprobes/enabled
	common_teardown
	common_unplug
	[[ ! -e /sys/module/pcsc_beside ]] || rmmod pcsc_beside
}

# start PROFILE [PARAMETER...]: the helper, on
start() {
	insmod "$module" "${@:2}"
	"$ctl" load "$1"
	"$ctl" mode on
}

# behind ADDRESS VALUE: the interrupt line, round the kernel: nobody sees it
behind() {
	setpci -A intel-conf1 -s "$1" INTERRUPT_LINE="$2"
}

# 100 reads of the interrupt line; how many were VALUE
reads_as() {
	local -a hundred
	mapfile -t hundred < <(printf 'INTERRUPT_LINE\n%.0s' {1..100})
	setpci -s "$1" "${hundred[@]}" | grep -c "^$2$"
}

@test "verify: a hidden change is found within ten times N hits" {
	start "$lie" verify=16
	old=$(setpci -s "$nic" INTERRUPT_LINE)
	behind "$nic" 55
	wrong=$(reads_as "$nic" "$old" || true)
	[ "$wrong" -lt 100 ] || wrong=$((wrong + $(reads_as "$nic" "$old" || true)))
	echo "# found after $wrong wrong answers, at 1 in 16" >&3
	[ "$wrong" -le 160 ]
	[ "$(setpci -s "$nic" INTERRUPT_LINE)" = 55 ]
	[ "$(value Mismatches)" = 1 ]
	behind "$nic" "$old"
}

@test "a mismatch: quarantined, reported, and the byte is cached of no function of the model" {
	start "$lie" verify=1
	nic2=$(plug e1000e)
	setpci -s "$nic" INTERRUPT_LINE >/dev/null
	setpci -s "$nic2" INTERRUPT_LINE >/dev/null
	old=$(setpci -s "$nic" INTERRUPT_LINE)
	behind "$nic" 55
	[ "$(setpci -s "$nic" INTERRUPT_LINE)" = 55 ]
	[ "$(served "$nic" 'bypassed | contains(["quarantine"])')" = true ]
	[ "$(served "$nic2" 'bypassed | length')" = 0 ]
	sleep 0.3
	[ "$(value 'Mismatched Registers')" = 1 ]
	[ "$(value 'Quarantined Functions')" = 1 ]
	[ "$(value 'Verified Hits')" -ge 1 ]
	[ "$("$ctl" -j info | jq .mismatched)" = 1 ]
	run -0 "$ctl" events
	[[ $output == *"$nic 0x03c: $old in memory, 55 in hardware: quarantined"* ]]
	"$ctl" -j events | jq -e -s --arg a "$nic" 'any(.[]; .event == "mismatch" and
		.address == $a and .offset == 60 and .width == 1)'
	dmesg | grep -q "$nic: the cache had another value than hardware at 0x03c"
	# the twin of the same model asks hardware now
	hits=$(served "$nic2" hits)
	setpci -s "$nic2" INTERRUPT_LINE INTERRUPT_LINE >/dev/null
	[ "$(served "$nic2" hits)" = "$hits" ]
	# a flush ends the quarantine, not the suspicion
	"$ctl" flush "$nic"
	[ "$(served "$nic" 'bypassed | contains(["quarantine"])')" = false ]
	[ "$(value 'Quarantined Functions')" = 0 ]
	setpci -s "$nic" INTERRUPT_LINE INTERRUPT_LINE >/dev/null
	behind "$nic" "$old"
	[ "$(setpci -s "$nic" INTERRUPT_LINE)" = "$old" ]
	[ "$(value Mismatches)" = 1 ]
	unplug
}

mismatched() {
	[ "$(value Mismatches)" = 1 ]
}

@test "scrub: found though nobody reads it" {
	start "$lie" verify=0 scrub=200
	setpci -s "$nic" INTERRUPT_LINE >/dev/null
	old=$(setpci -s "$nic" INTERRUPT_LINE)
	behind "$nic" 55
	until_true 20 mismatched
	[ "$(value 'Scrub Reads')" -gt 0 ]
	[ "$(setpci -s "$nic" INTERRUPT_LINE)" = 55 ]
	behind "$nic" "$old"
}

@test "every hit verified through resets and removals: nobody is convicted" {
	start "$specification" verify=1 scrub=200
	while :; do
		cat /sys/bus/pci/devices/*/config >/dev/null 2>&1 || true
	done &
	reader=$!
	for ((i = 0; i < ${PCSC_ROUNDS:-1}; i++)); do
		"$scenario" reset flr "$nvme"
		"$scenario" link-down "$nic"
		"$scenario" d3hot "$nic"
		"$scenario" remove "$nvme"
		"$scenario" rescan
		plug virtio-rng-pci >/dev/null
		unplug
	done
	kill $reader
	wait $reader || true
	echo "# $(value 'Verified Hits') hits verified, $(value 'Device Resets') resets" >&3
	[ "$(value 'Verified Hits')" -gt 1000 ]
	[ "$(value Mismatches)" = 0 ]
}

@test "modes of a function and of a model: limits, never more than the host's" {
	start "$specification" verify=0
	setpci -s "$nic" HEADER_TYPE HEADER_TYPE >/dev/null
	setpci -s "$nvme" HEADER_TYPE HEADER_TYPE >/dev/null
	[ "$(served "$nic" hits)" -gt 0 ]
	"$ctl" -s "$nic" mode off
	[ "$(served "$nic" mode)" = off ]
	[ "$(served "$nic" 'bypassed | contains(["disabled"])')" = true ]
	hits=$(served "$nic" hits)
	setpci -s "$nic" HEADER_TYPE HEADER_TYPE >/dev/null
	[ "$(served "$nic" hits)" = "$hits" ]
	[ "$(served "$nvme" mode)" = on ]
	"$ctl" -d "$(lspci -n -s "$nvme" | cut -d' ' -f3)" mode shadow
	[ "$(served "$nvme" mode)" = shadow ]
	would=$(value 'Would-be Hits')
	setpci -s "$nvme" HEADER_TYPE HEADER_TYPE >/dev/null
	[ "$(value 'Would-be Hits')" -gt "$would" ]
	# they outlive the mode off, and `on` takes them away
	"$ctl" mode off
	"$ctl" mode on
	[ "$(served "$nic" mode)" = off ]
	[ "$(served "$nic" 'bypassed | contains(["disabled"])')" = true ]
	[ "$("$ctl" -j info | jq .limits)" = 2 ]
	"$ctl" -s "$nic" mode on
	[ "$(served "$nic" mode)" = on ]
	setpci -s "$nic" HEADER_TYPE HEADER_TYPE HEADER_TYPE >/dev/null
	[ "$(served "$nic" hits)" -gt 0 ]
	[ "$("$ctl" -j info | jq .limits)" = 1 ]
	"$ctl" mode shadow
	[ "$(served "$nic" mode)" = shadow ]
	run -2 "$ctl" -s nonsense mode off
	run -2 "$ctl" -d 8086 mode off
	run -2 "$ctl" -s "$nic" mode
}

@test "events: waited for, each reader gets them all, losses are said" {
	start "$specification"
	timeout 20 "$ctl" -f events >"$BATS_TEST_TMPDIR/one" &
	timeout 20 "$ctl" -f -j events >"$BATS_TEST_TMPDIR/two" &
	sleep 0.5
	"$ctl" flush "$nic"
	until_true 10 grep -q "$nic it was forgotten" "$BATS_TEST_TMPDIR/one"
	until_true 10 grep -q flushed "$BATS_TEST_TMPDIR/two"
	[[ $(cat "$BATS_TEST_TMPDIR/one") == *"a profile was loaded"*"the mode is on"* ]]
	kill %1 %2
	for _ in {1..140}; do echo shadow >$sys/mode && echo on >$sys/mode; done
	[ "$("$ctl" events | wc -l)" = 256 ]
	[ "$("$ctl" -j events | jq -s 'map(.seq) | .[-1] - .[0]')" = 255 ]
}

@test "events: what a read has copied before it meets a bad address is not lost" {
	start "$specification"
	"$ctl" mode shadow
	"$ctl" mode on
	# shellcheck disable=SC2016 # perl
	run -0 perl -e 'my $page = syscall(9, 0, 8192, 3, 0x22, -1, 0); # mmap
		syscall(11, $page + 4096, 4096); # munmap
		open my $events, "<", "/dev/pci_pcsc" or die;
		my $read = syscall(0, fileno $events, $page + 4096 - 2 * 64, 10 * 64);
		sysread $events, my $next, 64;
		print "$read ", unpack "x8 Q", $next;'
	[ "$output" = "128 2" ]
}

@test "a profile from the firmware loader, or a reason" {
	[ -e /sys/module/firmware_class/parameters/path ] || skip "this kernel has no firmware loader"
	cp "$specification" "$BATS_TEST_TMPDIR/good.pcsc"
	head -c 100 "$specification" >"$BATS_TEST_TMPDIR/short.pcsc"
	# as init sees it, whose root the guest's commands do not have
	[[ -d /proc/1/root$BATS_TEST_TMPDIR ]] || under=/root
	echo -n "${under:-}$BATS_TEST_TMPDIR" >/sys/module/firmware_class/parameters/path
	insmod "$module" profile=good.pcsc
	[ -n "$(cat $sys/profile)" ]
	[ "$(cat $sys/mode)" = off ]
	rmmod pci_pcsc
	insmod "$module" profile=short.pcsc
	[ -z "$(cat $sys/profile)" ]
	dmesg | tail -n 3 | grep -q 'short.pcsc: refused at byte .*truncated'
	rmmod pci_pcsc
	insmod "$module" profile=none.pcsc
	dmesg | tail -n 3 | grep -q 'none.pcsc: the firmware loader cannot load that file'
	echo -n " " >/sys/module/firmware_class/parameters/path
}

# Of sizes and at places that pci_bus_read_config_*() refuses
odd_answers() {
	local access devfn=${edu#*:*:}
	# device numbers from 0x20 on: what a u8 holds of them is edu's
	local beyond=${edu%"$devfn"}$(printf %x $((0x${devfn%.*} + 0x20))).${devfn#*.}
	for access in "$edu "{"1 2","2 4","3 2","9 2","8 3","a 4"} "$beyond "{"8 4","a 2"}; do
		echo "$access" >/sys/module/pcsc_beside/parameters/ask
		cat /sys/module/pcsc_beside/parameters/ask
	done
}

@test "odd sizes and places: what the operations below us say" {
	edu=$(lspci -D -d 1234:11e8 | cut -d' ' -f1) # below no port: its class is served
	insmod "$beside"
	before=$(odd_answers)
	start "$specification" verify=0
	setpci -s "$edu" HEADER_TYPE HEADER_TYPE HEADER_TYPE >/dev/null
	[ "$(served "$edu" hits)" -gt 0 ]
	[ "$(odd_answers)" = "$before" ]
	echo "$before"
}

@test "beside a kernel with a cache of its own it does not load" {
	insmod "$beside" take_name=1
	run ! insmod "$module"
	dmesg | tail -n 3 | grep -q 'a cache of its own'
	rmmod pcsc_beside
	insmod "$module"
}

@test "without hooks evidence is not served, and that is said" {
	"$profile" compile "$BATS_TEST_DIRNAME/../profiles/evidence.json" \
		-o "$BATS_TEST_TMPDIR/evidence.pcsc"
	start "$BATS_TEST_TMPDIR/evidence.pcsc" verify=0
	[ "$(value 'Missing Hooks')" = 0 ]
	with=$(served "$nic" const_bytes)
	common_teardown
	start "$BATS_TEST_TMPDIR/evidence.pcsc" hooks=0
	[ "$(value 'Missing Hooks')" -gt 0 ]
	[[ $("$ctl" info) == *"could not be placed"* ]]
	"$ctl" -j events | jq -e -s 'any(.[]; .event == "hooks-missing")'
	echo "# const bytes of the NIC: $with with hooks, $(served "$nic" const_bytes) without"
	[ "$(served "$nic" const_bytes)" -lt "$with" ]
}

probes_are() {
	[ "$("$ctl" -j info | jq -r .probes)" = "$1" ]
}

without_evidence() {
	[ "$(served "$nic" 'bypassed | contains(["no-evidence"])')" = true ]
}

# noticed_at: the kernel's milliseconds when probes were last seen to be off
noticed_at() {
	"$ctl" -j events | jq -s 'map(select(.event == "hooks-off" and .detail == 1)) |
		last.time_ns / 1000000 | floor'
}

@test "probes that are switched off under us: noticed within a second, and said" {
	has_ftrace || skip 'this kernel has no ftrace to be switched off'
	"$profile" compile "$BATS_TEST_DIRNAME/../profiles/evidence.json" \
		-o "$BATS_TEST_TMPDIR/evidence.pcsc"
	start "$BATS_TEST_TMPDIR/evidence.pcsc" verify=0
	with=$(served "$nic" const_bytes)
	switched=
	for switch in /sys/kernel/debug/kprobes/enabled /proc/sys/kernel/ftrace_enabled; do
		lspci -xxxx >/dev/null
		[ "$(served "$nic" valid_bytes)" -gt 0 ]
		probes_are on
		run ! without_evidence
		# some kernels refuse it as long as somebody has a hook
		if ! echo 0 >$switch; then
			[[ $switch == */ftrace_enabled && $(uname -r) != 6.* ]]
			echo "# $switch: this kernel does not switch it off" >&3
			continue
		fi
		switched+="${switched:+ }1 0"
		since=$(tr -d . </proc/uptime | cut -d' ' -f1)0
		until_true 10 probes_are off
		since=$(($(noticed_at) - since))
		echo "# $switch: noticed after $since ms" >&3
		[ "$since" -lt 1000 ]
		without_evidence
		[ "$(served "$nic" valid_bytes)" = 0 ]
		[ "$(value 'Missing Hooks')" = 6 ]
		[[ $("$ctl" info) == *"probes are switched off"* ]]
		# a device that comes now has no evidence either
		"$scenario" remove "$nic"
		"$scenario" rescan
		[ "$(served "$nic" const_bytes)" -lt "$with" ]
		echo 1 >$switch
		until_true 10 probes_are were-off
		[ "$(value 'Missing Hooks')" = 6 ]
		"$ctl" mode off
		"$ctl" mode on
		[ "$(value 'Missing Hooks')" = 0 ]
		[ "$(served "$nic" const_bytes)" = "$with" ]
	done
	[ "$("$ctl" -j events | jq 'select(.event == "hooks-off") | .detail' | paste -sd ' ')" = "$switched" ]
	# from the start
	"$ctl" mode off
	echo 0 >/sys/kernel/debug/kprobes/enabled
	"$ctl" mode on
	probes_are off
	[ "$(served "$nic" const_bytes)" -lt "$with" ]
}

is_off() {
	[ "$(cat $sys/mode)" = off ]
}

@test "on_mismatch=off: the first mismatch ends everything, and says so" {
	run ! insmod "$module" on_mismatch=never
	start "$lie" verify=1 on_mismatch=off
	[ "$(cat /sys/module/pci_pcsc/parameters/on_mismatch)" = off ]
	old=$(setpci -s "$nic" INTERRUPT_LINE)
	behind "$nic" 55
	# shellcheck disable=SC2016 # for perl
	timeout 20 perl -e 'do { open M, "<", "$ARGV[0]/mode"; $mode = <M> } until $mode eq "off\n";
		open S, "<", "$ARGV[0]/stats"; print <S>' $sys >"$BATS_TEST_TMPDIR/at_once" &
	sleep 1
	[ "$(setpci -s "$nic" INTERRUPT_LINE)" = 55 ]
	until_true 3 is_off
	wait $!
	[ "$(value Mismatches)" = 1 ]
	[ "$(value 'Mismatched Registers')" = 1 ]
	# Also for a reader that looks as soon as the mode is off
	grep -q 'Mismatched Registers: 1$' "$BATS_TEST_TMPDIR/at_once"
	"$ctl" -j events | jq -e -s 'any(.[]; .event == "stopped")'
	[[ $("$ctl" events) == *"on_mismatch=off: nothing is served"* ]]
	dmesg | tail -n 5 | grep -q 'a mismatch, and on_mismatch=off'
	behind "$nic" "$old"
	# as long as nobody says on again
	"$ctl" mode on
	[ "$(cat $sys/mode)" = on ]
}

@test "operations that map registers are left alone" {
	insmod "$beside" map_bus=1
	insmod "$module"
	"$ctl" load "$specification"
	run -3 "$ctl" mode on
	[[ $output == *"may be interposed"* ]]
	[ "$(cat $sys/mode)" = off ]
	rmmod pcsc_beside
	"$ctl" mode on
}

# refused_past KIND: where words of that kind of access go past the operations
refused_past() {
	insmod "$beside" past="$1"
	insmod "$module"
	"$ctl" load "$specification"
	run -3 "$ctl" mode on
	[[ $output == *"this kernel $1s configuration space past the buses' operations"* ]]
	[ "$(cat $sys/mode)" = off ]
	rmmod pci_pcsc # nothing is left that could be called
	lspci -xxx >/dev/null
	rmmod pcsc_beside
}

@test "a kernel that reads or writes past the buses' operations: off, with the reason" {
	has_ftrace || skip 'this kernel has no ftrace, by which the test leads it past them'
	lspci -xxx >"$BATS_TEST_TMPDIR/before"
	refused_past read
	refused_past write
	# what was tried has changed nothing
	lspci -xxx >"$BATS_TEST_TMPDIR/after"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	start "$specification"
}

@test "somebody who has interposed on top of us: we do not leave before" {
	insmod "$beside"
	start "$specification"
	echo 1 >/sys/module/pcsc_beside/parameters/stack
	run -5 "$ctl" mode off
	[[ $output == *"interposed on top"* ]]
	[ "$(cat $sys/mode)" = shadow ]
	lspci -vvv >/dev/null
	run ! rmmod pci_pcsc
	echo 0 >/sys/module/pcsc_beside/parameters/stack
	"$ctl" mode off
}

@test "somebody who puts back half of what we have interposed: off, and on again" {
	never=$(ops_pointers)
	insmod "$beside"
	start "$specification" verify=0
	echo 1 >/sys/module/pcsc_beside/parameters/put_back
	"$ctl" mode off
	[ "$(ops_pointers)" = "$never" ]
	"$ctl" mode on
	before=$(value 'Total Reads')
	lspci -xxx >/dev/null
	[ "$(value 'Total Reads')" -gt "$before" ]
}

@test "operations of a module's: left alone, counted, and they may go" {
	sim=/sys/kernel/debug/pcsc_sim
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko" share_ops=0
	cat "$top/tests/sim/examples/brackets.sim" >$sim/config
	start "$specification" verify=0
	[ "$("$ctl" -j info | jq .foreign_ops)" = 0 ]
	echo add >$sim/control
	buses=$(lspci -D -s 10000:: | cut -d: -f2 | sort -u | wc -l)
	[ "$(lspci -s 10000:: | wc -l)" -gt "$buses" ]
	[ "$("$ctl" -j info | jq .foreign_ops)" = "$buses" ]
	[[ $("$ctl" info) == *"left alone $buses buses"* ]]
	"$ctl" -j events | jq -e -s 'any(.[]; .event == "foreign-ops")'
	cat /sys/bus/pci/devices/10000:*/config /sys/bus/pci/devices/10000:*/config >/dev/null
	[ "$("$ctl" -j state | jq '[.functions[] | select(.address | startswith("10000:")) | .hits] | add // 0')" = 0 ]
	echo remove >$sim/control
	rmmod pcsc_sim
	lspci -vvv >/dev/null
	[ "$(cat $sys/mode)" = on ]
}

@test "root without CAP_SYS_ADMIN: totals" {
	start "$specification"
	less=(setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin)
	run -4 "${less[@]}" "$ctl" info
	run -4 "${less[@]}" "$ctl" mode off
	run ! "${less[@]}" sh -c "echo off >$sys/mode"
	run ! "${less[@]}" sh -c "echo 0 >$sys/enabled"
	[ "$(cat $sys/mode)" = on ]
	# Whatever parameters there are: root may write what is in them, and nobody else
	mapfile -t parameters < <(find /sys/module/pci_pcsc/parameters -type f -perm /222)
	[ "${#parameters[@]}" -ge 4 ]
	for parameter in "${parameters[@]}"; do
		was=$(cat "$parameter")
		run ! "${less[@]}" sh -c "echo $was >$parameter"
		echo "$was" >"$parameter"
	done
	"${less[@]}" cat $sys/stats >/dev/null
}

@test "pci_pcsc.mode=off on the kernel command line wins over everything" {
	# as modprobe sees it
	{ tr -d '\n' </proc/cmdline && echo ' pci_pcsc.mode=off'; } >"$BATS_TEST_TMPDIR/cmdline"
	mount --bind "$BATS_TEST_TMPDIR/cmdline" /proc/cmdline
	modules="$BATS_TEST_TMPDIR/lib/modules/$(uname -r)"
	mkdir -p "$modules"
	cp "$module" "$modules/"
	depmod -b "$BATS_TEST_TMPDIR" 2>/dev/null
	modprobe -d "$BATS_TEST_TMPDIR" pci_pcsc || failed=yes
	umount /proc/cmdline
	[ ! "${failed:-}" ]
	"$ctl" load "$specification"
	run -4 "$ctl" mode on
	run ! sh -c "echo on >$sys/mode"
	[ "$(cat $sys/mode)" = off ]
}

@test "hibernation: off, before anything sleeps" {
	grep -qs freezer /sys/power/pm_test && grep -q disk /sys/power/state ||
		skip "this kernel does not hibernate"
	start "$specification"
	echo freezer >/sys/power/pm_test
	echo disk >/sys/power/state || true
	echo none >/sys/power/pm_test
	[ "$(cat $sys/mode)" = off ]
	"$ctl" mode on
}

# struct pci_ops: add_bus, remove_bus, map_bus, read, write
ops_pointers() {
	local at
	at=$(awk '$3 == "pci_root_ops" { print $1 }' /proc/kallsyms)
	"$top/tools/guest.d/qmp" hmp "x/5gx 0x$at" | tr -d '\r' | grep -o ': .*' | tr -d '\n'
}

@test "off is not interposed: the operations' pointers" {
	never=$(ops_pointers)
	echo "$never"
	[[ $never == *0x*ffff* ]]
	start "$specification"
	[ "$(ops_pointers)" != "$never" ]
	"$ctl" mode off
	[ "$(ops_pointers)" = "$never" ]
	rmmod pci_pcsc
	[ "$(ops_pointers)" = "$never" ]
}

# The last one: the delay stays. Read by user space, written by a driver without its lock
@test "a byte that is written while a hit is verified is no mismatch" {
	insmod "$build/delay-${PCSC_KERNEL:-6.12}/pcsc_delay.ko" read_ns=0 late=1
	insmod "$beside"
	start "$lie" verify=1
	old=$(setpci -s "$nic" INTERRUPT_LINE)
	echo 2000000000 >/sys/module/pcsc_delay/parameters/read_ns
	taskset -pc 0 $BASHPID >/dev/null
	taskset -c 1 setpci -s "$nic" INTERRUPT_LINE >"$BATS_TEST_TMPDIR/read" &
	sleep 0.7
	echo "$nic 3c 66" >/sys/module/pcsc_beside/parameters/put
	wait $!
	echo 0 >/sys/module/pcsc_delay/parameters/read_ns
	echo "# read: $(cat "$BATS_TEST_TMPDIR/read")" >&3
	[ "$(value Mismatches)" = 0 ]
	[ "$(served "$nic" 'bypassed | length')" = 0 ]
	setpci -s "$nic" INTERRUPT_LINE="$old"
}
