#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/left.sh: a test that leaves VFs or a program running fails at once and keeps no
# suite waiting, and one that leaves nothing passes. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# suite WHAT: a suite of one test that does it
suite() {
	cat >"$dir/one.bats" <<-END
		load $top/tests/guest/common.bash
		teardown() { nothing_left; }
		@test "one" {
			$1
		}
	END
	timeout 30 bats --tap "$dir/one.bats"
}

# left WHAT: its test fails and names the program, long before that ends
left() {
	! suite "$1" >"$dir/tap" && grep -q "has left running:.* 'sleep 77 '" "$dir/tap"
}

check "a program in the background" left 'sleep 77 &'
check "one whose parent was killed" left 'sh -c "sleep 77 & kill -9 \$\$" || true'
check "a loop in the background" left 'while :; do sleep 77; done &'
check "one that does not hold the output may" suite 'sleep 3 3>&- &'
check "nothing is left" suite 'sleep 0.1 & wait'

# with_vfs COUNT: a test beside a PF that has as many VFs at its end
with_vfs() {
	mkdir -p "$dir/pci/devices/0000:0a:00.0"
	echo "$1" >"$dir/pci/devices/0000:0a:00.0/sriov_numvfs"
	pci=$dir/pci suite true >"$dir/tap"
}

# left_vfs: such a test fails, names the PF, and takes them away
left_vfs() {
	! with_vfs 4 && grep -q "has left VFs, of 0000:0a:00.0$" "$dir/tap" &&
		[[ $(<"$dir/pci/devices/0000:0a:00.0/sriov_numvfs") == 0 ]]
}

check "VFs" left_vfs
check "a PF without VFs" with_vfs 0
plan
exit $((failures > 0))
