#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# What callers wait for besides accesses: what pcsc-trace says of it in its first ten
# lines. Runs in a guest, as root (topology small, --seabios, --iommu, --acpi
# tests/scenarios/scenarios.asl), whose NVMe drive can be put to D3cold.

bats_require_minimum_version 1.5.0

setup_file() {
	export top trace build nvme nic scenario
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${PCSC_BUILD:-$top/build}
	trace=$build/pcsc-trace
	scenario=$top/tools/guest.d/scenario
	nvme=$(lspci -D -d ::0108 | head -n 1 | cut -d' ' -f1)
	nic=$(lspci -Dnd 8086:10d3 | cut -d' ' -f1)
	modprobe vfio-pci
}

setup() {
	load common.bash
	load answer.bash
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	nothing_left
}

# recorded COMMAND [OPTION...]: and the answer of the report in "answer"
recorded() {
	"$trace" record -o rec "${@:2}" -- sh -c "$1" >printed
	"$trace" report rec >report
	"$trace" report -j rec >rec.json
	head -n 10 report | tee answer
	# No wait is longer than the recording, nor its accesses than the wait.
	jq -e '.duration_ns as $d | [.waits[] | .begin_ns + .ns <= $d and .access_ns <= .ns] | all' rec.json >/dev/null
}

# vfs N: of the NVMe drive, bound to vfio-pci; their addresses on stdout
vfs() {
	local n vf=()
	"$scenario" vfs "$nvme" "$1" >/dev/null
	for ((n = 0; n < $1; n++)); do
		vf+=("$(basename "$(readlink -f "/sys/bus/pci/devices/$nvme/virtfn$n")")")
	done
	"$top/tests/vfio/bind-vfio" "${vf[@]}"
	echo "${vf[@]}"
}

no_vfs() {
	local vf
	for vf in "/sys/bus/pci/devices/$nvme/"virtfn*; do
		"$top/tests/vfio/bind-vfio" -u "$(basename "$(readlink -f "$vf")")"
	done
	"$scenario" vfs "$nvme" 0
}

# is_in FUNCTION STATE: that power state
is_in() {
	[[ $(<"/sys/bus/pci/devices/$1/power_state") == "$2" ]]
}

# asleep FUNCTION STATE: it is in that one whenever nobody uses it
asleep() {
	local d=/sys/bus/pci/devices/$1
	[[ ! -e $d/driver ]] || echo "$1" >"$d/driver/unbind"
	echo vfio-pci >"$d/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
	echo auto >"$d/power/control"
	until_true 10 is_in "$1" "$2"
}

awake() {
	local d=/sys/bus/pci/devices/$1
	echo on >"$d/power/control"
	echo "$1" >"$d/driver/unbind"
	echo >"$d/driver_override"
}

@test "two VFs are opened at once: waiting for resets and locks is told from accesses" {
	local vf client=$build/tests/vfio-client
	read -ra vf <<<"$(vfs 2)"
	recorded "$client -q ${vf[0]} & $client -q ${vf[1]}; wait"
	no_vfs
	says '^Waits:      [0-9.]+ m?s besides, which is not configuration space: .*FLR [0-9.]+ m?s \([0-9]+\)'
	says '^Openings:   2 by vfio-client, .*, up to 2 at once: .*FLR [0-9.]+ %, .*accesses [0-9.]+ %, rest [0-9.]+ %$'
	# Linux waits 100 ms after an FLR (pcie_flr()), by a clock of its own, and each is recorded.
	between 80 "$(jq '[.waits[] | select(.kind == "flr") | .ns] | add / length / 1000000 | floor' rec.json)" 400
	[ "$(jq '[.waits[] | select(.kind == "flr" and .caller == "vfio-client")] | length' rec.json)" = \
		"$(jq '[.functions[] | .resets.flr] | add' rec.json)" ]
}

# bats test_tags=long
@test "VFs are opened one after another: the timeline shows that none overlaps" {
	local vf
	read -ra vf <<<"$(vfs 3)"
	recorded "for vf in ${vf[*]}; do $build/tests/vfio-client -q \$vf; done"
	no_vfs
	says '^Openings:   3 by vfio-client, each of [0-9.]+ m?s on average, [0-9.]+ m?s at most, one after another: '
	"$trace" report --timeline rec >timeline
	[ "$(grep -c ' vfio-client$' timeline)" -ge 3 ]
	[ "$(jq '[.visits[] | select(.opening)] | sort_by(.first_ns) | [range(1; length) as $i |
		.[$i].first_ns >= .[$i - 1].last_ns] | all' rec.json)" = true ]
}

@test "a device is reset by two at once: the second waits for a lock" {
	recorded "echo 1 >/sys/bus/pci/devices/$nvme/reset & echo 1 >/sys/bus/pci/devices/$nvme/reset; wait"
	says '^Waits: .*FLR [0-9.]+ ms \(2\), lock [0-9.]+ ms \(1\) in [a-z_]+'
	between 90 "$(jq '[.waits[] | select(.kind == "lock") | .ns] | max / 1000000 | floor' rec.json)" 500
	[ "$(jq -r '[.waits[] | select(.kind == "lock")] | .[0] | .function + " " + .attribute' rec.json)" = "$nvme reset" ]
	jq -e '.waits[] | select(.kind == "lock") | .stack | index("reset_store")' rec.json
}

@test "lspci wakes a device: by whom, from which state, how long" {
	asleep "$nvme" D3cold
	recorded "lspci >/dev/null"
	awake "$nvme"
	says "^Woken:      $nvme from D3cold by lspci \(by sh < pcsc-trace.*\), 1 time, [0-9.]+ m?s; [0-9]+ of [0-9]+ registers it read are constant"
	says '^Waits: .* waking [0-9.]+ m?s \(1\)'
}

# The pauses of a busy host are as long as a short waking. No driver has the one; the
# other sleeps in D3hot, from which Linux does not wake it for a read.
@test "who loses the processor where a device might have been woken has waited for none" {
	local edu
	edu=$(lspci -Dnd 1234:11e8 | cut -d' ' -f1)
	asleep "$nic" D3hot
	is_in "$edu" unknown
	[ -e /sys/module/pcsc_delay ] || insmod "$build/delay-${PCSC_KERNEL:-6.12}/pcsc_delay.ko" read_ns=0
	echo 5000000 >/sys/module/pcsc_delay/parameters/wake_ns
	recorded "setpci -s $edu 0.l; setpci -s $nic 0.l"
	echo 0 >/sys/module/pcsc_delay/parameters/wake_ns
	awake "$nic"
	[ "$(jq -c '[.waits[] | select(.kind == "resume")]' rec.json)" = "[]" ]
}

@test "a step from D3hot to D0 is a reset that values survive, and from D3cold is none" {
	asleep "$nic" D3hot
	asleep "$nvme" D3cold
	recorded "setpci -s $nic 0.l; echo on >/sys/bus/pci/devices/$nic/power/control
		setpci -s $nic 0.l; setpci -s $nvme 0.l"
	awake "$nic"
	awake "$nvme"
	[ "$(jq -c --arg f "$nic" '.functions[] | select(.function == $f) | .resets' rec.json)" = '{"flr":0,"pm":1,"bus":0}' ]
	[ "$(jq -c --arg f "$nic" '.registers[] | select(.function == $f and .offset == 0 and .by == "user") |
		.survived' rec.json)" = '{"flr":0,"pm":1,"bus":0}' ]
	[ "$(jq -c --arg f "$nvme" '.functions[] | select(.function == $f) | .resets.pm' rec.json)" = 0 ]
}

# The program's own clock has the execution of its instructions, too, which an emulator
# translates first: so it reads another device's registers once before.
@test "a program waits for a device that it wakes: its own clock agrees" {
	asleep "$nvme" D3cold
	cat >slow.py <<-END
	import os, time
	def read(device):
	    f = os.open("/sys/bus/pci/devices/" + device + "/config", os.O_RDONLY)
	    start = time.monotonic_ns()
	    os.pread(f, 48, 0)
	    end = time.monotonic_ns()
	    os.close(f)
	    return end - start
	def is_cold():
	    with open("/sys/bus/pci/devices/$nvme/power_state") as f:
	        return f.read() == "D3cold\n"
	read("$nic")
	read("$nic")
	took = read("$nvme")
	while not is_cold():
	    time.sleep(0.1)
	print(took + read("$nvme"))
	END
	recorded "exec python3 slow.py"
	awake "$nvme"
	says "^Woken:      $nvme from D3cold by python3 .*, 2 times, [0-9.]+ m?s"
	[ "$(jq --arg f "$nvme" '[.waits[] | select(.kind == "resume" and .function == $f and .caller == "python3")] |
		length' rec.json)" = 2 ]
	# Of 48 bytes each time; runtime PM reads, too, as part of the wait.
	[ "$(jq --arg f "$nvme" '[.registers[] | select(.function == $f and .by == "user") | .reads] | add' rec.json)" = 24 ]
	local own ours
	own=$(<printed)
	ours=$(jq --arg f "$nvme" '([.waits[] | select(.caller == "python3") | .ns] | add) +
		([.registers[] | select(.function == $f and .by == "user") | .latency_sum_ns] | add)' rec.json)
	echo "the program's clock $own, the recording $ours"
	between $((own * 90 / 100)) "$ours" "$own"
}

# wait_for_lock FUNCTION: Python that waits for its lock for 80 ms and more. A device that
# is being reset is locked, and to write this attribute takes the lock.
wait_for_lock() {
	cat <<-END
	waited = 0
	while waited < 80000000:
	    start = time.monotonic_ns()
	    with open("/sys/bus/pci/devices/$1/power/control", "w") as control:
	        control.write("on")
	    waited = time.monotonic_ns() - start
	END
}

# bats test_tags=long
@test "a lock is waited for, and then a device is woken: neither is lessened by the other" {
	local other=0000:03:00.0 own waking
	asleep "$nvme" D3cold
	cat >lock.py <<-END
	import os, time
	sys = "/sys/bus/pci/devices/"
	f = os.open(sys + "$nvme/config", os.O_RDONLY)
	$(wait_for_lock "$other")
	start = time.monotonic_ns()
	os.pread(f, 48, 0)
	print(time.monotonic_ns() - start)
	END
	rm -f over
	recorded "until [ -e over ]; do echo 1 >/sys/bus/pci/devices/$other/reset; done & python3 lock.py; touch over; wait"
	awake "$nvme"
	between 50 "$(jq '[.waits[] | select(.kind == "lock" and .caller == "python3") | .ns] | max / 1000000 | floor' rec.json)" 2000
	own=$(<printed)
	waking=$(jq --arg f "$nvme" '[.waits[] | select(.kind == "resume" and .function == $f and .caller == "python3") | .ns] | add' rec.json)
	echo "the program's clock $own, the recording $waking"
	between $((own * 90 / 100)) "$waking" "$own"
}

# bats test_tags=long
@test "a lock that was waited for because of a function that is not wanted is no other's wait" {
	local other=0000:03:00.0
	cat >lock.py <<-END
	import os, time
	sys = "/sys/bus/pci/devices/"
	files = [os.open(sys + f + "/config", os.O_RDONLY) for f in ("$nvme", "$nic")]
	$(wait_for_lock "$other")
	for f in files:
	    os.pread(f, 48, 0)
	END
	rm -f over
	recorded "until [ -e over ]; do echo 1 >/sys/bus/pci/devices/$other/reset; done & python3 lock.py; touch over; wait" \
		-s "$nic"
	[ "$(jq '[.registers[] | select(.by == "user") | .reads] | add' rec.json)" = 12 ]
	[ "$(jq -c '[.registers[].function] | unique' rec.json)" = "[\"$nic\"]" ]
	[ "$(jq '.waits | length' rec.json)" = 0 ]
}

@test "nobody waits: there is no such line" {
	recorded "lspci -s $nic"
	run ! grep -E '^(Waits|Woken|Openings):' report
	[ "$(jq '.waits | length' rec.json)" = 0 ]
}
