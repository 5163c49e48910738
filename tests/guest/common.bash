# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the helper's suites share. Each test ends with the helper unloaded, or off if it is
# built into the kernel.

common_setup_file() {
	export top="$BATS_TEST_DIRNAME/../.."
	export build="${PCSC_BUILD:-$top/build}"
	export module="$build/module-${PCSC_KERNEL:-6.12}/pci_pcsc.ko"
	export ctl="$build/pcsc-ctl" profile="$build/pcsc-profile"
	export scenario="$top/tools/guest.d/scenario"
	export sys=/sys/bus/pci/pcsc
	export specification="$BATS_FILE_TMPDIR/specification.pcsc"
	export lie="$BATS_FILE_TMPDIR/interrupt-line.pcsc"
	export built_in=''
	# A module has an initstate.
	[[ ! -d /sys/module/pci_pcsc || -e /sys/module/pci_pcsc/initstate ]] || built_in=yes
	"$profile" generate --specification -o "$BATS_FILE_TMPDIR/specification.json"
	"$profile" compile "$BATS_FILE_TMPDIR/specification.json" -o "$specification"
	"$profile" compile "$top/tests/profiles/interrupt-line.json" -o "$lie"
}

# insert [PARAMETER=VALUE...]: the helper
insert() {
	local word
	if [[ ! $built_in ]]; then
		insmod "$module" "$@"
		return
	fi
	for word; do
		echo "${word#*=}" >"/sys/module/pci_pcsc/parameters/${word%%=*}"
	done
}

# nothing_left: what a test has set up ends with it, or those after it fail for it
nothing_left() {
	local failed=0
	no_program_left || failed=1
	no_vfs_left || failed=1
	return $failed
}

# no_vfs_left: a PF that has VFs refuses another number of them
no_vfs_left() {
	local pf left=''
	for pf in $(grep -Lsx 0 "${pci:-/sys/bus/pci}"/devices/*/sriov_numvfs); do
		left+=" $(basename "$(dirname "$pf")")"
	done
	disable_vfs
	[[ $left ]] || return 0
	echo "the test has left VFs, of$left"
	return 1
}

disable_vfs() {
	local pf
	for pf in $(grep -Lsx 0 "${pci:-/sys/bus/pci}"/devices/*/sriov_numvfs); do
		echo 0 >"$pf"
	done
}

# no_program_left: none of this test runs on with its output. Bats waits until nobody
# holds that any more; such a program is ended here, and the test fails.
no_program_left() {
	local pid left=''
	! until_true 2 none_left || return 0
	for pid in $(left_running); do
		left+=" '$(tr '\0' ' ' <"/proc/$pid/cmdline")'"
	done
	until_true 5 ended_left || true
	echo "the test has left running:$left"
	return 1
}

# ended_left: none of them runs any more; loops are ended before what they would start anew
ended_left() {
	local pid
	for pid in $(jobs -p) $(left_running); do
		kill -9 "$pid" 2>/dev/null || true
	done
	none_left
}

none_left() {
	[[ -z $(left_running) ]]
}

# left_running: the programs that have this test's environment and its output
left_running() {
	local file output
	output=$(readlink /proc/self/fd/3)
	for file in $(env -u BATS_TEST_TMPDIR grep -lzsxF "BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" /proc/[0-9]*/environ); do
		file=${file%/environ}
		[[ $(readlink "$file/fd/3") != "$output" ]] || echo "${file##*/}"
	done
}

common_teardown() {
	local failed=0
	nothing_left || failed=1
	if [[ -e $sys/stats ]]; then
		"$ctl" mode off
		[[ $built_in ]] || rmmod pci_pcsc
	fi
	return $failed
}

# What a failed test has left in the port, so that others do not fail with it
common_unplug() {
	if [[ -e $BATS_TEST_TMPDIR/../plugged ]]; then
		"$scenario" unplug hot0 >/dev/null 2>&1 || true
		rm -f "$BATS_TEST_TMPDIR/../plugged"
	fi
}

# plug DRIVER: into hp0 as hot0; prints the address
plug() {
	touch "$BATS_TEST_TMPDIR/../plugged"
	"$scenario" plug hot0 "$1" hp0
}

unplug() {
	"$scenario" unplug hot0
	rm -f "$BATS_TEST_TMPDIR/../plugged"
}

# value KEY: of stats
value() {
	sed -n "s/^$1: \([0-9]*\).*/\1/p" "$sys/stats"
}

# device CLASS: the first function of a class, as lspci -D names it
device() {
	lspci -D -d "::$1" | head -n 1 | cut -d' ' -f1
}

# port ADDRESS: the one above
port() {
	basename "$(dirname "$(realpath "/sys/bus/pci/devices/$1")")"
}

# served ADDRESS KEY: of pcsc-ctl state
served() {
	"$ctl" -j state | jq -r --arg a "$1" ".functions[] | select(.address == \$a) | .$2"
}

# has_ftrace, has_bpf_jit: our debug kernels, which are for the helper, have neither
has_ftrace() {
	[[ -e /proc/sys/kernel/ftrace_enabled ]]
}

has_bpf_jit() {
	[[ -e /proc/sys/net/core/bpf_jit_enable ]]
}

# until_true SECONDS COMMAND...
until_true() {
	local tenths=$(($1 * 10))
	shift
	until "$@"; do
		((tenths--)) || return 1
		sleep 0.1
	done
}
