#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Situations of hosts with thousands of functions, rebuilt with simulated ones: what
# pcsc-trace says of them in its first ten lines. Runs in a guest, as root:
#   tools/guest -k VER -- "PCSC_KERNEL=VER bats tests/sim/cases.bats"
# PCSC_SIM_DEVICES=13058 wants a guest with -m 2048.

bats_require_minimum_version 1.5.0
load simulated

setup_file() {
	export build="${PCSC_BUILD:-$BATS_TEST_DIRNAME/../../build}"
	export trace=$build/pcsc-trace
	modprobe pci-pf-stub
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko" log_records=1000000
}

teardown_file() {
	rmmod pcsc_sim
}

setup() {
	load ../guest/common.bash
	load ../guest/answer.bash
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	nothing_left
	control all delay 0
	control remove
}

counted() {
	sed -n "s/^$1 //p" $sim/stats
}

# recorded COMMAND...: the report in "report", its answer in "answer", and in "of_sim"
# what the simulator has counted meanwhile: reads and writes
recorded() {
	local reads writes
	reads=$(counted reads) writes=$(counted writes)
	control log clear
	"$trace" record -o rec -- "$@" >/dev/null
	echo $(($(counted reads) - reads)) $(($(counted writes) - writes)) >of_sim
	"$trace" report ${by:+--by "$by"} rec >report
	head -n 10 report | tee answer
}

# figure REGEX: what its first parentheses match in the first ten lines
figure() {
	sed -nE "s|.*$1.*|\1|p" answer | head -n 1
}

# bind_pfs: to the driver that enables VFs and does nothing else; the VFs get none
bind_pfs() {
	local pf
	for pf in /sys/bus/pci/devices/10000:??:00.0; do
		[ -e "$pf/sriov_numvfs" ] || continue
		echo pci-pf-stub >"$pf/driver_override"
		echo "${pf##*/}" >/sys/bus/pci/drivers_probe
		echo 0 >"$pf/sriov_drivers_autoprobe"
	done
}

# A read takes as long as on the hosts of which this was reported.
@test "a live update adds 10 x 250 VFs: the share of time, the register, the caller, the repeats" {
	local reads writes took headers repeats cached
	cat "$BATS_TEST_DIRNAME/examples/liveupdate.sim" >$sim/config
	control add
	bind_pfs
	control all delay 29000
	cat >live-update <<-'END'
	#!/bin/bash
	for pf in /sys/bus/pci/devices/10000:*/sriov_numvfs; do
		echo 250 >"$pf"
	done
	END
	chmod +x live-update
	by=model,register recorded ./live-update
	read -r reads writes <of_sim
	[ "$(counted log_lost)" = 0 ]
	cat $sim/log >log
	headers=$(grep -c ' r 100 4 ' log)
	echo "# $(sed -n 2p answer); $headers reads of ECAP headers" >&3

	says "^Configuration accesses: [0-9.]+ s of [0-9.]+ s \([0-9.]+ %\): $reads reads [0-9.]+ s, $writes writes"
	took=$(figure '^Configuration accesses: ([0-9.]+) s')
	# Three digits of each are printed.
	awk -v n="$reads" -v took="$took" -v whole="$(figure 's of ([0-9.]+) s \(')" \
		-v share="$(figure '\(([0-9.]+) %\): ')" 'BEGIN {
			off = share - 100 * took / whole
			exit !(took >= n * 28.7e-6 && share >= 20 && -1 < off && off < 1) }'
	says "^Callers:    live-update (9[5-9]|100)\.[0-9] % "
	[ "$headers" -gt 25000 ]
	# Linux 6.1 does not look for the ports' extended capabilities.
	says "^Registers:  ECAP header 0x100 [0-9.]+ %: $headers reads of about [0-9.]+ us \([0-9]+ repeats\), (2500 VFs|2510 functions \(2500 VFs\))$"
	says '^Functions:  2500 VFs 9[0-9]\.[0-9] % together; '
	repeats=$(figure "^Repeats: *([0-9]+) of $reads reads")
	cached=$(figure 'a cache would answer ([0-9]+) of them, [0-9.]+ s')
	((2 * repeats > reads && 0 < cached && cached <= repeats))
	says '^Nothing was lost\.$'

	# Each of the ten ports has more reads than a VF, but VFs of a model are one row.
	sed -n '/^TIME ms .*MODEL/{n;p}' report | grep -Eq '^ .* 2500 +1234:2001 VF: .* ECAP header 0x100$'
}

# devices N: the description of so many, in groups of a port and at most 255 below it
devices() {
	local ports=$((($1 + 255) / 256)) i
	cat <<-END
	model port type=1 vendor=1b36 device=000c
	pcie 40 port=root ari
	model card vendor=1234 device=3000 class=020000
	pm 40
	pcie 60 flr
	ari 100
	END
	for ((i = 0; i < ports; i++)); do
		printf 'function 00:%02x.%x model=port secondary=%02x\n' $((i / 8 + 1)) $((i % 8)) $((i + 1))
		printf 'function %02x:00.0 model=card count=%d\n' $((i + 1)) \
			$((($1 - ports) / ports + (i < ($1 - ports) % ports)))
	done
}

# It walks the kernel's list of devices, again from its beginning for each line
@test "lscpu takes long because of many devices: it accesses none of them" {
	local devices=${PCSC_SIM_DEVICES:-1000}
	devices "$devices" >$sim/config
	control add
	[ "$(find /sys/bus/pci/devices/ -name '10000:*' | wc -l)" = "$devices" ]
	recorded lscpu
	echo "# $devices devices: $(sed -n 2p answer)" >&3
	[ "$(<of_sim)" = "0 0" ]
	[[ $(sed -n 2p answer) =~ ^No\ configuration\ access\ in\ [0-9.]+\ s:\ what\ takes\ the\ time\ is\ elsewhere\.$ ]]
	[ "$(sed -n 3p answer)" = "Nothing was lost." ]
	says "^$(find /sys/bus/pci/devices/ -type l | wc -l) functions \([0-9]+ VFs\), 0 registers$"
}
