#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Each of tools/guest.d/scenario, by what the device shows before and after
# (topology small, --seabios, --iommu, --acpi tests/scenarios/scenarios.asl).

bats_require_minimum_version 1.5.0

setup() {
	scenario="$BATS_TEST_DIRNAME/../../tools/guest.d/scenario"
	nvme=$(device 0108) nic=$(device 0200) edu=0000:00:03.0
	export scenario
}

# device CLASS: the first function of a class
device() {
	lspci -D -d "::$1" | head -n 1 | cut -d' ' -f1
}

# mark ADDRESS: Command and interrupt line as no reset leaves them
mark() {
	setpci -s "$1" COMMAND=0006 INTERRUPT_LINE=5a
	[ "$(setpci -s "$1" COMMAND INTERRUPT_LINE | tr '\n' ' ')" = "0006 5a " ]
}

# bar ADDRESS: its first, as hardware has it
bar() {
	setpci -s "$1" BASE_ADDRESS_0
}

@test "reset flr: the kernel restores what the reset took" {
	mark "$nvme"
	before=$(bar "$nvme")
	"$scenario" reset flr "$nvme"
	[ "$(bar "$nvme")" = "$before" ]
	[ "$(setpci -s "$nvme" COMMAND)" = 0006 ]
}

@test "reset pm: the NIC goes through D3hot" {
	mark "$nic"
	before=$(bar "$nic")
	"$scenario" reset pm "$nic"
	[ "$(bar "$nic")" = "$before" ]
}

@test "hidden-bus-reset: Command and BARs are gone, nobody restores them" {
	mark "$nvme"
	"$scenario" hidden-bus-reset "$nvme"
	[ "$(setpci -s "$nvme" COMMAND)" = 0000 ]
	[ "$((0x$(bar "$nvme") & ~15))" = 0 ]
	"$scenario" reset flr "$nvme" # does not bring them back either
}

@test "link-down: everything below starts again" {
	mark "$nic"
	"$scenario" link-down "$nic"
	[ -e "/sys/bus/pci/devices/$nic" ]
	[[ $(setpci -s "$nic" VENDOR_ID) == 8086 ]]
}

@test "remove, rescan: gone, and found again" {
	"$scenario" remove "$nvme"
	[ ! -e "/sys/bus/pci/devices/$nvme" ]
	"$scenario" rescan
	[ -e "/sys/bus/pci/devices/$nvme" ]
}

@test "vfs: four, none, four" {
	"$scenario" vfs "$nvme" 4
	[ "$(ls -d /sys/bus/pci/devices/*/physfn | wc -l)" = 4 ]
	"$scenario" vfs "$nvme" 0
	run ! ls -d /sys/bus/pci/devices/*/physfn
	"$scenario" vfs "$nvme" 4
	"$scenario" vfs "$nvme" 0
}

@test "plug, unplug: another model at the same address" {
	first=$("$scenario" plug hot0 nvme,serial=h0 hp0 || "$scenario" plug hot0 e1000e hp0)
	model=$(setpci -s "$first" VENDOR_ID)
	"$scenario" unplug hot0
	[ ! -e "/sys/bus/pci/devices/$first" ]
	second=$("$scenario" plug hot1 virtio-rng-pci hp0)
	[ "$first" = "$second" ]
	[ "$(setpci -s "$second" VENDOR_ID)" != "$model" ]
	"$scenario" unplug hot1
}

# is_off PORT: its slot, power and power indicator both: QEMU has let go then
is_off() {
	(((0x$(setpci -s "$1" CAP_EXP+18.w) & 0x700) == 0x700))
}

@test "unplug, plug, unplug, plug without a pause" {
	first=$("$scenario" plug hot0 virtio-rng-pci hp0)
	port=$(basename "$(dirname "$(realpath "/sys/bus/pci/devices/$first")")")
	for model in e1000e virtio-rng-pci; do
		"$scenario" unplug hot0
		is_off "$port"
		[ "$("$scenario" plug hot0 "$model" hp0)" = "$first" ]
	done
	"$scenario" unplug hot0
	run -1 "$scenario" unplug hot0
	[[ $output == *"hot0' not found"* ]]
}

@test "aer: an error, and recovery" {
	"$scenario" aer vrng0
	dmesg | grep -q 'AER:.*Fatal'
}

@test "reset acpi: _RST, which no write of the kernel's shows" {
	mark "$edu"
	before=$(bar "$edu")
	"$scenario" reset acpi "$edu"
	# the kernel restores what it saved: the interrupt line it does not save
	[ "$(bar "$edu")" = "$before" ]
	[ "$(setpci -s "$edu" COMMAND)" = 0006 ]
}

@test "d3cold: off by _PR3, and what was lost is restored" {
	before=$(bar "$nvme")
	"$scenario" d3cold "$nvme"
	[ "$(bar "$nvme")" = "$before" ]
}

@test "a scenario that cannot be says why" {
	run -1 "$scenario" reset af_flr "$nic"
	[[ $output == *"only by"* ]]
	run -1 "$scenario" suspend
	[[ $output == *"tools/guest --suspend"* ]]
	run -2 "$scenario" nonsense
}
