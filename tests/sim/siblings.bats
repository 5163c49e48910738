#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# VFs that are answered by what their siblings have in common: when, when not, and what
# ends it. Over 64 simulated VFs, with a profile made of them.

bats_require_minimum_version 1.5.0
load ../guest/common
load simulated

setup_file() {
	common_setup_file
	export pf=/sys/bus/pci/devices/10000:01:00.0
	export siblings="$BATS_FILE_TMPDIR/siblings.pcsc"
	modprobe pci-pf-stub
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
	cat "$BATS_TEST_DIRNAME/examples/siblings.sim" >$sim/config
	appear
	create
	"$build/pcsc-trace" record -o "$BATS_FILE_TMPDIR/host.rec" -- \
		bash -c "$(declare -f read_all control); sim=$sim; read_all; read_all
			echo 1 >/sys/bus/pci/devices/10000:01:08.0/reset; read_all"
	"$profile" generate -o "$BATS_FILE_TMPDIR/siblings.json" "$BATS_FILE_TMPDIR/host.rec"
	"$profile" compile -o "$siblings" "$BATS_FILE_TMPDIR/siblings.json"
	control remove
}

teardown_file() {
	rmmod pcsc_sim
}

setup() {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	appear
	insmod "$module" verify=0
	"$ctl" load "$siblings"
	"$ctl" mode on
}

teardown() {
	common_teardown
	control remove
	rmmod pcsc_beside
}

appear() {
	control add
	echo pci-pf-stub >$pf/driver_override
	echo 10000:01:00.0 >/sys/bus/pci/drivers_probe
	echo 0 >$pf/sriov_drivers_autoprobe
}

create() {
	echo 64 >$pf/sriov_numvfs
}

read_all() {
	cat /sys/bus/pci/devices/10000:01:*/config >/dev/null
}

read_headers() {
	local config
	for config in /sys/bus/pci/devices/10000:01:*/config; do
		head -c 64 "$config" >/dev/null
	done
}

# dword VF OFFSET
dword() {
	setpci -s "10000:$1" "$2.l"
}

# give VF: to the driver that says it is user space's
give() {
	echo uio_pcsc >"/sys/bus/pci/devices/10000:$1/driver_override"
	echo "10000:$1" >/sys/bus/pci/drivers_probe
}

# grown KEY COMMAND...: by how much, while it runs
grown() {
	local key=$1 before
	before=$(value "$key")
	shift
	"$@" >/dev/null
	echo $(($(value "$key") - before))
}

# known VF: a VF that has shown to be as its siblings in the 256 bytes at 300
known() {
	dword "$1" 300 >/dev/null
}

# answered VF OFFSET: by its siblings
answered() {
	[ "$(grown 'Sibling Hits' dword "$1" "$2")" = 1 ]
}

hit() {
	[ "$(grown 'Cache Hits' dword "$1" "$2")" = 1 ]
}

# truth VF: all of its bytes, without an access
truth() {
	local rid=$((0x${1%%:*} << 8 | 0x$(cut -d: -f2 <<<"${1%.*}") << 3 | ${1##*.}))
	dd if=$sim/truth bs=4096 skip=$rid count=1 status=none
}

@test "the profile names what all of the VFs have in common, and nothing that may differ" {
	jq -e '[.models[] | select(.match.vf) | .rules[]
		| select(.siblings >= 64) | .offset] | length > 10' "$BATS_FILE_TMPDIR/siblings.json"
	jq -e '[.models[] | select(.match.vf | not) | .rules[] | select(.siblings)] == []' \
		"$BATS_FILE_TMPDIR/siblings.json"
	jq -e '[.models[].rules[] | select(.capability == "ECAP_ARI" and .siblings)
		| select(.offset != "0x00")] == []' "$BATS_FILE_TMPDIR/siblings.json"
}

@test "VFs are answered by three that were created before them, and it is the truth" {
	create
	read_headers
	[ "$(value 'Sibling Hits')" -gt 300 ]
	[ "$(served 10000:01:0f.7 hardware_reads)" -lt "$(served 10000:01:08.2 hardware_reads)" ]
	give 01:08.1
	for vf in 01:08.0 01:08.1 01:08.3 01:0b.5 01:0f.7; do
		cmp "/sys/bus/pci/devices/10000:$vf/config" <(truth $vf)
		cmp "/sys/bus/pci/devices/10000:$vf/config" <(truth $vf)
	done
	[ "$(value Mismatches)" = 0 ]
	[ "$(value 'Dropped Templates')" = 0 ]
}

@test "for the first VF that user space gets three are read as a whole, for the others next to nothing" {
	create
	first=$(grown 'Populate Reads' give 01:0a.0)
	echo "# $first reads for the first, $(grown 'Populate Reads' give 01:0b.0) for the second" >&3
	[ "$first" -gt 2700 ]
	[ "$first" -lt 3100 ]
	[ "$(grown 'Populate Reads' give 01:0c.0)" -lt 16 ]
	hardware=$(served 10000:01:0c.0 hardware_reads)
	cat /sys/bus/pci/devices/10000:01:0c.0/config >/dev/null
	[ $(($(served 10000:01:0c.0 hardware_reads) - hardware)) -lt 60 ]
}

@test "the first answer in 256 bytes is compared with hardware, the next are hits" {
	create
	give 01:0a.0
	answered 01:0c.3 304
	run ! hit 01:0c.3 504
	hit 01:0c.3 508
	hit 01:0c.3 50c
	run ! hit 01:0c.3 600
	# its own reset does not make a VF another than its siblings
	echo 1 >/sys/bus/pci/devices/10000:01:0c.3/reset
	hit 01:0c.3 510
}

@test "one odd VF of 64: hardware's answer, found at once, and nobody is answered by siblings any more" {
	create
	give 01:0a.0
	control 01:0c.3 set 340 4 12345678
	known 01:0d.0
	hit 01:0d.0 340
	[ "$(dword 01:0c.3 340)" = 12345678 ]
	[ "$(value Mismatches)" = 1 ]
	[ "$(value 'Dropped Templates')" = 1 ]
	"$ctl" -j events | jq -e -s 'any(.[]; .event == "odd-vf" and .address == "10000:01:0c.3" and
		.offset == 832 and .cached == 0 and .found == 305419896)'
	run ! answered 01:0d.0 344
	run ! answered 01:0e.0 344
	# it is the template that was wrong, not the VF
	[ "$(served 10000:01:0c.3 'bypassed | length')" = 0 ]
	[ "$(dword 01:0c.3 340)" = 12345678 ]
}

# explained VF REGISTER: the answer, with all that is known
explained() {
	"$profile" explain -p "$BATS_FILE_TMPDIR/siblings.json" "10000:$1" "$2"
}

# is_explained WORDS VF REGISTER: with WORDS somewhere in it
is_explained() {
	explained "$2" "$3" | tee "$BATS_TEST_TMPDIR/said" | grep -qF -- "$1" ||
		{ cat "$BATS_TEST_TMPDIR/said" && false; }
}

@test "explain: by which rule and evidence, since when, and why not, also of an odd VF" {
	create
	vf=01:0c.3
	is_explained 'const: the next read asks hardware, and is kept' $vf 340
	[ "$(dword $vf 340)" = 00000000 ]
	is_explained 'const, and answered from memory' $vf 340
	is_explained 'const by evidence, zero in every function' $vf 340
	is_explained 'siblings   equal in 64 VFs' $vf 340
	is_explained 'hardware last agreed with a hit never' $vf 340
	echo 1 >/sys/module/pci_pcsc/parameters/verify
	dword $vf 340 >/dev/null
	is_explained 'hardware last agreed with a hit 0 s ago' $vf 340
	grep -F 'last forgotten' "$BATS_TEST_TMPDIR/said"
	sleep 2
	run ! is_explained 'last forgotten 0 s ago' $vf 340
	"$ctl" flush "10000:$vf"
	is_explained 'last forgotten 0 s ago' $vf 340
	"$ctl" mode off -s "10000:$vf"
	is_explained 'hardware answers now (disabled)' $vf 340
	"$ctl" mode on -s "10000:$vf"
	# a write demotes, and another VF of other bytes is found out by its first hit
	dword $vf 340 >/dev/null
	setpci -s "10000:$vf" 344.l=1
	is_explained 'demoted in this function' $vf 340
	dword 01:0d.0 340 >/dev/null
	control 01:0d.0 set 340 4 12345678
	dword 01:0d.0 340 >/dev/null
	is_explained 'demoted in this function' 01:0d.0 348
	is_explained 'hardware answers now (quarantine)' 01:0d.0 HEADER_TYPE
	is_explained 'demoted in this function' 01:0d.1 340
	is_explained 'on the floor' 01:0d.1 COMMAND
	"$profile" explain -j -p "$BATS_FILE_TMPDIR/siblings.json" 10000:01:0d.0 |
		jq -e '.served == false and .held_back == "quarantine" and ([.bytes[].length] | add) == 4096'
}

@test "a VF that its user has changed: hardware's answer, and nobody is answered by siblings any more" {
	create
	give 01:0a.0
	control 01:0a.0 set 340 4 1
	give 01:0b.0
	control 01:0b.0 set 440 4 1
	[ "$(dword 01:0b.0 440)" = 00000001 ]
	[ "$(value 'Dropped Templates')" = 1 ]
	# a guest cannot have others called in doubt
	[ "$(value Mismatches)" = 0 ]
	run ! answered 01:0d.0 344
}

@test "on_mismatch=off: an odd VF ends all serving" {
	echo off >/sys/module/pci_pcsc/parameters/on_mismatch
	create
	give 01:0a.0
	control 01:0c.3 set 340 4 12345678
	[ "$(dword 01:0c.3 340)" = 12345678 ]
	until_true 10 [ "$(cat $sys/mode)" = off ]
}

# ends COMMAND...: after it nobody is answered by siblings
ends() {
	echo 0 >$pf/sriov_numvfs
	create
	give 01:0a.0
	known 01:0d.0
	hit 01:0d.0 340
	"$@"
	# what they prove themselves is not what is missing
	head -c 264 /sys/bus/pci/devices/10000:01:0d.[01]/config >/dev/null || true
	run ! answered 01:0d.0 344
	run ! answered 01:0d.1 344
}

pf_reset() {
	setpci -s 10000:01:00.0 68.w=8000:8000
	sleep 0.2
	setpci -s 10000:01:00.0 VENDOR_ID.l >/dev/null
}

@test "what ends a template: writes to SR-IOV registers, all that befalls the PF, a flush" {
	ends setpci -s 10000:01:00.0 150.w=40 # NumVFs
	ends setpci -s 10000:01:00.0 160.l=1 # System Page Size
	ends pf_reset
	ends setpci -s 10000:01:00.0 f0.l=0 # that nobody describes
	ends "$ctl" flush
	ends "$ctl" flush 10000:01:0e.3
}

# It makes the port send it to what is below, whose captured limit a VF may show
@test "a write of the slot's power limit ends what is known below" {
	create
	read_all
	[ "$(served 10000:01:0c.3 valid_bytes)" -gt 10 ]
	setpci -s 10000:00:01.0 54.l=0
	[ "$(served 10000:01:0c.3 valid_bytes)" = 0 ]
	give 01:0a.0
	run ! answered 01:0d.0 344
}

@test "a write of a PF's link control ends what is known of its VFs, which may show it" {
	create
	read_all
	[ "$(served 10000:01:0c.3 valid_bytes)" -gt 10 ]
	setpci -s 10000:01:00.0 70.w=0 # LnkCtl
	[ "$(served 10000:01:0c.3 valid_bytes)" = 0 ]
	read_all
	[ "$(served 10000:01:0c.3 valid_bytes)" -gt 10 ]
	setpci -s 10000:01:00.0 90.w=0 # LnkCtl2
	[ "$(served 10000:01:0c.3 valid_bytes)" = 0 ]
}

@test "VFs that were there before us are nobody's example" {
	"$ctl" mode off
	create
	"$ctl" mode on
	give 01:0a.0
	read_all
	[ "$(value 'Sibling Hits')" = 0 ]
}

@test "VFs that user space has are nobody's example" {
	create
	for vf in 01:08.1 01:08.2; do
		give $vf
	done
	"$ctl" flush # the template is gone
	echo 0 >$pf/sriov_numvfs
	create
	read_headers
	[ "$(value 'Sibling Hits')" -gt 300 ]
}

@test "populate=bind: every VF is read by itself" {
	echo bind >/sys/module/pci_pcsc/parameters/populate
	create
	[ "$(grown 'Populate Reads' give 01:0a.0)" -gt 900 ]
	[ "$(grown 'Populate Reads' give 01:0b.0)" -gt 900 ]
	[ "$(value 'Sibling Hits')" = 0 ]
}

# MSI's Message Control says how long it is, and is never kept.
@test "populate=bind after a loss: what proves a length is read, too" {
	echo bind >/sys/module/pci_pcsc/parameters/populate
	create
	"$ctl" flush
	give 01:0a.0
	hit 01:0a.0 340
	hit 01:0a.0 340
}

@test "shadow: as many would-be hits as on has hits, and no mismatch" {
	"$ctl" mode shadow
	create
	give 01:0a.0
	read_all
	read_all
	would=$(value 'Would-be Hits')
	[ "$(value Mismatches)" = 0 ]
	echo 0 >$pf/sriov_numvfs
	common_teardown
	insmod "$module" verify=0
	"$ctl" load "$siblings"
	"$ctl" mode on
	create
	give 01:0b.0
	read_all
	read_all
	hits=$(($(value 'Cache Hits') + $(value 'Verified Hits')))
	echo "# $would in shadow, $hits served" >&3
	((hits * 100 >= would * 99 && would * 100 >= hits * 99))
}

@test "a write that contradicts the siblings: this VF is no longer answered by them there" {
	create
	give 01:0a.0
	dword 01:0d.0 1c >/dev/null
	dword 01:0d.1 1c >/dev/null
	hit 01:0d.0 18 # a BAR, zero in VFs
	setpci -s 10000:01:0d.0 18.l=0
	hit 01:0d.0 18
	setpci -s 10000:01:0d.0 18.l=ffffffff
	run ! hit 01:0d.0 18
	hit 01:0d.1 18
}

@test "a write before the siblings know the register: they do not answer for it" {
	create
	read_headers
	setpci -s 10000:01:0d.0 8c.l=5
	control 01:0d.0 set 8c 4 5 # it was not read-only
	give 01:0a.0
	dword 01:0d.0 84 >/dev/null # compared, so the capability's next would be hits
	hit 01:0d.0 80
	[ "$(dword 01:0d.0 8c)" = 00000005 ]
	[ "$(value Mismatches)" = 0 ]
}

@test "a VF that has stopped answering is found absent where its siblings would answer" {
	create
	give 01:0a.0
	known 01:0d.0
	hit 01:0d.0 340
	control 01:0d.0 remove-silently
	[ "$(dword 01:0d.0 444)" = ffffffff ]
	[ "$(served 10000:01:0d.0 'bypassed | contains(["absent"])')" = true ]
	[ "$(dword 01:0d.0 340)" = ffffffff ]
	control 01:0d.0 reappear
}

@test "populate=bind while templates answer: they do no longer" {
	create
	give 01:0a.0
	known 01:0d.0
	hit 01:0d.0 340
	echo bind >/sys/module/pci_pcsc/parameters/populate
	run ! answered 01:0d.0 344
}

@test "dropped under load: no read that began later is answered by siblings" {
	create
	give 01:0a.0
	for vf in 01:0b.0 01:0c.0 01:0d.0 01:0e.0; do
		known $vf
		run "$build/tests/after" "/sys/bus/pci/devices/10000:$vf/config" 340 \
			"echo '$vf set 340 4 cafe' >$sim/control; $ctl flush 10000:$vf"
		echo "# $output" >&3
		[ "$status" = 0 ]
		echo 0 >$pf/sriov_numvfs
		create
		give 01:0a.0
	done
}
