#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/doctor.sh [BUILD]: what `pcsc-trace doctor` says where the kernel refuses
# programs though the capabilities are there, as in a container. The rest of it is in
# tests/guest/command.bats.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
tool=$(cd "${1:-build}" && pwd)/pcsc-trace || exit 2

if ! unshare --user --map-root-user true 2>"$dir/err"; then
	echo "ok - doctor in a user namespace # skip $(<"$dir/err")"
	exit 0
fi
unshare --user --map-root-user "$tool" doctor -j >"$dir/out" 2>"$dir/err"
verdict "in a user namespace: status" "$?" 4
verdict "in a user namespace: talk" "$(<"$dir/err")" ''
verdict "in a user namespace: rights" "$(jq -r '.checks[] | select(.check == "rights") |
	"\(.state) \(.says | startswith("the capabilities are there, and bpf() refuses"))"' "$dir/out")" 'FAIL true'

finish "doctor"
