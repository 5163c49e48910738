#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/explain.sh [BUILD]: pcsc-profile explain, of functions in a directory that
# looks like sysfs's, and of models. The helper's part is tested in a guest.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=${1:-build}
build=$(cd "$build" && pwd) || exit 2
tool=$build/pcsc-profile
sysfs=$dir/devices

# function BDF CLASS: an endpoint with PM at 0x40, PCI Express at 0x50, AER at 0x100, DSN
# at 0x200; of Intel's 154c, revision 1
function_at() {
	mkdir -p "$sysfs/$1"
	echo "pci:v00008086d0000154Csv00008086sd00001234bc${2:0:2}sc${2:2:2}i${2:4:2}" >"$sysfs/$1/modalias"
	echo 0x01 >"$sysfs/$1/revision"
	perl -e 'my $c = "\0" x 4096;
		substr($c, 0, 16) = pack("v4C8", 0x8086, 0x154c, 6, 0x10, 1, 0, 0, 2, 0, 0, 0, 0);
		substr($c, 0x34, 1) = "\x40";
		substr($c, 0x40, 4) = pack("C2v", 1, 0x50, 0xc823);
		substr($c, 0x50, 4) = pack("C2v", 0x10, 0, 2);
		substr($c, 0x100, 4) = pack("V", 0x20020001);
		substr($c, 0x200, 4) = pack("V", 0x00010003);
		print $c' >"$sysfs/$1/config"
}

# explain ARGUMENT...: sets status; data in $dir/out, talk in $dir/err
explain() {
	"$tool" explain --sysfs "$sysfs" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

# answers NAME WORDS ARGUMENT...: status 0, and WORDS in the first line
answers() {
	explain "${@:3}"
	verdict "$1: status" "$status" 0
	verdict "$1: $2" "$(head -n 1 "$dir/out" | grep -cF -- "$2")" 1
}

# refuses NAME STATUS WORDS ARGUMENT...: after one sentence, with nothing printed
refuses() {
	explain "${@:4}"
	verdict "$1: status" "$status" "$2"
	verdict "$1: $3" "$(grep -cF -- "$3" "$dir/err") $(wc -l <"$dir/err")" "1 1"
	verdict "$1: prints nothing" "$(wc -c <"$dir/out")" 0
}

# rule SPACE OFFSET LENGTH CLASS BASIS [MORE]
rule() {
	echo "{\"space\":\"$1\",\"offset\":$2,\"length\":$3,\"class\":\"$4\",\"basis\":\"$5\"${6:+,$6}}"
}

function_at 0000:01:00.0 020000
function_at 0000:02:00.0 060000

# ---- by the specification's profile ----

answers "a constant" "DevCap2 (CAP_EXP+0x24, at 0x074, 4 bytes): const: may be answered from memory" \
	01:00.0 DevCap2
verdict "where the specification says so" "$(grep -c 'PCIe 7.5.3.15: HwInit; changed by nothing' "$dir/out")" 1
verdict "what forgets it" "$(grep -c 'forgotten  by every reset' "$dir/out")" 1
answers "the floor" "on the floor" 0000:01:00.0 command
answers "presence" "whether the device is there" 01:00.0 device_id
answers "an address" "holds an address" 01:00.0 BASE_ADDRESS_0
answers "a status register" "on the floor" 01:00.0 CAP_EXP+0xa.w
answers "what the device changes" "the register table calls it volatile" 01:00.0 CAP_EXP+0xd
answers "what software sets" "only constants are answered" 01:00.0 'AER UEMsk'
answers "bytes that nobody describes" "too little evidence: it takes 3 reads" 01:00.0 300
answers "those of a host bridge" "evidence may not speak" 02:00.0 300
answers "a register by an offset in it" "DevCap2 (CAP_EXP+0x24, at 0x074, 4 bytes)" 01:00.0 76
answers "one byte of a register" "DevCap2 (CAP_EXP+0x25, at 0x075, 1 byte)" 01:00.0 75.b
explain 01:00.0 LnkCap
verdict "a register in parts: its parts, and not LnkCap2" "$(grep -o '^[^(]*LnkCap[^(]*' "$dir/out" | wc -l)" 3

# What the table calls writable or changing is of a PF; in a VF it is read-only (9.3.5)
gunzip -c "$(dirname "${BASH_SOURCE[0]}")/../recordings/events.rec.gz" >"$dir/vfs.rec"
"$tool" generate "$dir/vfs.rec" -o "$dir/vfs.json" 2>/dev/null
verdict "a VF's register is not told as a PF's" \
	"$("$tool" explain 1b36:0010 SltSta -p "$dir/vfs.json" | grep -c '7.5.3.11: read-only in a VF$')" 1

explain 01:00.0
verdict "all registers: status" "$status" 0
verdict "the answer comes first" "$(sed -n '2s/ .*//p' "$dir/out")" "$(awk '$6 == "const" || $5 == "const" || $7 == "const" || $8 == "const" { n += $2 } END { print n }' "$dir/out")"
verdict "each byte once" "$(awk '/^0x/ { n += $2 } END { print n }' "$dir/out")" 4096
explain -j 01:00.0
verdict "as JSON: each byte once" "$(jq '[.bytes[].length] | add' "$dir/out")" 4096
verdict "as JSON: whose" "$(jq -r '"\(.schema) \(.profile) \(.matched)"' "$dir/out")" \
	"pcsc-profile-explain specification true"
verdict "as JSON: why" "$(jq -r '.bytes[] | select(.register == "COMMAND") | .class + " " + .why' "$dir/out")" \
	"volatile floor"

# ---- by a profile with evidence ----

layout=$("$tool" explain --sysfs "$sysfs" -j 01:00.0 0 | jq .layout)
verdict "as JSON: the layout as a profile writes it" "$(grep -cE '^"0x[0-9a-f]{8}"$' <<<"$layout")" 1
evidence='"evidence":{"functions":64,"reads":192,"least_reads":3,"values":1,"writes":0,"changes":0,"silent_changes":0,"survived":{"flr":64,"pm":0,"bus":0}}'
match="\"vendor\":\"0x8086\",\"device\":\"0x154c\",\"revision\":1,\"layout\":$layout"
conflict='{"space":"header","offset":52,"length":1,"register":"CAPABILITIES","reason":"changed","functions":2,"writes":0,"changes":5,"example":"0000:3b:02.1"}'
cat >"$dir/seen.json" <<-END
	{"schema":"pcsc-profile","version":1,"name":"seen","models":[{"match":{$match},
	"layout":[{"space":"cap","capability":"CAP_EXP","offset":80,"length":60}],
	"rules":[$(rule raw 768 16 const evidence "\"zero\":true,$evidence"),
	$(rule raw 1024 4 volatile person),
	$(rule header 14 1 const specification)],
	"conflicts":[$conflict]}]}
END
answers "evidence" "const: may be answered" 01:00.0 300 -p "$dir/seen.json"
verdict "who read it, how often, and what it outlived" "$(grep -c \
	'evidence   64 functions, 192 reads (at least 3 each), 1 value, 0 writes, 0 changes; survived 64 FLRs' \
	"$dir/out")" 1
verdict "it is zero" "$(grep -c 'const by evidence, zero in every function' "$dir/out")" 1
answers "the profile's distrust" "a rule that calls it volatile" 01:00.0 400 -p "$dir/seen.json"
answers "a conflict" "what was seen contradicts that" 01:00.0 CAPABILITIES -p "$dir/seen.json"
verdict "by whom" "$(grep -c 'conflict   changed on 2 functions, such as 0000:3b:02.1: 0 writes, 5 changes' "$dir/out")" 1
answers "not read" "nobody read it" 01:00.0 DevCap2 -p "$dir/seen.json"
answers "a model" "DevCap2 (CAP_EXP+0x24, at 0x074, 4 bytes)" 8086:154c devcap2 -p "$dir/seen.json"
explain 8086:154c -p "$dir/seen.json"
verdict "a model whole: each byte once" "$(awk '/^0x/ { n += $2 } END { print n }' "$dir/out")" 4096

# What the function differs in from the model that it nearly is
sed -E 's/"revision":1/"revision":2/; s/"layout":"0x[0-9a-f]+"/"layout":77/' "$dir/seen.json" >"$dir/other.json"
answers "another revision" "No model of profile 'seen' is for this function (8086:154c, layout" \
	01:00.0 -p "$dir/other.json"
verdict "which differs" "$(grep -c 'is for revision 02, not 01; layout 0000004d, not ' "$dir/out")" 1

# ---- all functions of a host ----

# hosts NAME STATUS WORDS PROFILE
hosts() {
	"$tool" check --host --sysfs "$sysfs" "$4" >"$dir/out" 2>"$dir/err"
	verdict "$1: status" "$?" "$2"
	verdict "$1: $3" "$(grep -cF -- "$3" "$dir/out")" 1
}
"$tool" generate --specification -o "$dir/all.json"
hosts "a profile for any function" 0 "2 of 2 functions of this host have a model; 0 have none" "$dir/all.json"
sed 's/"match":{/&"class":131072,/' "$dir/seen.json" >"$dir/network.json"
hosts "a profile for one of two" 1 "1 of 2 functions of this host have a model; 1 have none" "$dir/network.json"
verdict "its model" "$(grep -c '^models\[0\]: 1 function$' "$dir/out")" 1
verdict "why not the other" "$(grep -c 'a model of 8086:154c is for class 020000, not 060000;' "$dir/out")" 1
hosts "a profile of another revision" 1 "0 of 2 functions of this host have a model" "$dir/other.json"

# ---- what cannot be ----

refuses "no function" 2 "'zz' is neither a function" zz
refuses "a model without a profile" 2 "give --profile" 8086:154c
refuses "a function that is not there" 3 "this host has no such function" 05:00.0
refuses "a model that is not there" 5 "has no model of 8086:9999" 8086:9999 -p "$dir/seen.json"
refuses "a register that is not there" 5 "'BOGUS' is not a register" 01:00.0 BOGUS
refuses "an offset behind the end" 5 "is not a register" 01:00.0 1000
# The kernel shows 64 bytes to everybody, and the rest to root
truncate -s 64 "$sysfs/0000:02:00.0/config"
chmod 755 "$dir"
install -m 755 "$tool" "$dir/tool"
less=()
((EUID)) || less=(setpriv --reuid 65534 --regid 65534 --clear-groups)
tool="${less[*]} $dir/tool"
without_rights() {
	# shellcheck disable=SC2086 # words
	$tool "$@" --sysfs "$sysfs" >"$dir/out" 2>"$dir/err"
	verdict "$1 without rights: status, one sentence, nothing else" "$? $(grep -c 'run this as root' "$dir/err") $(wc -l <"$dir/err") $(wc -c <"$dir/out")" '4 1 1 0'
}
without_rights explain 02:00.0 300
without_rights check --host "$dir/all.json"
tool=$build/pcsc-profile
# The lists run in a circle
printf '\x40' | dd of="$sysfs/0000:01:00.0/config" bs=1 seek=81 conv=notrunc status=none
answers "broken lists" "The capability lists cannot be followed (loop at 0x" 01:00.0
verdict "and nothing is const" "$(grep -c ' const ' "$dir/out")" 0

finish "pcsc-profile explain"
