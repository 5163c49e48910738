# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What QEMU's emulated processors do wrong now and then, told by the kernel's log.
# Sourced.

# lost_breakpoint LOG: seen by a processor after the kernel, patching itself, took it back
lost_breakpoint() {
	grep -aq 'Oops: int3' "$1"
}

# lost_flags LOG: bits 22 and up of EFLAGS, which no processor can hold, are set in an oops
lost_flags() {
	grep -aq 'Oops' "$1" && grep -Eaq 'EFLAGS: (00[4-9a-f]|0[1-9a-f]|[1-9a-f])' "$1"
}

# lost_timer LOG: a processor idles, ready for interrupts (IF, bit 9), and its timer does
# not come any more. One that the kernel keeps busy, or deaf, is none of these.
lost_timer() {
	tr -d '\r' <"$1" | awk '
		{ sub(/^(\[[^]]*\])+ /, "") }
		/^CPU: [0-9]+ / { cpu = $2; idle = index($0, "Comm: swapper/" cpu " ") }
		/^RIP: / { halted = /(halt|default_idle)\+/ }
		/^RSP: .* EFLAGS: / {
			flags = $NF
			ready[cpu] = idle && halted && substr(flags, length(flags) - 2, 1) ~ /[2367abef]/
		}
		/Possible timer handling issue on cpu=/ {
			match($0, /cpu=[0-9]+/)
			if (ready[substr($0, RSTART + 4, RLENGTH - 4)])
				lost = 1
		}
		END { exit !lost }'
}

# lost_interrupts FILE: all processors were halted, and did not even take an NMI
lost_interrupts() {
	grep -aq ': all processors are halted, and none has taken an NMI: ' "$1"
}

# lost_itself LOG: it has ended by an assertion of its own, which it says beside the log
lost_itself() {
	grep -aEq '^qemu-system-[a-z0-9_]+: [^ ]+:[0-9]+: .*Assertion .* failed' "${1%/*}/qemu.log" 2>/dev/null
}

# emulator_lost FILE: a run of tools/guest that printed FILE; prints what was lost
emulator_lost() {
	local log
	log=$(sed -n 's/.*the kernel log is \([^ ]*\).*/\1/p' "$1" | tail -n 1)
	if lost_breakpoint "$1" || { [[ -e $log ]] && lost_breakpoint "$log"; }; then
		echo "a breakpoint"
	elif lost_interrupts "$1"; then
		echo "its interrupts"
	elif [[ -e $log ]] && lost_flags "$log"; then
		echo "its flags"
	elif [[ -e $log ]] && lost_timer "$log"; then
		echo "a timer"
	elif [[ -e $log ]] && lost_itself "$log"; then
		echo "itself"
	else
		return 1
	fi
}
