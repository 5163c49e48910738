#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Situations that people have reported, rebuilt: what pcsc-trace says of them in its
# first ten lines. Runs in a guest (topology small), as root; it leaves a delay behind,
# so it is the last of its guest.

bats_require_minimum_version 1.5.0

setup_file() {
	export top trace build nic
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${PCSC_BUILD:-$top/build}
	trace=$build/pcsc-trace
	nic=$(lspci -Dnd 8086:10d3 | cut -d' ' -f1)
	[ -e /sys/module/pcsc_delay ] ||
		insmod "$build/delay-${PCSC_KERNEL:-6.12}/pcsc_delay.ko" read_ns=0 write_ns=0
}

setup() {
	load common.bash
	load answer.bash
	cd "$BATS_TEST_TMPDIR" || return 1
	slow 0
}

teardown() {
	nothing_left
	slow 0
}

# slow NS: what a write takes from now on
slow() {
	echo "$1" >/sys/module/pcsc_delay/parameters/write_ns
}

# recorded COMMAND: and the answer of the report in "answer"
recorded() {
	"$trace" record -o rec -- sh -c "$1" >/dev/null
	"$trace" report rec >report
	head -n 10 report | tee answer
}

# field NAME FIELD: of the NIC's register
field() {
	"$trace" report -j rec | jq -r --arg f "$nic" --arg n "$1" \
		".registers[] | select(.function == \$f and .name == \$n and .by == \"user\") | $2"
}

@test "a write of COMMAND takes long: it stands first, and no read cache helps" {
	slow 200000000 # a busy host has kept a read waiting for 17 ms
	recorded "for i in 1 2 3; do setpci -s $nic COMMAND=0:2; done
		for i in 1 2 3 4 5 6 7 8 9; do setpci -s $nic 0.l; done"
	says "^Registers:  COMMAND 9[5-9]\.[0-9] %: 3 writes of about 2[0-4][0-9]\.[0-9] ms, 3 reads .*, $nic"
	says '^Writes:     9[5-9]\.[0-9] % of the time is in writes, where a cache of reads cannot help'
	says '^Callers:    setpci 100\.0 % \(15 of 15\)'
	says "^Slowest:    [2-9][0-9][0-9]\.[0-9] ms, a write of COMMAND of $nic by setpci, in pci_write_config < "
	between 200000000 "$(field COMMAND '.write_sum_ns / .writes | floor')" 250000000
	between 0 "$(field COMMAND '(.latency_sum_ns - .write_sum_ns) / .reads | floor')" 19999999
	# The first row of the single registers is that one.
	sed -n '/^FUNCTION *REG /{n;p}' report | grep -q "^$nic 004.w user "
}

@test "one slow write beside two lspci: it is the first row of every table" {
	recorded "lspci -s $nic; lspci -s $nic; echo 200000000 >/sys/module/pcsc_delay/parameters/write_ns
		setpci -s $nic LATENCY_TIMER=0"
	says '^Registers:  LATENCY_TIMER [0-9.]+ %: 1 write of [2-9][0-9][0-9]\.[0-9] ms' # 200 and what a busy host adds
	says '^Callers:    setpci [0-9.]+ % \(1 of [0-9]+\), lspci '
	sed -n '/^FUNCTION *REG /{n;p}' report | grep -q "^$nic 00d.b user "
}

@test "COMMAND is flipped eight times: a hint names the two values" {
	setpci -s "$nic" COMMAND=0:2
	recorded "for i in 1 2 3 4; do setpci -s $nic COMMAND=2:2; setpci -s $nic COMMAND=0:2; done"
	says "^Hint:       COMMAND of $nic was written 8 times with 2 values \(000[02], 000[02]\)"
	[ "$(field COMMAND .writes)" = 8 ]
	[ "$(field COMMAND '.written | sort | join(" ")')" = "0000 0002" ]
}

@test "nothing is read: look elsewhere" {
	recorded "sleep 2"
	says '^No configuration access in [0-9.]+ s: what takes the time is elsewhere\.'
}

# An exporter scrapes four link attributes of every function: of each, current speed and
# width are one register, and the greatest speed is another.
@test "an exporter scrapes link attributes: two registers, all functions, one caller" {
	local functions
	cat >node_exporter <<-'END'
	#!/bin/bash
	for n in {1..15}; do
		for a in current_link_speed current_link_width max_link_speed max_link_width; do
			for f in /sys/bus/pci/devices/*/$a; do
				read -r value <"$f"
			done
		done
	done
	END
	chmod +x node_exporter
	recorded "lspci >/dev/null; exec ./node_exporter"
	functions=$(find -L /sys/bus/pci/devices/ -maxdepth 2 -name current_link_speed | wc -l)
	[ "$functions" -gt 5 ]
	"$trace" report --by caller,register rec >by
	grep -E " $((30 * functions)) .* $functions +node_exporter LnkSta$" by
	says "^Callers: .*node_exporter [0-9.]+ % \($((45 * functions)) of [0-9]+\)"
	says "LnkSta [0-9.]+ %: $((30 * functions)) reads .*, $functions functions"
	says "LnkCap [0-9.]+ %: $((15 * functions)) reads .*, $functions functions"
}
