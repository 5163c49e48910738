#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Bytes that only evidence speaks for, over simulated functions: what ends it, for whom,
# and what it outlives.

bats_require_minimum_version 1.5.0
load ../guest/common
load simulated

setup_file() {
	common_setup_file
	export evidence="$BATS_FILE_TMPDIR/evidence.pcsc"
	"$profile" compile "$top/tests/profiles/evidence.json" -o "$evidence"
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
}

teardown_file() {
	rmmod pcsc_sim
}

setup() {
	cat "$BATS_TEST_DIRNAME/examples/brackets.sim" >$sim/config
	control add
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

@test "an undescribed write to function 0 ends the evidence of its slot" {
	serve "$evidence" verify=0
	[ "$(held 03:00.0)$(held 03:00.1)" = 44 ]
	hits=$(state 03:00.1 hits)
	reg 03:00.1 38.l >/dev/null
	[ "$(state 03:00.1 hits)" = $((hits + 1)) ]
	reg 03:00.0 b0.l=0
	reg 03:00.1 38.l 38.l >/dev/null
	[ "$(state 03:00.1 hits)" = $((hits + 1)) ]
	is 03:00.1 no-evidence
	run ! is 04:00.0 no-evidence
}

# What a tenant may have changed: 38.l, which only evidence speaks for
own_reset() {
	reg 08:10.3 68.w=8000:8000
	sleep 0.3
	reg 08:10.3 COMMAND >/dev/null
	[ "$(state 08:10.3 'bypassed | length')" = 0 ]
}

user_evidence() {
	fill
	[ "$(held 08:10.3)" = 4 ]
	own_reset
	[ "$(held 08:10.3)" = 4 ]
	# read before, by ourselves if nobody has: that stays
	"$ctl" flush 10000:08:10.3
	to_user_space 08:10.3
	own_reset
	[ "$(held 08:10.3)" = 4 ]
	# read meanwhile: that goes
	"$ctl" flush 10000:08:10.3
	fill
	[ "$(held 08:10.3)" = 4 ]
	own_reset
	[ "$(held 08:10.3)" = 0 ]
	fill
	[ "$(held 08:10.3)" = 4 ]
	from_user_space 08:10.3
	[ "$(held 08:10.3)" = 0 ]
	fill
	own_reset
	[ "$(held 08:10.3)" = 4 ]
}

# bats test_tags=long
@test "evidence read while user space has the function goes with its next reset, and its unbinding" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	serve "$evidence" verify=0
	with_vfs user_evidence
	# likewise if user space had it before the mode was on
	"$ctl" mode off
	to_user_space 03:00.0
	"$ctl" mode on
	fill
	[ "$(held 03:00.0)" = 4 ]
	from_user_space 03:00.0
	[ "$(held 03:00.0)" = 0 ]
}

# survived FLRS D3HOTS: a profile of VFs whose evidence was compared over so many
survived() {
	jq --argjson flr "$1" --argjson pm "$2" '.models[].match = { vf: true } |
		.models[].rules[] |= (.siblings = 16 | .evidence.survived += { $flr, $pm })' \
		"$top/tests/profiles/evidence.json" >"$BATS_TEST_TMPDIR/survived.json"
	"$profile" compile "$BATS_TEST_TMPDIR/survived.json" -o "$BATS_TEST_TMPDIR/survived.pcsc"
	serve "$BATS_TEST_TMPDIR/survived.pcsc" verify=0
}

# own BETWEEN REGISTER=VALUE REGISTER=VALUE: of a VF, and what happens between the two
own() {
	[ "$(held 08:10.3)" = 4 ]
	reg 08:10.3 "$2"
	$1
	reg 08:10.3 "$3"
	sleep 0.3
	reg 08:10.3 COMMAND >/dev/null
	run ! is 08:10.3 pending
}

change() {
	control 08:10.3 set 38 4 1
}

is_dropped() {
	own change "$@"
	is 08:10.3 no-evidence
	[ "$(reg 08:10.3 38.l)" = 00000001 ]
	run ! is 08:10.1 no-evidence
	[ "$(held 08:10.1)" = 4 ]
}

is_kept() {
	own true 44.w=3 44.w=0
	own true COMMAND.w=0 68.w=8000:8000
	run ! is 08:10.3 no-evidence
	[ "$(held 08:10.3)" = 4 ]
}

@test "evidence that was never compared over a D3hot ends with a VF's own" {
	survived 16 0
	with_vfs is_dropped 44.w=3 44.w=0
}

@test "evidence that was never compared over an FLR ends with a VF's own" {
	survived 0 1
	with_vfs is_dropped COMMAND.w=0 68.w=8000:8000
}

@test "evidence that was compared over both is kept over both" {
	survived 1 1
	with_vfs is_kept
}

# What a guest does to its VF costs that VF's own evidence, and nobody else's
tenants() {
	fill
	to_user_space 08:10.3
	reg 08:10.0 b0.l=0
	is 08:10.0 no-evidence
	for other in 08:10.1 08:10.3 08:00.0; do
		run ! is $other no-evidence
	done
	[ "$(held 08:10.1)" = 4 ]
	control 08:10.3 set 38 4 1
	fill
	[ "$(reg 08:10.3 38.l)" = 00000001 ]
	is 08:10.3 no-evidence
	run ! is 08:10.3 quarantine
	[ "$("$ctl" -j info | jq .mismatched)" = 0 ]
	[ "$(held 08:10.1)" = 4 ]
}

@test "a tenant's writes, and its changes behind us, cost its own evidence alone" {
	insmod "$build/beside-${PCSC_KERNEL:-6.12}/pcsc_beside.ko"
	serve "$evidence" verify=1
	with_vfs tenants
}
