# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Cases of tests/guest/handover in which a session of the live update orchestrator holds the
# lines, with the helper built in. Sourced by handover-guest, which has what they use.
# shellcheck disable=SC2154 # ctl is handover-guest's

# A session of the live update orchestrator holds the lines
luo() {
	"$ctl" -v handover luo "$@" 2>&1
}
preserved="$ctl handover luo preserve --"

# first SHELL-COMMAND: the path of a script that does this in the session, and then leaves
first() {
	printf '#!/bin/sh\n%s\nexec "$@"\n' "$1" >"$PCSC_OUT/first"
	chmod +x "$PCSC_OUT/first"
	echo "$PCSC_OUT/first"
}

before_luo() { export PCSC_LEAVE=$preserved; }
after_luo() {
	local said handed
	handed=$(status handed)
	vfs
	ok "luo: lines are in use before anybody retrieves them ($(status adopted) of $handed)" \
		test "$(status adopted)" = "$handed"
	said=$(luo retrieve)
	ok "luo: $said" test "${said#*: }" = "retrieved: $handed functions handed over, $handed adopted, 0 refused"
	said=$(luo retrieve)
	ok "luo: once: $said" grep -q 'has left no session' <<<"$said"
	true_to_hardware luo
}

# Retrieved by root without the right to open the node
before_luo-rights() { export PCSC_LEAVE=$preserved; }
after_luo-rights() {
	local said
	said=$(setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$ctl" handover luo retrieve 2>&1)
	ok "luo-rights: refused: $said" grep -q 'Operation not permitted' <<<"$said"
	vfs
	ok "luo-rights: lines stay in use ($(status adopted) of $(status handed))" test "$(status adopted)" = "$(status handed)"
}

# Nobody retrieves them
before_luo-finished() { export PCSC_LEAVE=$preserved; }
after_luo-finished() {
	local said
	vfs
	said=$(luo finish)
	ok "luo-finished: the session ends without them $said" test -z "$said"
	ok 'luo-finished: it is said what becomes of the lines' \
		grep -q 'the session ended without its file: lines that were adopted stay in use' <(dmesg)
	ok "luo-finished: they stay ($(status adopted) of $(status handed))" test "$(status adopted)" = "$(status handed)"
	true_to_hardware luo-finished
}

# The session is left before the kexec, which hands over as without one
before_luo-left() {
	local said
	said=$(luo preserve -- "$ctl" handover status | grep '^session ')
	ok "luo-left: a command runs in a session, which status names: ${said#session *}" test -n "$said"
	ok 'luo-left: and not afterwards' not grep -q '^session ' <("$ctl" handover status)
}
after_luo-left() {
	local said
	said=$(luo retrieve)
	ok "luo-left: there is no session: $said" grep -q 'has left no session' <<<"$said"
	vfs
	ok "luo-left: the lines came over ($(status adopted) of $(status handed))" \
		test "$(status adopted)" = "$(status handed)"
	true_to_hardware luo-left
}

# Somebody switches the cache off inside the session
before_luo-off() {
	PCSC_LEAVE="$preserved $(first "$ctl mode off")"
	export PCSC_LEAVE
}
after_luo-off() {
	local said
	said=$(luo retrieve)
	ok "luo-off: nothing is retrieved: $said" grep -q 'the lines of the last kernel are not retrieved' <<<"$said"
	cold luo-off 'no kexec'
}

# The lock is held by somebody who waits for devices: the kexec does not take place
before_luo-busy() {
	local hits at
	at=$(awk '$3 == "pcsc_mutex" { print $1 }' /proc/kallsyms)
	insmod "$PCSC_BUILD/beside-$PCSC_TEST_KERNEL/pcsc_beside.ko"
	kexec -s -l "$PCSC_KERNEL" --initrd="$PCSC_INITRD" --reuse-cmdline
	SECONDS=0
	luo preserve -- "$(first "echo 0x$at 90000 >/sys/module/pcsc_beside/parameters/lock")" kexec -e >"$PCSC_OUT/refused"
	ok "luo-busy: nor is the lock waited for when the session ends ($SECONDS s)" test $SECONDS -lt 60
	echo '0 0' >/sys/module/pcsc_beside/parameters/lock
	rmmod pcsc_beside
	ok "luo-busy: a kexec that cannot have the lines sealed does not take place: $(tail -n 1 "$PCSC_OUT/refused")" \
		grep -q 'resource busy' "$PCSC_OUT/refused"
	hits=$(value 'Cache Hits')
	everything
	ok "luo-busy: the cache serves as before" test "$(value 'Cache Hits')" -gt $((hits + 100))
	export PCSC_LEAVE=$preserved
}
after_luo-busy() {
	vfs
	ok "luo-busy: the next one takes place ($(status adopted) of $(status handed))" \
		test "$(status adopted)" = "$(status handed)"
	luo retrieve
}

# Sealed and frozen; then, as the next file of the session is, somebody takes the lock
before_luo-late() {
	insmod "$PCSC_BUILD/beside-$PCSC_TEST_KERNEL/pcsc_beside.ko" fails=memfd_luo_freeze \
		"keeps=0x$(awk '$3 == "pcsc_mutex" { print $1 }' /proc/kallsyms)"
	export PCSC_LEAVE="$preserved $PCSC_BUILD/tests/another"
}
after_luo-late() {
	local handed
	handed=$(status handed)
	vfs
	ok "luo-late: what was sealed is handed over ($handed, of which $(status adopted) are adopted)" \
		test "$handed" -gt 20 -a "$(status adopted)" -gt 10
	ok "luo-late: nothing is lost ($(info lost))" test -z "$(info lost)"
	true_to_hardware luo-late
}

# valid ADDRESS: how many dwords its line answers for
valid() {
	"$ctl" state | awk -v wanted="$1" '$1 == wanted { print $4 }'
}

# Another file of the session cannot be frozen after ours, and a driver of its kind has
# written to a device in between. The kexec does not take place.
before_luo-aborted() {
	local nic other held hits
	nic=$(device 0200) other=$(device 0108)
	everything
	held=$(valid "$other")
	insmod "$PCSC_BUILD/beside-$PCSC_TEST_KERNEL/pcsc_beside.ko" fails=memfd_luo_freeze \
		"touches=$((16#${nic:5:2})),$((16#${nic:8:2} << 3 | ${nic:11})),$((0x50))"
	kexec -s -l "$PCSC_KERNEL" --initrd="$PCSC_INITRD" --reuse-cmdline
	luo preserve -- "$PCSC_BUILD/tests/another" kexec -e >"$PCSC_OUT/refused"
	rmmod pcsc_beside
	ok "luo-aborted: the kexec does not take place: $(tail -n 1 "$PCSC_OUT/refused")" \
		grep -q 'Input/output error' "$PCSC_OUT/refused"
	ok "luo-aborted: the line that was written to is empty, for what is frozen is not filled ($(valid "$nic"))" \
		test "$(valid "$nic")" = 0
	ok "luo-aborted: no other is ($held, $(valid "$other"))" test "$(valid "$other")" = "$held" -a "$held" -gt 5
	everything
	hits=$(value 'Cache Hits')
	everything
	ok "luo-aborted: the cache is filled and serves as before" \
		test "$(valid "$nic")" -gt 5 -a "$(value 'Cache Hits')" -gt $((hits + 100))
	export PCSC_LEAVE=$preserved
}
after_luo-aborted() {
	vfs
	ok "luo-aborted: the next one takes place ($(status adopted) of $(status handed))" \
		test "$(status adopted)" = "$(status handed)"
	luo retrieve
	true_to_hardware luo-aborted
}

# A session holds the lines while functions are written to and reset
before_luo-load() {
	before_load
	export PCSC_LEAVE=$preserved
}
after_luo-load() {
	local said
	after_load
	said=$(luo retrieve)
	ok "luo-load: $said" grep -q ': retrieved: ' <<<"$said"
}
