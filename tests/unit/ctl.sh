#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/ctl.sh [PCSC-CTL]: wrong usage of every command, with the helper or
# without: status 2, a sentence, nothing on standard output, nothing done.
# shellcheck disable=SC2317 # what eval calls

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
ctl=${1:-build/pcsc-ctl}

# ends STATUS ARGUMENT...
ends() {
	local expected=$1 status printed='nothing printed' said=', nothing said'
	shift
	"$ctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[[ ! -s $dir/out ]] || printed='something printed'
	[[ ! -s $dir/err ]] || said=''
	verdict "${*:-nothing}: $expected" "$status, $printed$said" "$expected, nothing printed"
}

echo 'not a profile' >"$dir/file"
while read -r line; do
	eval "ends 2 $line" # the quotes of the table
done <<-END

	bogus
	''
	mode bogus
	mode ''
	mode ON
	mode 1
	mode on off
	-j mode
	-f mode on
	-s 0000:00:00.0 mode
	-s 0000:00:00.0 mode bogus
	-s 0000:00:00.0 -s 0000:00:00.0 mode on
	-s 0000:00:00.0 -d 8086:1234 mode on
	-s zz mode on
	-s '' mode on
	-d 8086 mode on
	-d 8086: mode on
	-d 8086:12345 mode on
	-d 8086:123z mode on
	-d -1:1234 mode on
	-d +1:1234 mode on
	-d ' 8086:1234' mode on
	-d 8086:1234
	info more
	-f info
	-s 0000:00:00.0 info
	load
	load ''
	load $dir/nofile
	load $dir/file/below
	load $dir
	load $dir/file $dir/file
	-j load $dir/file
	-f load $dir/file
	-d 8086:1234 load $dir/file
	state more
	-f state
	-s 0000:00:00.0 state
	-d 8086:1234 state
	flush zz
	flush ''
	flush all
	flush 0000:00:00
	flush 0000:00:00.8
	flush 0000:00:00.0 0000:00:00.1
	-j flush
	-s 0000:00:00.0 flush
	events more
	-s 0000:00:00.0 events
	handover
	handover bogus
	handover ''
	handover status more
	handover forget more
	handover forget it now
	handover setup bogus
	handover setup check
	handover setup memmap more
	handover setup check one two
	handover status status status status
	handover luo
	handover luo bogus
	handover luo preserve
	handover luo preserve --
	handover luo retrieve more
	handover luo finish more
	-j handover luo retrieve
	-f handover status
	-s 0000:00:00.0 handover status
	-j handover setup
	--bogus info
	-s
	mode -d
END

# What is right goes on to the helper. Where there is one it would be done.
if [[ ! -e /dev/pci_pcsc ]]; then
	while read -r line; do
		eval "ends 3 $line"
	done <<-END
		info
		-j info
		load $dir/file
		mode
		mode off
		mode shadow
		-s 0000:00:00.0 mode on
		-d 8086:1234 mode off
		state
		-j state
		flush
		flush 0000:00:00.0
		events
		-j -f events
		handover status
		-j handover status
		handover forget
		-j handover forget
		handover luo retrieve
		handover luo preserve -- true
	END
fi

finish ctl
