#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/ideal.sh [IDEAL]: small traces with known answers. One letter says
# what became of each access: h hit, m hardware read, w write.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
ideal=${1:-build/tests/ideal}

# What traces are made of: "r BDF OFFSET VALUE", "w BDF OFFSET VALUE", the model
# made of the bus. ECAM offsets in hex without 0x.
lines() {
	awk 'NF { printf "pci_cfg_%s m%s %s @0x%s %s 0x%s\n",
		$1 == "r" ? "read" : "write", substr($2, 1, 2), $2, $3,
		$1 == "r" ? "->" : "<-", $4 }'
}

# expect NAME LETTERS [OPTION...]: of the accesses on standard input. The phase
# that is line N's alone is called lN.
expect() {
	local args=() n
	lines >"$dir/trace"
	for ((n = 1; n <= ${#2}; n++)); do
		args+=(-p "l$n=$n")
	done
	verdict "$1" "$("$ideal" -j "${args[@]}" "${@:3}" "$dir/trace" | jq -r '[.phases[] |
		if .reads == 0 then "w" elif .hits == 1 then "h" else "m" end] | add')" "$2"
}

expect 'what never changes hits from the second read on' mhh <<-END
	r 01:00.0 44 11223344
	r 01:00.0 44 11223344
	r 01:00.0 46 1122
END
expect 'the clairvoyant: a change is a miss, what comes after it is not' mhmhwh --clairvoyant <<-END
	r 01:00.0 04 0006
	r 01:00.0 04 0006
	r 01:00.0 04 0002
	r 01:00.0 04 0002
	w 01:00.0 04 0002
	r 01:00.0 04 0002
END
expect 'another function is another line' mm <<-END
	r 01:00.0 44 11223344
	r 01:00.1 44 11223344
END
expect 'what changes once is never kept' mmmm <<-END
	r 01:00.0 44 11223344
	r 01:00.0 44 11223344
	r 01:00.0 44 11223345
	r 01:00.0 44 11223345
END
expect 'what is written later is not kept before' mmw <<-END
	r 01:00.0 0e 0
	r 01:00.0 0e 0
	w 01:00.0 0e 1
END
expect 'Command and Status are floor' mmmm <<-END
	r 01:00.0 4 100007
	r 01:00.0 4 100007
	r 01:00.0 6 10
	r 01:00.0 6 10
END
expect 'BARs are set by software' mm <<-END
	r 01:00.0 10 fe000004
	r 01:00.0 10 fe000004
END
expect 'IDs are probes, on the root bus too' mmmm <<-END
	r 01:00.0 0 12345678
	r 01:00.0 0 12345678
	r 00:02.0 0 12345678
	r 00:02.0 0 12345678
END
expect 'undescribed bytes of the root bus are not believed' mm <<-END
	r 00:02.0 44 11223344
	r 00:02.0 44 11223344
END
expect 'all-ones is neither kept nor a change' mmmmh <<-END
	r 01:00.0 44 ffffffff
	r 01:00.0 44 ffffffff
	r 01:00.0 0 12345678
	r 01:00.0 44 11223344
	r 01:00.0 44 11223344
END
expect 'a VF has all-ones for IDs' mhmh <<-END
	r 01:00.1 0 ffffffff
	r 01:00.1 0 ffffffff
	r 01:00.1 10 0
	r 01:00.1 10 0
END
expect 'the first write to undescribed bytes ends belief in them' mhwm <<-END
	r 01:00.0 48 11223344
	r 01:00.0 48 11223344
	w 01:00.0 80 1
	r 01:00.0 48 11223344
END
expect '... of the whole slot, if to function 0' mhwmwm <<-END
	r 01:00.1 48 11223344
	r 01:00.1 48 11223344
	w 01:00.2 80 1
	r 01:00.3 48 11223344
	w 01:00.0 80 1
	r 01:00.1 48 11223344
END

# A function with PCI Express at 40 and MSI-X at 80 after it, vendor at 90.
caps='
r 01:00.0 34 40
r 01:00.0 40 28010
r 01:00.0 80 79011
r 01:00.0 90 100009'

expect 'capabilities: headers and DevCap2 kept, the rest not' mmmmhmhmmmmmhmm <<-END
	$caps
	r 01:00.0 40 28010
	r 01:00.0 64 11111111
	r 01:00.0 64 11111111
	r 01:00.0 44 11110000
	r 01:00.0 44 11110000
	r 01:00.0 48 22220000
	r 01:00.0 48 22220000
	r 01:00.0 84 10002000
	r 01:00.0 84 10002000
	r 01:00.0 94 10002000
	r 01:00.0 94 10002000
END
expect 'FLR: nothing hits before identity, const survives' mmmmmhwmmmh <<-END
	$caps
	r 01:00.0 c0 11223344
	r 01:00.0 c0 11223344
	w 01:00.0 48 8000
	r 01:00.0 c0 11223344
	r 01:00.0 0 ffffffff
	r 01:00.0 0 12345678
	r 01:00.0 c0 11223344
END
expect 'RRS is no identity' mmmmmwmmmh <<-END
	$caps
	r 01:00.0 c0 11223344
	w 01:00.0 49 80
	r 01:00.0 0 ffff0001
	r 01:00.0 c0 11223344
	r 01:00.0 0 12345678
	r 01:00.0 c0 11223344
END

# A port to buses 1 to 2.
expect 'a secondary bus reset brackets what is below' mwwmmmmwmmh <<-END
	r 00:01.0 e 1
	w 00:01.0 19 1
	w 00:01.0 1a 2
	r 01:00.0 44 11223344
	r 02:00.0 44 11223344
	r 03:00.0 44 11223344
	r 01:00.0 0 12345678
	w 00:01.0 3e 40
	r 01:00.0 44 11223344
	r 02:00.0 44 11223344
	r 03:00.0 44 11223344
END

# A PF with two VFs, at offset 1 and stride 1.
pf='
r 01:00.0 100 00010010
r 01:00.0 10c 00020002
r 01:00.0 114 00010001'

expect 'VF Enable cleared: the VFs are emptied, and pending' mmmmmhwmmmh <<-END
	$pf
	r 01:00.1 44 11223344
	r 01:00.2 44 11223344
	r 01:00.2 44 11223344
	w 01:00.0 108 0
	r 01:00.1 44 11223344
	r 01:00.1 4 100000
	r 01:00.1 44 11223344
	r 01:00.1 44 11223344
END
expect 'D3hot of the PF: a VF is not there before its PF is' mmmmmmhwmmmmmh <<-END
	$pf
	r 01:00.0 34 f0
	r 01:00.0 f0 30001
	r 01:00.1 44 11223344
	r 01:00.1 44 11223344
	w 01:00.0 f4 3
	r 01:00.1 4 100000
	r 01:00.1 44 11223344
	r 01:00.0 0 12345678
	r 01:00.1 44 11223344
	r 01:00.1 4 100000
	r 01:00.1 44 11223344
END
# Two VFs are enabled, and one is read; then there is a kexec (line 8), and what
# the next kernel reads of the PF before and after its IDs.
before="
$pf
w 01:00.0 110 2
w 01:00.0 108 1
r 01:00.1 44 11223344
r 01:00.1 44 11223344"
after='
r 01:00.0 100 00010010
r 01:00.0 0 12345678
r 01:00.0 100 00010010
w 01:00.0 108 0'
# VFs, and what is read of one before and after what shows it alive.
vfs='
w 01:00.0 108 1
r 01:00.1 44 11223344
r 01:00.1 4 100000
r 01:00.1 44 11223344'

expect 'handover: a PF hits after its IDs, a VF after VF Enable and a sign of life' \
	mmmwwmhmmhwwwmmh -H l8 <<-END
		$before
		$after
		w 01:00.0 110 2
		$vfs
	END
expect 'no handover: VFs are cold' mmmwwmhhmhwwwmmm <<-END
	$before
	$after
	w 01:00.0 110 2
	$vfs
END
expect 'handover: another number of VFs, and none gets anything back' \
	mmmwwmhmmhwwwmmmwwwmmm -H l8 <<-END
		$before
		$after
		w 01:00.0 110 1
		$vfs
		w 01:00.0 108 0
		w 01:00.0 110 2
		$vfs
	END
expect 'handover: VFs get theirs back once' mmmwwmhmmhwwwmmhwwmmm -H l8 <<-END
	$before
	$after
	w 01:00.0 110 2
	$vfs
	w 01:00.0 108 0
	$vfs
END
expect 'handover: what is written later is not handed over' mmmwwmmmmhwwwmmmw -H l8 <<-END
	$before
	$after
	w 01:00.0 110 2
	$vfs
	w 01:00.1 44 1
END
expect 'a VSEC body is not believed' mmhmmmh <<-END
	r 01:00.0 100 1000b
	r 01:00.0 104 00c00001
	r 01:00.0 104 00c00001
	r 01:00.0 108 11223344
	r 01:00.0 108 11223344
	r 01:00.0 10c 11223344
	r 01:00.0 10c 11223344
END
expect 'a small value may be a byte: it fills a dword, and needs a byte' mhm <<-END
	r 01:00.0 44 12
	r 01:00.0 46 0
	r 01:00.0 48 12345678
END

# --- the counter, phases, input -------------------------------------------------

lines >"$dir/trace" <<-END
	r 01:00.0 44 1
	r 01:00.0 44 1
	r 01:00.1 44 1
	w 01:00.1 48 1
END
printf 'one 2\ntwo 3\n' >"$dir/phases"
verdict 'count by phase and function' \
	"$("$ideal" -j --count -P "$dir/phases" "$dir/trace" | jq -c '[.phases[] | [.phase, .reads, .writes, [.functions[] | [.function, .reads]]]]')" \
	'[["start",1,0,[["01:00.0",1]]],["one",1,0,[["01:00.0",1]]],["two",1,1,[["01:00.1",1]]]]'
sed -i 's/^/4711@1700000000.123456:/' "$dir/trace"
verdict 'lines with a process and a time' "$("$ideal" -j "$dir/trace" | jq -c .total.reads)" 3
sed 's/m01 01:00.1/empty 01:00.1/' "$dir/trace" >"$dir/with-empty"
verdict 'what finds nothing at its address is no access to a function' \
	"$("$ideal" -j --count "$dir/with-empty" | jq -c '[.total.reads, .total.writes]')" '[2,0]'
verdict 'text' "$("$ideal" "$dir/trace" | sed -n '$p' | tr -s ' ')" 'total 3 1 1 2 33.3%'
verdict 'misses say why' "$("$ideal" -m "$dir/trace" | grep -c 'first read')" 1
echo nonsense >"$dir/empty"
"$ideal" "$dir/empty" 2>/dev/null
verdict 'a file without accesses is refused' $? 5
"$ideal" -p b=9 -p a=3 "$dir/trace" 2>/dev/null
verdict 'phases out of order are refused' $? 2

"$ideal" -p a=1 -H b "$dir/trace" 2>"$dir/said"
verdict 'a handover to an unknown phase is refused, in one sentence' "$? $(wc -l <"$dir/said")" '2 1'

finish ideal
