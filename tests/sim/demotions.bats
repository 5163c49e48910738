#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# What the helper has demoted while it served a profile is carried into the next one, and
# is not served by that: over simulated functions.

bats_require_minimum_version 1.5.0
load ../guest/common
load simulated

setup_file() {
	common_setup_file
	insmod "$build/sim-${PCSC_KERNEL:-6.12}/pcsc_sim.ko"
}

teardown_file() {
	rmmod pcsc_sim
}

setup() {
	cat "$BATS_TEST_DIRNAME/examples/brackets.sim" >$sim/config
	control add
	insmod "$module" verify=0
	next="$BATS_TEST_TMPDIR/next.json"
}

teardown() {
	common_teardown
	control remove
}

# serve PROFILE: of JSON
serve() {
	"$profile" compile "$1" -o "$BATS_TEST_TMPDIR/served.pcsc"
	"$ctl" load "$BATS_TEST_TMPDIR/served.pcsc"
	"$ctl" mode on
	fill
}

# carry PROFILE: into the next one
carry() {
	"$profile" merge --demotions -o "$next" "$1" 2>"$BATS_TEST_TMPDIR/said"
	cat "$BATS_TEST_TMPDIR/said"
}

# conflicts QUERY: of the next profile
conflicts() {
	jq -c "[.models[].conflicts[]? | $1]" "$next"
}

# hits_of FUNCTION REGISTER: of three reads; not by name, for which setpci may read more
hits_of() {
	local before
	before=$(state "$1" hits)
	reg "$1" "$2" "$2" "$2" >/dev/null
	echo $(($(state "$1" hits) - before))
}

@test "what was written is not const in the next profile, and is not served" {
	specification="$BATS_FILE_TMPDIR/specification.json"
	serve "$specification"
	[ "$(hits_of 03:00.0 3e.b) $(hits_of 03:00.1 3e.b)" = "3 3" ]
	carry "$specification"
	[ "$(conflicts .)" = "[]" ]
	reg 03:00.0 MIN_GNT=55
	carry "$specification"
	[ "$(conflicts 'select(.register == "MIN_GNT") | [.reason, .functions, .example]')" = \
		'[["demoted",1,"10000:03:00.0"]]' ]
	grep -q 'any device: header0 0x3e (MIN_GNT) demoted on 1 function, such as 10000:03:00.0: no rule for it' \
		"$BATS_TEST_TMPDIR/said"
	"$profile" merge --demotions --redact -o "$BATS_TEST_TMPDIR/shared.json" "$specification"
	[ "$(grep -c 10000: "$BATS_TEST_TMPDIR/shared.json")" = 0 ]
	# carried by way of a file, it is the same
	"$profile" demotions -o "$BATS_TEST_TMPDIR/here.json" "$specification"
	"$profile" merge -o "$BATS_TEST_TMPDIR/there.json" "$BATS_TEST_TMPDIR/here.json" "$specification"
	cmp "$BATS_TEST_TMPDIR/there.json" "$next"
	serve "$next"
	fill
	[ "$(hits_of 03:00.0 3e.b) $(hits_of 03:00.1 3e.b)" = "0 0" ]
	[ "$(hits_of 03:00.0 HEADER_TYPE)" = 3 ]
}

@test "a mismatch is carried, also when its function is served again" {
	specification="$BATS_FILE_TMPDIR/specification.json"
	echo 1 >/sys/module/pci_pcsc/parameters/verify
	serve "$specification"
	control 03:00.0 set 3e 1 77 # firmware, activated behind our back
	[ "$(reg 03:00.0 MIN_GNT)" = 77 ]
	[ "$(value Mismatches)" = 1 ]
	"$ctl" flush 10000:03:00.0
	"$ctl" mode off # every line of the model is made anew, without the byte
	"$ctl" mode on
	fill
	[ "$(state 03:00.0 'bypassed | contains(["quarantine"])')" = false ]
	carry "$specification"
	[ "$(conflicts 'select(.register == "MIN_GNT") | .reason')" = '["demoted"]' ]
}

@test "an undescribed write takes the evidence of the next profile" {
	evidence="$BATS_TEST_DIRNAME/../profiles/evidence.json"
	serve "$evidence"
	reg 03:00.0 b0.l=0
	carry "$evidence"
	[ "$(conflicts .reason)" = '["written"]' ]
	[ "$(jq '[.models[].rules[]] | length' "$next")" = 0 ]
}

# a_reset_ends_evidence PROFILE: of a VF, and of nobody else
a_reset_ends_evidence() {
	serve "$1"
	reg 08:10.3 44.w=3
	reg 08:10.3 44.w=0
	sleep 0.3
	fill
	[ "$(state 08:10.3 'bypassed | contains(["no-evidence"])')" = true ]
	carry "$1"
	[ "$(conflicts .)" = "[]" ]
	[ "$(jq '[.models[].rules[]] | length' "$next")" = 1 ]
	reg 08:10.3 b0.l=0
	carry "$1"
	[ "$(conflicts .reason)" = '["written"]' ]
}

@test "evidence that a reset ended is no contradiction" {
	# compared over bus resets alone, and of VFs
	jq '.models[].match = { vf: true } | .models[].rules[].evidence.survived = { flr: 0, pm: 0, bus: 16 }' \
		"$BATS_TEST_DIRNAME/../profiles/evidence.json" >"$BATS_TEST_TMPDIR/evidence.json"
	with_vfs a_reset_ends_evidence "$BATS_TEST_TMPDIR/evidence.json"
}

@test "a helper that is off is not asked" {
	run -5 "$profile" merge --demotions -o "$next" "$BATS_FILE_TMPDIR/specification.json"
	[[ $output == *"mode is off"* ]]
	[ ! -e "$next" ]
}
