#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The simulator, seen through sysfs and setpci. Runs in a guest, as root:
#   tools/guest -k VER -- "PCSC_KERNEL=VER bats tests/sim/sim.bats"

bats_require_minimum_version 1.5.0
load simulated

setup_file() {
	export top="$BATS_TEST_DIRNAME/../.."
	export build="${PCSC_BUILD:-$top/build}"
	export module="$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
	export examples="$BATS_TEST_DIRNAME/examples"
	local started=$EPOCHREALTIME
	insmod "$module" log_records=1000000
	describe twenty
	control add
	export enumerated=$(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
}

teardown_file() {
	control remove
	rmmod pcsc_sim
}

# the helper that one test loads, wherever that ended
teardown() {
	[[ -e /sys/bus/pci/pcsc ]] || return 0
	"$build/pcsc-ctl" mode off
	rmmod pci_pcsc
}

# describe EXAMPLE
describe() {
	cat "$examples/$1.sim" >$sim/config
}

# again EXAMPLE: other functions instead of those there are
again() {
	control remove
	describe "$1"
	control add
}

# reg FUNCTION REGISTER[=VALUE]...
reg() {
	setpci -s "10000:$1" "${@:2}"
}

# truth FUNCTION OFFSET: the four bytes there, as hardware would answer now
truth() {
	od -An -v -tx4 -N4 -j $(($(place "$1") * 4096 + 0x$2)) $sim/truth | tr -d ' '
}

# place BUS:DEVICE.FUNCTION: as a number
place() {
	[[ $1 =~ ^(..):(..)\.(.)$ ]]
	echo $((0x${BASH_REMATCH[1]} << 8 | 0x${BASH_REMATCH[2]} << 3 | BASH_REMATCH[3]))
}

# hundred BUS OFFSET: what the hundred functions of a bus have there
hundred() {
	dd if=$sim/truth bs=4096 skip=$((0x$1 << 8)) count=100 status=none |
		od -An -v -tx4 -w4096 | awk -v n=$((0x$2 / 4 + 1)) '{ print $n }'
}

# reset FUNCTION METHOD: the kernel's own
reset() {
	echo "$2" >"/sys/bus/pci/devices/10000:$1/reset_method"
	echo 1 >"/sys/bus/pci/devices/10000:$1/reset"
}

# bus_reset PORT
bus_reset() {
	reg "$1" BRIDGE_CONTROL.w=40:40
	reg "$1" BRIDGE_CONTROL.w=0:40
}

counted() {
	sed -n "s/^$1 //p" $sim/stats
}

# ---- two thousand ------------------------------------------------------------

@test "2,000 functions of 20 behaviours are enumerated" {
	echo "# loaded and enumerated in $enumerated ms, $(counted reads) reads" >&3
	[ "$(lspci -D -d 1234: | wc -l)" = 2000 ]
	[ "$(counted functions)" = 2120 ] # and 20 ports, 100 VFs
	[ "$(lspci -Dn -s 10000:: | grep -o '1234:10..' | sort | uniq -c |
		awk '$1 == 100' | wc -l)" = 20 ]
	[ "$enumerated" -lt 30000 ]
}

@test "lspci -xxxx prints the truth" {
	for f in 01:0c.3 02:00.5 14:0c.3; do
		lspci -xxxx -s "10000:$f" | sed -n 's/^[0-9a-f]*: //p' | tr -d ' \n' >"$BATS_TEST_TMPDIR/read"
		dd if=$sim/truth bs=4096 skip="$(place "$f")" count=1 status=none |
			head -c $(($(wc -c <"$BATS_TEST_TMPDIR/read") / 2)) | xxd -p | tr -d '\n' |
			cmp - "$BATS_TEST_TMPDIR/read"
	done
	cmp -n 4096 -i "$(($(place 01:00.7) * 4096))":0 $sim/truth "/sys/bus/pci/devices/10000:01:00.7/config"
}

@test "pcsc-trace counts each function's reads exactly" {
	cd "$BATS_TEST_TMPDIR"
	control log clear
	awk '{ print $1, $4 }' $sim/functions >before
	"$build/pcsc-trace" record -o rec -- lspci -vvv -s 10000:: >/dev/null
	awk '{ print $1, $4 }' $sim/functions >after
	cat $sim/log >log
	[ "$(counted log_lost)" = 0 ]
	# 31 MB of JSON, for jq: only the functions' part
	"$build/pcsc-trace" report -j rec | sed -n '/^  "functions"/,/^  "registers"/p' |
		awk -F'[": ,]+' '/"function"/ { f = $0; gsub(/.*: "|",/, "", f) }
			/^      "reads"/ && f ~ /^10000:/ { print f, $3 }' | sort >traced
	join before after | awk '{ print $1, $3 - $2 }' | sort >reached
	awk '$4 == "r" { n[$3]++ } END { for (f in n) print f, n[f] }' log | sort >logged
	[ "$(wc -l <traced)" = 2020 ]
	cmp traced reached
	cmp traced logged
	echo "# $(awk '{ n += $2 } END { print n }' traced) reads of 2020 functions" >&3
}

# ---- behaviours --------------------------------------------------------------

@test "constant: neither writes nor resets change it" {
	reg 01:00.0 188.l=0
	reset 01:00.0 flr
	bus_reset 00:01.0
	[ "$(reg 01:00.0 188.l)" = efbeadde ]
	[ "$(truth 01:00.0 188)" = efbeadde ]
}

@test "set by software: the bits of the mask, until a reset" {
	[ "$(reg 02:00.0 188.l)" = 12345678 ]
	reg 02:00.0 188.l=ffffffff
	[ "$(reg 02:00.0 188.l)" = ffff56ff ]
	reg 02:00.0 189.b=0 18a.w=0
	[ "$(reg 02:00.0 188.l)" = 000056ff ]
	[ "$(reg 02:00.1 188.l)" = 12345678 ]
	reset 02:00.0 flr
	[ "$(reg 02:00.0 188.l)" = 12345678 ]
}

@test "status: ones clear, hardware sets again" {
	control speed 0
	[ "$(reg 03:00.0 188.w)" = 0005 ]
	reg 03:00.0 188.w=0004
	[ "$(reg 03:00.0 188.w)" = 0001 ]
	reg 03:00.0 188.w=0000
	[ "$(reg 03:00.0 188.w)" = 0001 ]
	control speed 100
	sleep 0.1
	[ "$(reg 03:00.0 188.w)" = 0005 ]
	control speed 1
}

@test "counter: at its rate, and the truth does not stop it" {
	a=$(truth 04:00.0 188)
	sleep 0.2
	b=$(reg 04:00.0 188.l)
	((0x$b - 0x$a >= 200 && 0x$b - 0x$a < 20000))
	control speed 0
	a=$(truth 04:00.0 188)
	[ "$(reg 04:00.0 188.l)" = "$a" ]
	[ "$(reg 04:00.0 188.l)" = "$a" ]
	control speed 1
}

@test "late: each changes once, at a moment of its own" {
	control 05:00.0 late
	[ "$(reg 05:00.0 188.l)" = 00000002 ]
	control speed 0
	control pass 200000
	some=$(hundred 05 188 | grep -c 00000002)
	echo "# after about 200 of 600 s, $some of 100 have changed" >&3
	((some > 10 && some < 90))
	control pass 600000
	control speed 1
	[ "$(hundred 05 188 | sort -u)" = 00000002 ]
	reset 05:00.1 flr
	[ "$(reg 05:00.1 188.l)" = 00000002 ]
}

@test "cleared by being read, but not by the truth" {
	control speed 0
	[ "$(truth 06:00.0 188)" = 0000cafe ]
	[ "$(truth 06:00.0 188)" = 0000cafe ]
	[ "$(reg 06:00.0 188.l)" = 0000cafe ]
	[ "$(reg 06:00.0 188.l)" = 00000000 ]
	control pass 10000
	[ "$(reg 06:00.0 188.l)" = 0000cafe ]
	control speed 1
}

@test "one more with every read" {
	first=$(reg 07:00.0 188.l)
	[ "$((0x$(reg 07:00.0 188.l)))" = "$((0x$first + 1))" ]
	[ "$((0x$(truth 07:00.0 188)))" = "$((0x$first + 2))" ]
}

@test "mailbox: busy, then the answer" {
	control speed 0
	reg 08:00.0 188.l=1234
	[ "$(truth 08:00.0 188)" = 80001234 ]
	[ "$(truth 08:00.0 18c)" = 00000000 ]
	control pass 1000
	control speed 1
	[ "$(reg 08:00.0 188.l)" = 00001234 ]
	[ "$(reg 08:00.0 18c.l)" = ffffedcb ]
}

@test "index and data" {
	for i in 0 5 f; do
		reg 09:00.0 "188.l=$i"
		[ "$(reg 09:00.0 18c.l)" = "$(printf %08x $((0x100 + 0x$i)))" ]
	done
	reg 09:00.0 18c.l=abcd
	reg 09:00.0 188.l=5
	[ "$(reg 09:00.0 18c.l)" = 00000105 ]
	reg 09:00.0 188.l=f
	[ "$(reg 09:00.0 18c.l)" = 0000abcd ]
	reg 09:00.0 188.l=10
	[ "$(reg 09:00.0 18c.l)" = ffffffff ]
}

@test "linked: another register changes it" {
	[ "$(reg 0a:00.0 18c.l)" = ffffffff ]
	reg 0a:00.0 188.l=1234
	[ "$(reg 0a:00.0 18c.l)" = ffffedcb ]
	reg 0a:00.0 18c.l=0
	[ "$(reg 0a:00.0 18c.l)" = ffffedcb ]
}

@test "each kind of reset changes what it should, and nothing else" {
	for f in 0b:00.0 0c:00.0 0d:00.0 0e:00.0; do
		[ "$(reg $f 188.l)" = 00000001 ]
		reset $f flr
	done
	[ "$(reg 0b:00.0 188.l)" = 00000002 ]
	[ "$(reg 0c:00.0 188.l)$(reg 0d:00.0 188.l)$(reg 0e:00.0 188.l)" = 000000010000000100000001 ]
	for f in 0b:00.0 0c:00.0 0d:00.0 0e:00.0; do reset $f pm; done
	[ "$(reg 0c:00.0 188.l)" = 00000002 ]
	[ "$(reg 0b:00.0 188.l)$(reg 0d:00.0 188.l)" = 0000000200000001 ]
	for f in 00:01.2 00:01.3 00:01.4; do bus_reset $f; done
	for f in 00:01.3 00:01.4 00:01.5; do bus_reset $f; done
	[ "$(hundred 0d 188 | sort -u)" = 00000001 ]
	bus_reset 00:02.4
	[ "$(hundred 0d 188 | sort -u)" = 00000002 ]
	control 0e:00.0 fw-activate
	[ "$(reg 0e:00.0 188.l)" = 00000002 ]
	[ "$(reg 0e:00.0 REVISION)" = 02 ]
	[ "$(reg 0e:00.1 REVISION)" = 01 ]
	control 0b:00.1 flr-internal
	[ "$(reg 0b:00.1 188.l)" = 00000002 ]
}

@test "D3hot: readable, and reset when it ends" {
	reg 0c:00.5 INTERRUPT_LINE=55
	reg 0c:00.5 54.w=3
	[ "$(reg 0c:00.5 INTERRUPT_LINE)" = 55 ]
	[ "$(reg 0c:00.5 188.l)" = 00000001 ]
	reg 0c:00.5 54.w=0
	[ "$(reg 0c:00.5 INTERRUPT_LINE)" = 00 ]
	[ "$(reg 0c:00.5 188.l)" = 00000002 ]
}

@test "RRS after a reset: the vendor 0001, all else all-ones, then normal" {
	control 10:00.0 rrs 3000
	reg 10:00.0 68.w=8000:8000
	[ "$(reg 10:00.0 VENDOR_ID)" = 0001 ]
	[ "$(reg 10:00.0 0.l)" = ffff0001 ]
	[ "$(reg 10:00.0 8.l)" = ffffffff ]
	[ "$(truth 10:00.0 0)" = ffff0001 ]
	sleep 3
	[ "$(reg 10:00.0 0.l)" = 10101234 ]
	# the kernel waits for it
	control 10:00.1 rrs 600
	started=${EPOCHREALTIME/./}
	reset 10:00.1 flr
	((${EPOCHREALTIME/./} - started >= 600000))
	[ "$(reg 10:00.1 VENDOR_ID)" = 1234 ]
}

@test "stamps rise with every write and every command" {
	a=$(reg 11:00.0 188.l)
	reg 11:00.0 188.l=0
	reg 11:00.0 18a.b=0
	control 11:00.0 stamp
	control model=stamp stamp
	control all stamp
	[ "$((0x$(reg 11:00.0 188.l)))" = "$((0x$a + 5))" ]
	[ "$((0x$(truth 11:00.1 188)))" = 2 ]
}

@test "broken capability lists end, for the kernel and for lspci" {
	lspci -vvv -s 10000:12:00.0 | grep -q 'loop'
	timeout 20 lspci -vvv -s 10000:13:00.0 | grep -q 'Device 1234:1013'
	timeout 20 cat /sys/bus/pci/devices/10000:12:*/config >/dev/null
}

# ---- presence ----------------------------------------------------------------

@test "disappearance and return" {
	reg 02:00.2 188.l=0
	control 02:00.2 remove-silently
	[ "$(reg 02:00.2 0.l)" = ffffffff ]
	[ "$(truth 02:00.2 188)" = ffffffff ]
	reg 02:00.2 188.l=ffffffff
	grep -q '^10000:02:00.2 scratch removed' $sim/functions
	[ "$(reg 02:00.3 0.l)" = 10021234 ]
	control 02:00.2 reappear
	[ "$(reg 02:00.2 0.l)" = 10021234 ]
	[ "$(reg 02:00.2 188.l)" = 12345678 ]
}

@test "silent link drop: all below is gone, and reset when it is back" {
	[ "$((0x$(reg 00:02.4 52.w) & 0x2000))" = $((0x2000)) ]
	before=$(truth 0d:00.0 188)
	control 0d:00.0 link-down
	[ "$((0x$(reg 00:02.4 52.w) & 0x2000))" = 0 ]
	[ "$(hundred 0d 0 | sort -u)" = ffffffff ]
	[ "$(reg 0d:00.9 0.l 2>/dev/null || reg 0d:01.1 0.l)" = ffffffff ]
	control 00:02.4 link-up
	[ "$(hundred 0d 0 | sort -u)" = 100d1234 ]
	[ "$((0x$(truth 0d:00.0 188)))" = $((0x$before + 1)) ]
	# likewise by the port's own switch
	reg 00:02.4 50.w=10:10
	[ "$(hundred 0d 0 | sort -u)" = ffffffff ]
	reg 00:02.4 50.w=0:10
	[ "$((0x$(truth 0d:00.0 188)))" = $((0x$before + 2)) ]
}

@test "D3cold: all-ones, and as new afterwards" {
	reg 02:00.4 188.l=0
	control 02:00.4 d3cold
	[ "$(reg 02:00.4 0.l)" = ffffffff ]
	control 02:00.4 d0
	[ "$(reg 02:00.4 188.l)" = 12345678 ]
}

# ---- control -----------------------------------------------------------------

@test "a hidden change is the truth at once" {
	control 01:00.2 set 188 4 cafebabe
	[ "$(reg 01:00.2 188.l)" = cafebabe ]
	[ "$(truth 01:00.2 188)" = cafebabe ]
	[ "$(reg 01:00.3 188.l)" = efbeadde ]
}

# sixteen FUNCTION: from the first to the last of so many reads, in microseconds by the
# log, since to start a program takes longer
sixteen() {
	control log clear
	head -c 64 "/sys/bus/pci/devices/10000:$1/config" >/dev/null
	cat $sim/log >"$BATS_TEST_TMPDIR/log"
	awk -v f="10000:$1" '$3 == f { n++; first = n > 1 ? first : $1; last = $1 }
		END { print n == 16 ? int((last - first) / 1000) : "?" }' "$BATS_TEST_TMPDIR/log"
}

@test "delay: a read takes its time" {
	control 01:00.1 delay 2000000
	took=$(sixteen 01:00.1)
	control 01:00.1 delay 0
	echo "# 16 reads of 2 ms: $took us" >&3
	((took >= 30000))
}

@test "the log has every access, in order" {
	control log clear
	reg 01:00.0 188.l=12345678
	reg 01:00.0 18a.b
	run -0 grep -o '10000:01:00.0 [rw] 18.*' $sim/log
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} == "10000:01:00.0 w 188 4 12345678 d "* ]]
	[[ ${lines[1]} == "10000:01:00.0 r 18a 1 be d "* ]]
	control log off
	reg 01:00.0 0.l
	control log on
	[ -z "$(cat $sim/log)" ]
}

@test "commands that are none are refused, and the reason is kept" {
	while read -r command; do
		read -r reason
		echo "$command -> $reason"
		run ! control "$command"
		[[ $(cat $sim/error) == "$reason"* ]]
	done <<-END
		dance
		there is no command 'dance'
		01:00.0 dance
		there is no command 'dance'
		01:00.0 set 188 4
		set wants 3 arguments
		01:00.0 set 1000 4 0
		set: '1000' is no hexadecimal number, or too large
		01:00.0 rrs soon
		rrs: 'soon' is no decimal number
		1f:00.0 late
		there is no function '1f:00.0'
		add
		add: the functions are there already
		speed
		speed wants 1 arguments
		log loud
		log: on, off or clear
	END
}

@test "the models' layouts are told" {
	run -0 cat $sim/models
	[[ $output == *"model linked"*"  18c 4 linked"* ]]
	[[ $output == *"model flr"*"  188 4 const flr"* ]]
	[[ $output == *"model counting"*"  188 4 counter"* ]]
}

@test "the module stays as long as there are functions" {
	run ! rmmod pcsc_sim
	[ "$(lspci -D -d 1234:1001 | wc -l)" = 100 ]
}

# ---- other descriptions ------------------------------------------------------

@test "SR-IOV: 200 VFs appear, reset, and vanish" {
	again sriov
	modprobe pci-pf-stub
	d=/sys/bus/pci/devices/10000:01:00.0
	echo pci-pf-stub >$d/driver_override
	echo 10000:01:00.0 >/sys/bus/pci/drivers_probe
	[ "$(reg 01:10.0 0.l 2>/dev/null)" = "" ]
	echo 200 >$d/sriov_numvfs
	[ "$(lspci -D -s 10000:: | wc -l)" = 202 ]
	[ "$(lspci -Dn -s 10000:02:08.7 | cut -d' ' -f3)" = 1234:2001 ]
	[ "$(truth 01:10.0 0)" = ffffffff ]
	[ "$(truth 02:08.7 40)" = 00006009 ] || [ "$(truth 02:08.7 40)" = 00000009 ]
	echo 1 >/sys/bus/pci/devices/10000:02:08.7/reset
	echo 0 >$d/sriov_numvfs
	[ "$(lspci -D -s 10000:: | wc -l)" = 2 ]
	[ "$(truth 02:08.7 40)" = ffffffff ]
	control 01:00.0 delay 2000000
	echo 5 >$d/sriov_numvfs
	(($(sixteen 01:10.4) >= 30000))
	control 01:00.0 delay 0 # those that are there have theirs
	(($(sixteen 01:10.4) >= 30000))
	control all delay 0
	# the PF's reset, behind the kernel's back: no VF is left
	[ "$(truth 01:10.4 60)" != ffffffff ]
	[ "$(truth 01:10.5 60)" = ffffffff ]
	control 01:00.0 flr-internal
	[ "$(truth 01:10.4 60)" = ffffffff ]
	echo 0 >$d/sriov_numvfs
	echo 10000:01:00.0 >$d/driver/unbind
	modprobe -r pci-pf-stub
}

@test "a switch: a reset concerns what is below, sticky bits survive" {
	again tree
	reg 03:00.0 a8.l=11111111 ac.l=22222222
	reg 04:00.0 a8.l=11111111 ac.l=22222222
	bus_reset 02:00.0
	[ "$(reg 03:00.0 a8.l)" = 00000000 ]
	[ "$(reg 03:00.0 ac.l)" = 22222222 ]
	[ "$(reg 04:00.0 a8.l)" = 11111111 ]
	[ "$(reg 03:00.0 a5.b)$(reg 04:00.0 a5.b)" = 0100 ]
	# by the kernel, which restores the switch's bus numbers
	echo 1 >/sys/bus/pci/devices/10000:01:00.0/reset_subordinate 2>/dev/null ||
		reset 01:00.0 bus
	[ "$(reg 03:00.0 0.l)" = 30001234 ]
	[ "$((0x$(truth 03:00.0 a4) >> 8 & 0xff))" = 2 ]
	control 03:00.0 d3cold
	control 03:00.0 d0
	[ "$(reg 03:00.0 ac.l)" = 00000000 ]
	[ "$((0x$(truth 03:00.0 a4) >> 24))" = 2 ] # one by being built
}

@test "whoever stacks on our operations sees our functions, and holds us" {
	[[ -e $build/module-${PCSC_KERNEL:-6.12}/pci_pcsc.ko ]] || skip "needs the helper"
	again small
	insmod "$build/module-${PCSC_KERNEL:-6.12}/pci_pcsc.ko"
	"$build/pcsc-profile" generate --specification -o "$BATS_TEST_TMPDIR/s.json"
	"$build/pcsc-profile" compile "$BATS_TEST_TMPDIR/s.json" -o "$BATS_TEST_TMPDIR/s.pcsc"
	"$build/pcsc-ctl" load "$BATS_TEST_TMPDIR/s.pcsc"
	"$build/pcsc-ctl" mode on
	lspci -vvv -s 10000:: >/dev/null
	reads=$(counted reads)
	lspci -vvv -s 10000:: >/dev/null
	reached=$(($(counted reads) - reads))
	hits=$("$build/pcsc-ctl" -j state | jq '[.functions[] |
		select(.address | startswith("10000:")) | .hits] | add')
	echo "# the second lspci: $reached reads reached us, $hits hits" >&3
	((hits > 20))
	run ! control remove
	[[ $(cat $sim/error) == *"somebody stacked on our operations"* ]]
	run ! rmmod pcsc_sim
	"$build/pcsc-ctl" mode off
	control remove
	rmmod pci_pcsc
	control add
}

@test "a wrong description: the line and the reason" {
	control remove
	# not by bats itself, which takes its time for each command
	bash -u "$BATS_TEST_DIRNAME/wrong" $sim <"$BATS_TEST_DIRNAME/wrong.txt"
	describe small
	control add
}

# ---- coming and going --------------------------------------------------------

readers() {
	while :; do lspci -vvv -s 10000:: || true; done >/dev/null 2>&1 &
	while :; do cat /sys/bus/pci/devices/*/config || true; done >/dev/null 2>&1 &
	while :; do cat /proc/bus/pci/*/* || true; done >/dev/null 2>&1 &
}

@test "load, add, remove, unload while others read" {
	control remove
	rmmod pcsc_sim
	readers
	started=${EPOCHREALTIME/./}
	for ((cycle = 0; cycle < ${PCSC_SIM_CYCLES:-5}; cycle++)); do
		domain=$((cycle % 2 ? 0x1000 : 0x10000))
		insmod "$module" domain=$domain share_ops=$((cycle % 3 != 2)) log_records=100
		describe tree
		control add
		device=/sys/bus/pci/devices/$(printf %04x $domain):03:00.0
		exec 9<"$device/config"
		head -c 64 "$device/config" >/dev/null
		while (($(counted reads) < 1500)); do sleep 0.05; done
		[ "$(counted log_lost)" -gt 0 ]
		control remove
		run ! head -c 4 <&9
		exec 9<&-
		[ ! -e "$device" ]
		rmmod pcsc_sim
	done
	echo "# $cycle cycles in $(((${EPOCHREALTIME/./} - started) / 1000)) ms" >&3
	kill $(jobs -p)
	wait || true
	insmod "$module"
	describe small
	control add
}

@test "flip: what is constant has another value, how a function is built stays; twice is the first again" {
	again survival
	local before
	before=$(od -An -v -tx1 -N4096 -j $((0x300 * 4096)) $sim/truth)
	control 03:00.0 flip
	[ "$(truth 03:00.0 0)" = 30001234 ]
	[ "$(truth 03:00.0 8)" = 17151514 ]
	[ "$(truth 03:00.0 c)" = 00001500 ] # several functions: not any more
	[ "$(truth 03:00.0 10)" = 00000000 ]
	[ "$(truth 03:00.0 34)" = 15151540 ]
	[ "$(truth 03:00.0 40)" = 15165001 ] # and the list is as it was
	[ "$(truth 03:00.0 110)" = 1301000b ]
	[ "$(truth 03:00.0 114)" = 01011514 ]
	control 03:00.0 flip
	[ "$(od -An -v -tx1 -N4096 -j $((0x300 * 4096)) $sim/truth)" = "$before" ]
	control 03:00.0 flip-next
	[ "$(truth 03:00.0 40)" = 00035001 ]
	control 03:00.0 flr-internal
	[ "$(truth 03:00.0 40)" = 15165001 ]
	control 03:00.0 flr-internal
	[ "$(truth 03:00.0 40)" = 15165001 ]
}
