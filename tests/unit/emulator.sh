#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/emulator.sh: what tests/run takes for the emulator's fault, and what it must
# not. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
# shellcheck source=tests/emulator.sh
. "$top/tests/emulator.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# stall TASK FUNCTION EFLAGS CPU: RCU's report of processor 1, whose timer is missed on CPU
stall() {
	cat <<-END
		[ 1489.757015] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
		[ 1489.766489] NMI backtrace for cpu 1
		[ 1489.773911] CPU: 1 UID: 0 PID: 0 Comm: $1 Tainted: G           OE      6.12.117+deb12-amd64 #1
		[ 1489.774602] RIP: 0010:$2+0xf/0x20
		[ 1489.776099] RSP: 0018:ffffc900000c7ed8 EFLAGS: $3
		[ 1489.786336] rcu: 	Possible timer handling issue on cpu=$4 timer-softirq=43200
	END
}

oops() {
	echo "[   77.1] Oops: $1: 0000 [#1] PREEMPT SMP PTI"
	echo "[   77.2] RSP: 0018:ffffc900000c7ed8 EFLAGS: $2"
}

# run_with LOG-COMMAND...: what a run of the guest prints whose kernel log is that
run_with() {
	"$@" >"$dir/console.log"
	echo "guest: it failed; the kernel log is $dir/console.log" >"$dir/run"
}

# lost WHAT LOG-COMMAND...
lost() {
	run_with "${@:2}"
	[[ $(emulator_lost "$dir/run") == "$1" ]]
}

none() {
	run_with "$@"
	! emulator_lost "$dir/run" >/dev/null
}

check "a timer: its processor idles, ready for interrupts" \
	lost "a timer" stall swapper/1 pv_native_safe_halt 00000206 1
check "a timer: older kernels' words" lost "a timer" stall swapper/1 default_idle 00000246 1
check "no timer: a task is on the processor" none stall insmod pv_native_safe_halt 00000206 1
check "no timer: it idles, and is deaf" none stall swapper/1 pv_native_safe_halt 00000006 1
check "no timer: it does something" none stall swapper/1 pcsc_sweep 00000206 1
check "no timer: it is another's that does not come" none stall swapper/1 pv_native_safe_halt 00000206 0
# halted WORDS: what is said of a guest that stands still
halted() {
	run_with echo "[   23.0] pci 0000:09:00.0: Unsupported reset method 'flr'"
	printf '%s\n' 'processor 0: RIP=ffffffff81a592eb HLT=1' "guest: $1" >>"$dir/run"
	[[ $(emulator_lost "$dir/run") == "$2" ]]
}

check "its interrupts: halted processors take no NMI" halted \
	'all processors are halted, and none has taken an NMI: it is the emulator that stands still' 'its interrupts'
check "nothing: processors that are halted" halted 'the command had not finished after 900 s' ''
check "a breakpoint" lost "a breakpoint" oops int3 00000246
check "its flags" lost "its flags" oops 0002 00400246
check "no flags: an oops with those that a processor can hold" none oops 0002 00010246
echo "qemu-system-x86_64: hw/pci/msix.c:217: msix_table_mmio_read: Assertion \`addr < size' failed." >"$dir/qemu.log"
check "itself: an assertion of its own" lost itself echo "[    1.0] pci_pcsc: loaded"
echo "qemu-system-x86_64: warning: nic nic0 has no peer" >"$dir/qemu.log"
check "nothing: a good log" none echo "[    1.0] pci_pcsc: loaded"
check "nothing: a run without a log" none true
plan
exit $((failures > 0))
