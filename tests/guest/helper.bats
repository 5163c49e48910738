#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The helper in a guest (topology small). Every test ends with the helper
# unloaded and begins by loading it; the kernel log is looked at by the runner.

bats_require_minimum_version 1.5.0
load common

setup_file() {
	common_setup_file
}

setup() {
	insmod "$module"
}

teardown() {
	common_teardown
}

quiet_lspci() {
	lspci -vvv >"$BATS_TEST_TMPDIR/$1"
}

@test "loading changes nothing: not interposed, nothing counted" {
	lspci -vvv >/dev/null
	[ "$(cat $sys/mode)" = off ]
	[ "$(cat $sys/enabled)" = 0 ]
	[ "$(value 'Total Reads')" = 0 ]
	run -0 "$ctl" info
	[[ $output == *"profile    none"* ]]
}

# bats test_tags=once
@test "stats begin with the RFC's lines, in the RFC's order" {
	run -0 head -n 13 $sys/stats
	[ "$(cut -d: -f1 <<<"$output")" = "Cache Hits
Cache Misses
Uncachable Reads
Writes
Cache Invalidations
Device Resets
Total Reads
Hardware Reads
Hit Rate
Total Cache Access Time
Cache Access Time (without HW reads due to Misses)
HW Access Time due to misses
Total Hardware Access Time" ]
	[ "$(stat -c %a $sys/stats)" = 444 ]
	[ "$(stat -c %a /dev/pci_pcsc)" = 600 ]
}

@test "lspci -vvv prints the same bytes with the helper off, shadow and on" {
	"$ctl" load "$specification"
	quiet_lspci off
	"$ctl" mode shadow
	quiet_lspci shadow
	quiet_lspci shadow-again
	"$ctl" mode on
	quiet_lspci on
	quiet_lspci on-again
	for f in shadow shadow-again on on-again; do
		cmp "$BATS_TEST_TMPDIR/off" "$BATS_TEST_TMPDIR/$f"
	done
	[ "$(value 'Cache Hits')" -gt 0 ]
	[ "$(value Mismatches)" = 0 ]
}

# Every aligned access to the first 256 bytes of each function, of one to all of it,
# and its answer
every_access() {
	# shellcheck disable=SC2016 # perl
	perl -e 'for $file (</sys/bus/pci/devices/*/config>) {
		open my $config, "<", $file or next;
		$end = $file =~ /$ARGV[0]/ ? 4096 : 256;
		for my $width (1, 2, 4) {
			print "\n$file by $width: ";
			for (my $at = 0; $at < $end; $at += $width) {
				sysseek $config, $at, 0;
				sysread $config, my $bytes, $width;
				print unpack "H*", $bytes;
			}
		}
	}' "$(device 0200)"
}

@test "every width at every offset of every function answers as without us" {
	"$ctl" load "$specification"
	for mode in off on; do
		"$ctl" mode $mode
		for round in 1 2; do
			every_access
			lspci -xxxx
		done >"$BATS_TEST_TMPDIR/$mode"
	done
	# the two rounds of both modes are one
	cmp "$BATS_TEST_TMPDIR/off" "$BATS_TEST_TMPDIR/on"
	[ "$(value 'Cache Hits')" -gt 100 ]
}

@test "shadow has as many would-be hits as on has hits, and no mismatch" {
	"$ctl" load "$specification"
	"$ctl" mode shadow
	lspci -vvv >/dev/null
	lspci -vvv >/dev/null
	would=$(value 'Would-be Hits')
	"$ctl" mode off
	[ "$(value 'Cache Hits')" = 0 ]
	"$ctl" mode on
	lspci -vvv >/dev/null
	lspci -vvv >/dev/null
	[ "$(($(value 'Cache Hits') + $(value 'Verified Hits')))" = "$would" ]
	[ "$would" -gt 100 ]
	[ "$(value Mismatches)" = 0 ]
}

# Twice, so that what was kept is hit
read_headers() {
	head -qc 64 /sys/bus/pci/devices/*/config /sys/bus/pci/devices/*/config >/dev/null
}

# rate_of HITS READS: in whole percent, as stats prints it
rate_of() {
	echo $(($1 * 100 / $2))
}

# bats test_tags=once
@test "Hit Rate is of the mode it was counted in: shadow, then on, then shadow" {
	"$ctl" load "$specification"
	echo 0 >/sys/module/pci_pcsc/parameters/verify
	"$ctl" mode shadow
	read_headers
	shadow=$(value 'Shadow Reads') would=$(value 'Would-be Hits')
	[ "$shadow" = "$(value 'Total Reads')" ]
	[ "$(value 'Hit Rate')" = "$(rate_of "$would" "$shadow")" ]
	rate=$(value 'Hit Rate')
	[ "$rate" -gt 0 ]
	"$ctl" mode off
	[ "$(value 'Hit Rate')" = "$rate" ]
	"$ctl" mode on
	before=$(value 'Total Reads')
	read_headers
	reads=$(($(value 'Total Reads') - before)) hits=$(value 'Cache Hits')
	echo "shadow: $would of $shadow, on: $hits of $reads, Hit Rate $(value 'Hit Rate')"
	[ "$(value 'Shadow Reads')" = "$shadow" ]
	[ "$(value 'Hit Rate')" = "$(rate_of "$hits" $(($(value 'Total Reads') - shadow)))" ]
	# the same play has the same rate in both
	[ $((rate - $(value 'Hit Rate'))) -le 1 ]
	[ $(($(value 'Hit Rate') - rate)) -le 1 ]
	rate=$(value 'Hit Rate')
	"$ctl" mode off
	[ "$(value 'Hit Rate')" = "$rate" ]
	"$ctl" mode shadow
	[ "$(value 'Hit Rate')" = "$(rate_of "$would" "$(value 'Shadow Reads')")" ]
	# on a host that is on, reads of a function limited to shadow are of shadow
	nic=$(device 0200) nvme=$(device 0108)
	"$ctl" mode on
	"$ctl" -s "$nic" mode shadow
	shadow=$(value 'Shadow Reads') before=$(value 'Total Reads')
	setpci -s "$nic" HEADER_TYPE HEADER_TYPE >/dev/null
	reads=$(($(value 'Total Reads') - before))
	[ "$reads" -ge 2 ]
	[ "$(value 'Shadow Reads')" = $((shadow + reads)) ]
	setpci -s "$nvme" HEADER_TYPE HEADER_TYPE >/dev/null
	[ "$(value 'Shadow Reads')" = $((shadow + reads)) ]
}

# bats test_tags=once
@test "the daemon's samples of result add up to Total Reads" {
	"$ctl" load "$specification"
	for mode in shadow on; do
		"$ctl" mode $mode
		read_headers
	done
	"$ctl" mode off
	ip link set lo up
	"$build/pcsc-monitor" -q -v -l 127.0.0.1:0 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	monitor=$!
	until_true 5 grep -q 'serving on port' "$BATS_TEST_TMPDIR/err"
	port=$(sed -n 's/.*serving on port //p' "$BATS_TEST_TMPDIR/err")
	run -0 curl -s "http://127.0.0.1:$port/metrics"
	kill "$monitor"
	[ "$(awk '/^pcsc_config_reads_total{result=/ { n += $2 } END { print n }' <<<"$output")" = "$(value 'Total Reads')" ]
	[ "$(awk '/^pcsc_config_mode_reads_total{mode=/ { n += $2 } END { print n }' <<<"$output")" = "$(value 'Total Reads')" ]
}

# bats test_tags=once
@test "wrong usage of pcsc-ctl is wrong with the helper loaded, too" {
	run -0 "$top/tests/unit/ctl.sh" "$ctl"
	[ "$(cat $sys/mode)" = off ]
}

@test "a profile that is wrong about the interrupt line: exactly one mismatch" {
	"$ctl" load "$lie"
	"$ctl" mode shadow
	d=$(device 0200)
	setpci -s "$d" 3c.b >/dev/null
	[ "$(value Mismatches)" = 0 ]
	setpci -A intel-conf1 -s "$d" 3c.b=55 # round the kernel: nobody sees it
	[ "$(setpci -s "$d" 3c.b)" = 55 ]
	[ "$(value Mismatches)" = 1 ]
	setpci -s "$d" 3c.b >/dev/null
	[ "$(value Mismatches)" = 1 ]
	[ "$(served "$d" mismatches)" = 1 ]
}

@test "a write to a byte called const demotes it, at any width" {
	"$ctl" load "$lie"
	"$ctl" mode on
	d=$(device 0200)
	setpci -s "$d" 3c.b >/dev/null
	setpci -s "$d" 3c.w=0044
	[ "$(setpci -s "$d" 3c.b)" = 44 ]
	[ "$(served "$d" demoted_bytes)" = 1 ]
	"$ctl" events
	[ "$("$ctl" -j events | jq -c 'select(.event == "demoted") | [.address, .offset, .width, .detail, .cause]')" = \
		"[\"$d\",60,2,1,\"write\"]" ]
	[[ $("$ctl" events) == *"$d 0x03c to 0x03d written: 1 byte called const"* ]]
	setpci -A intel-conf1 -s "$d" 3c.b=66
	[ "$(setpci -s "$d" 3c.b)" = 66 ]
}

# bats test_tags=once
@test "a truncated, a flipped, an oversized profile: refused, the one in force stays" {
	"$ctl" load "$specification"
	before=$(cat $sys/profile)
	for size in 0 3 47 48 100 $(($(stat -c %s "$specification") - 1)); do
		head -c "$size" "$specification" >"$BATS_TEST_TMPDIR/short.pcsc"
		run -5 "$ctl" load "$BATS_TEST_TMPDIR/short.pcsc"
		[[ $output == *short.pcsc*refused\ at\ byte* ]]
	done
	cp "$specification" "$BATS_TEST_TMPDIR/flip.pcsc"
	printf '\377' | dd of="$BATS_TEST_TMPDIR/flip.pcsc" bs=1 seek=60 conv=notrunc status=none
	run -5 "$ctl" load "$BATS_TEST_TMPDIR/flip.pcsc"
	[[ $output == *checksum* ]]
	truncate -s 1048577 "$BATS_TEST_TMPDIR/big.pcsc"
	run -5 "$ctl" load "$BATS_TEST_TMPDIR/big.pcsc"
	[[ $output == *"1 MiB"* ]]
	[ "$(cat $sys/profile)" = "$before" ]
}

@test "a hostile profile that lists the floor: refused by name, or the floor wins" {
	hostile="$BATS_TEST_DIRNAME/../profiles/hostile.json"
	run -5 "$profile" compile "$hostile" -o "$BATS_TEST_TMPDIR/hostile.pcsc"
	[[ $output == *hostile.json* ]]
	run -0 "$profile" compile --floor-wins "$hostile" -o "$BATS_TEST_TMPDIR/tamed.pcsc"
	"$ctl" load "$BATS_TEST_TMPDIR/tamed.pcsc"
	"$ctl" mode on
	d=$(device 0200)
	old=$(setpci -s "$d" COMMAND)
	setpci -A intel-conf1 -s "$d" COMMAND=0000
	[ "$(setpci -s "$d" COMMAND)" = 0000 ]
	setpci -A intel-conf1 -s "$d" COMMAND="$old"
	[ "$(setpci -s "$d" COMMAND)" = "$old" ]
}

@test "a function-level reset: brackets, then served again after its identity was seen" {
	"$ctl" load "$specification"
	"$ctl" mode on
	d=$(device 0108)
	lspci -s "$d" -vvv >"$BATS_TEST_TMPDIR/before"
	echo flr >"/sys/bus/pci/devices/$d/reset_method"
	echo 1 >"/sys/bus/pci/devices/$d/reset"
	[ "$(value 'Device Resets')" -ge 1 ]
	sleep 2.5 # the identity is looked for by ourselves, too
	lspci -s "$d" -vvv >"$BATS_TEST_TMPDIR/after"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	[ "$(served "$d" 'bypassed | length')" = 0 ]
	hits=$(served "$d" hits)
	lspci -s "$d" -vvv >/dev/null
	[ "$(served "$d" hits)" -gt "$hits" ]
}

@test "a secondary bus reset behind the kernel's back: nothing stale below" {
	"$ctl" load "$specification"
	"$ctl" mode on
	d=$(device 0108)
	port=$(basename "$(dirname "$(realpath "/sys/bus/pci/devices/$d")")")
	setpci -s "$d" COMMAND=0006
	lspci -s "$d" -vvv >/dev/null
	setpci -s "$port" BRIDGE_CONTROL.w=40:40
	[ "$(served "$d" 'bypassed | contains(["above"])')" = true ]
	setpci -s "$port" BRIDGE_CONTROL.w=0:40
	sleep 0.3
	[ "$(setpci -s "$d" COMMAND)" = 0000 ]
	[ "$(served "$d" 'bypassed | contains(["above"])')" = false ]
}

not_above() {
	[ "$(served "$vf" 'bypassed | contains(["above"])')" = false ]
}

# after_pf_reset: what the last VF says to a read of its command register then. A
# reset clears VF Enable, so its VFs answer no more (PCIe 6.0, 9.3.3.3.1), until the
# kernel, which restores what the PF had, has set it again. QEMU 10 does that; QEMU 7.2
# takes the VFs away and leaves VF Enable set, so the kernel has nothing to restore.
after_pf_reset() {
	local vf
	"$top/tools/guest.d/enable-vfs" pci-pf-stub >/dev/null
	vf=$(last_vf)
	echo 1 >"/sys/bus/pci/devices/$vf/physfn/reset"
	setpci -s "$vf" COMMAND
	disable_vfs
}

last_vf() {
	basename "$(dirname "$(ls -d /sys/bus/pci/devices/*/physfn | tail -n 1)")"
}

@test "VFs: enabled, served, gone, enabled again" {
	without_us=$(after_pf_reset)
	echo "# after the PF's reset a VF says $without_us" >&3
	"$ctl" load "$specification"
	"$ctl" mode on
	"$top/tools/guest.d/enable-vfs" pci-pf-stub >/dev/null
	lspci -vvv >/dev/null
	hits=$(value 'Cache Hits')
	[ "$hits" -gt 0 ]
	vf=$(last_vf)
	[ "$(served "$vf" hits)" -gt 0 ]
	# the PF's reset takes its VFs with it: nothing of them is kept
	[ "$(served "$vf" valid_bytes)" -gt 0 ]
	echo 1 >"/sys/bus/pci/devices/$vf/physfn/reset"
	[ "$(served "$vf" valid_bytes)" = 0 ]
	until_true 4 not_above
	[ "$(served "$vf" 'bypassed | contains(["pending"])')" = true ]
	answer=$(setpci -s "$vf" COMMAND)
	[ "$answer" = "$without_us" ]
	if [ "$answer" = ffff ]; then
		[ "$(served "$vf" 'bypassed | contains(["pending"])')" = true ]
	else
		# It is enabled again, and has to show its identity again
		lspci -vvv -s "$vf" >/dev/null
		[ "$(served "$vf" 'bypassed | length')" = 0 ]
		[ "$(served "$vf" valid_bytes)" -gt 0 ]
	fi
	disable_vfs
	[ "$(served "$vf" 'bypassed | contains(["gone"])')" = true ]
	"$top/tools/guest.d/enable-vfs" pci-pf-stub >/dev/null
	[ "$(served "$vf" 'bypassed | length')" = 0 ]
	lspci -xxxx >"$BATS_TEST_TMPDIR/on"
	"$ctl" mode off
	lspci -xxxx >"$BATS_TEST_TMPDIR/off"
	cmp "$BATS_TEST_TMPDIR/on" "$BATS_TEST_TMPDIR/off"
	disable_vfs
}

# bats test_tags=once
@test "without rights: totals, and one sentence" {
	run -4 setpriv --reuid 65534 --clear-groups "$ctl" info
	[[ $output == *"run as root"* ]]
	setpriv --reuid 65534 --clear-groups cat $sys/stats >/dev/null
	run ! setpriv --reuid 65534 --clear-groups sh -c "echo on >$sys/mode"
}

# bats test_tags=once
@test "without the module: one sentence with the remedy, status 3" {
	rmmod pci_pcsc
	run -3 "$ctl" info
	[[ $output == *"modprobe pci_pcsc"* ]]
	insmod "$module"
}

# bats test_tags=once
@test "README's commands by hand, as typed on an idle host" {
	has_bpf_jit || skip 'pcsc-trace needs a kernel with a BPF JIT'
	rmmod pci_pcsc
	cd "$BATS_TEST_TMPDIR"
	mkdir build
	ln -s "$build"/pcsc-* build/
	ln -s "$(dirname "$module")" build/module
	sed -n '/^By hand/,/^`make help`/s/^    //p' "$top/README.md" >typed
	[ "$(wc -l <typed)" = 11 ]
	sed -i -e '/^make /d' -e 's/sleep 600/sleep 1/' typed
	bash -e typed >said 2>&1 || { cat said && false; }
	! grep -i 'empty' said
	[ "$(cat $sys/mode)" = on ]
	lspci -xxxx >/dev/null
	before=$(value 'Cache Hits')
	lspci -xxxx >/dev/null
	[ "$(value 'Cache Hits')" -gt "$before" ]
}

@test "pci_pcsc.mode=off wins over everything" {
	rmmod pci_pcsc
	insmod "$module" mode=off
	"$ctl" load "$specification"
	run -4 "$ctl" mode on
	[[ $output == *"mode=off"* ]]
	run ! sh -c "echo on >$sys/mode"
	[ "$(cat $sys/mode)" = off ]
}

@test "the module cannot be unloaded while it serves" {
	"$ctl" load "$specification"
	"$ctl" mode on
	run ! rmmod pci_pcsc
	"$ctl" mode off
}

# region WHERE: what the helper says of this handover= value
region() {
	rmmod pci_pcsc
	insmod "$module" handover="$1"
	"$ctl" -j handover status | jq -r '"\(.state) \(.reason)"'
}

# load_with_btf FILE: the module, where the kernel's own BTF is that file
load_with_btf() {
	"$ctl" mode off
	rmmod pci_pcsc
	echo "pcsc-test: from $1" >/dev/kmsg
	mount --bind "$1" /sys/kernel/btf/vmlinux
	insmod "$module"
	umount /sys/kernel/btf/vmlinux
	"$ctl" load "$specification"
	"$ctl" mode on
}

# said WORDS: by the kernel since the last load_with_btf
said() {
	dmesg | tac | sed '/pcsc-test: from/q' | grep "$1"
}

@test "a function to be hooked that is another one in this kernel is not hooked, and said" {
	btf="$BATS_TEST_TMPDIR/btf"
	! dmesg | grep "in this kernel's BTF"
	"$ctl" mode on
	[ "$(value 'Missing Hooks')" = 0 ]
	# renamed
	perl -pe 's/\0pci_power_up\0/\0pci_power_xx\0/' /sys/kernel/btf/vmlinux >"$btf"
	load_with_btf "$btf"
	said "pci_power_up is 'unknown' in this kernel's BTF"
	[ "$(value 'Missing Hooks')" = 1 ]
	# another prototype
	perl -pe 's/\0pci_power_t\0/\0pci_power_x\0/' /sys/kernel/btf/vmlinux >"$btf"
	load_with_btf "$btf"
	said "acpi_pci_set_power_state is 'int (struct pci_dev \*, pci_power_x)' in this kernel's BTF"
	[ "$(value 'Missing Hooks')" = 1 ]
	# no BTF, and half of one
	: >"$btf"
	load_with_btf "$btf"
	said "this kernel's BTF cannot be read"
	[ "$(value 'Missing Hooks')" = 6 ]
	head -c 1000000 /sys/kernel/btf/vmlinux >"$btf"
	load_with_btf "$btf"
	[ "$(value 'Missing Hooks')" = 6 ]
}

@test "a handover region that is not set aside is refused, with a reason" {
	[[ $(region 4M@0x8000000) == "none "*"this kernel's own memory"* ]]
	[[ $(region 4M@0xb0000000) == "none "*"the firmware's"* ]]
	[[ $(region 4M@0xd0000000) == "none "*"not Reserved"* ]]
	[[ $(region 4M) == "none "*"SIZE@ADDRESS"* ]]
	[[ $(region 4M@0x8000001) == "none "*"multiples of 4096"* ]]
	[[ $(region nobody) == "none "*"reserve_mem"* ]]
	[[ $(region 0@0) == "none "* ]]
	[[ $(region kho:4M) == "none "*"kexec handover"* ]]
	[[ $(region kho:5) == "none "*"multiple of 4096"* ]]
	# all else works without
	"$ctl" load "$specification"
	"$ctl" mode on
	[ "$("$ctl" -j handover status | jq -r .state)" = none ]
	"$ctl" handover forget
	[[ $("$ctl" handover setup 2>/dev/null) == memmap=*M\$0x*" pci_pcsc.handover="*M@0x* ]]
	run -5 "$ctl" handover setup check 'memmap=4M pci_pcsc.handover=4M@0x28000000'
}

# recorded MARK COMMAND: whether what was recorded meanwhile is marked as served
recorded() {
	"$build/pcsc-trace" record -o "$BATS_TEST_TMPDIR/rec" -- sh -c "lspci -xxxx -s $(device 0200) >/dev/null; $2"
	"$build/pcsc-trace" report -j "$BATS_TEST_TMPDIR/rec" >"$BATS_TEST_TMPDIR/rec.json"
	[ "$(jq .served "$BATS_TEST_TMPDIR/rec.json")" = "$1" ]
}

# bats test_tags=long
@test "a recording is marked if the mode was on at any time, and is no evidence then" {
	has_bpf_jit || skip 'pcsc-trace needs a kernel with a BPF JIT'
	cd "$BATS_TEST_TMPDIR"
	"$ctl" load "$specification"
	recorded false true
	mv rec off.rec
	"$ctl" mode shadow
	recorded false true
	mv rec shadow.rec
	"$ctl" mode on
	run -0 recorded true true # all the time
	[[ $output == *"mode was 'on' while this was recorded"* ]]
	run -0 "$build/pcsc-trace" report -s "$(device 0200)" rec
	[[ $output == *"SERVED: "* ]]
	"$ctl" mode off
	recorded true "'$ctl' mode on; lspci >/dev/null; lspci >/dev/null; '$ctl' mode off" # by its hits
	mv rec on.rec
	run -5 "$profile" generate on.rec -o profile.json
	[[ $output == *"on.rec: no evidence"*"no recording is left"* ]]
	[ ! -e profile.json ]
	run -0 "$profile" generate off.rec on.rec shadow.rec -o profile.json
	[[ $output == *"on.rec: no evidence"* ]]
	"$profile" generate off.rec shadow.rec -o without.json
	cmp profile.json without.json
}

@test "load and unload under reads, writes and resets" {
	d=$(device 0200) nvme=$(device 0108)
	# nice: what processors have left is theirs, all of it
	while :; do lspci -vvv; done >/dev/null 2>&1 &
	readers=$!
	renice -n 10 $readers >/dev/null
	while :; do setpci -s "$d" LATENCY_TIMER=0 CACHE_LINE_SIZE=10; done >/dev/null 2>&1 &
	writers=$!
	renice -n 10 $writers >/dev/null
	while :; do echo 1 >"/sys/bus/pci/devices/$nvme/reset"; done 2>/dev/null &
	resets=$!
	for ((i = 0; i < ${PCSC_CYCLES:-5}; i++)); do
		"$ctl" load "$specification"
		echo on >$sys/mode
		echo shadow >$sys/mode
		echo off >$sys/mode
		rmmod pci_pcsc
		insmod "$module"
		((i % 50 != 49)) || echo "# $((i + 1)) cycles" >&3
	done
	kill $readers $writers $resets
	wait $readers $writers $resets || true
}

@test "rehearse: a PF that sleeps would come cold, and its VFs with it" {
	local pf
	"$ctl" load "$specification"
	"$top/tools/guest.d/enable-vfs" pci-pf-stub >/dev/null
	"$ctl" mode on
	lspci -vvv >/dev/null
	pf=$(basename "$(dirname "$(ls -d /sys/bus/pci/devices/*/virtfn0 | head -n 1)")")
	gunzip -c "$top/tests/recordings/events.rec.gz" >"$BATS_TEST_TMPDIR/events.rec"
	cold() {
		"$build/pcsc-profile" rehearse -j "$BATS_TEST_TMPDIR/events.rec" "$specification" |
			jq -c '[.handover.cold[].why] | group_by(.) | map([.[0], length])'
	}
	[ "$(cold)" = '[]' ]
	setpci -s "$pf" CAP_PM+4.w=3:3
	[ "$(cold)" = '[["above",4],["power",1]]' ]
	setpci -s "$pf" CAP_PM+4.w=0:3
	disable_vfs
}
