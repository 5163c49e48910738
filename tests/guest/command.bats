#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# pcsc-trace as one types it: what ends it, what it refuses, and how it says so. What it
# records is in trace.bats. Runs in a guest, as root:
#   tools/guest -t small -- bats tests/guest/command.bats

bats_require_minimum_version 1.5.0

setup_file() {
	load recording.bash
	recording_setup_file
}

setup() {
	load common.bash
	load recording.bash
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	nothing_left
}

# bats test_tags=once
@test "a signal ends a recording that is then whole" {
	# the shell has its background jobs ignore SIGINT, and we obey that
	env --default-signal=INT "$trace" record -o rec &
	sleep 8
	kill -INT $!
	wait $!
	report
}

# bats test_tags=once
@test "a command that outlives the time is left alone" {
	local i
	# It waits for us, so that no slow machine lets it end before the recording; and
	# has none of our files, for whose end we would wait.
	run record --self-stats -t 1 -- sh -c 'exec >/dev/null 2>&1 3>&-
		until [ -e go ]; do sleep 0.2; done; touch lived'
	[ "$status" -eq 0 ]
	[[ $output == *"still runs"* ]]
	[[ $output == *"recording cost "*" program runs of "* ]]
	touch go
	report
	[ "$(($(total duration_ns) / 1000000000))" = 1 ]
	[ "$(total complete)" = true ]
	for ((i = 0; i < 300; i++)); do
		[ ! -e lived ] || break
		sleep 0.1
	done
	[ -e lived ]
}

# bats test_tags=once
@test "the command's status is ours" {
	run record -- sh -c 'exit 9'
	[ "$status" -eq 9 ]
	report
}

# bats test_tags=once
@test "without the right: one sentence, exit 4" {
	run setpriv --reuid 65534 --clear-groups "$trace" record -o rec -t 1
	[ "$status" -eq 4 ]
	one_sentence "run it as root"
}

# bats test_tags=once
@test "without BTF: one sentence, exit 3" {
	mount -t tmpfs none /sys/kernel/btf
	run record -t 1
	umount /sys/kernel/btf
	[ "$status" -eq 3 ]
	one_sentence CONFIG_DEBUG_INFO_BTF
}

# bats test_tags=once
@test "a place that cannot be written is refused at once" {
	run record -t 1 -o /nowhere/rec
	[ "$status" -eq 6 ]
	one_sentence /nowhere/rec
	run record -t 1 -o /dev/null
	[ "$status" -eq 5 ]
	[ -c /dev/null ]
}

# bats test_tags=once
@test "a wrong command line: exit 2" {
	run "$trace" record -t 1
	[ "$status" -eq 2 ]
	run "$trace" record -o rec -t soon
	[ "$status" -eq 2 ]
	run "$trace" wreck
	[ "$status" -eq 2 ]
	run "$trace" report -s 1:2:3:4:5 rec
	[ "$status" -eq 2 ]
	run -2 "$trace" record -o rec --max-events 5
	one_sentence 'nothing without --events'
	run -2 "$trace" report -j --html rec
	one_sentence 'one form'
	run -2 "$trace" report --events --by device rec
	one_sentence '--by, --sort and -n are for tables'
	run -2 "$trace" report --events -n 3 rec
	run -2 "$trace" report --format csv --sort reads rec
}

# bats test_tags=once
@test "a process that cannot be chosen: one sentence, before anything is recorded" {
	local thread
	run -6 record -p 4194304
	one_sentence 'no such process'
	perl -Mthreads -e 'async { sleep 600 }; sleep 600' &
	until thread=$(ls "/proc/$!/task" | grep -vx "$!"); do sleep 0.1; done
	run -5 record -p "$thread"
	kill $!
	one_sentence "a thread of process $!"
	# The kernel has its own numbers: here it would be the first process of all.
	run -5 unshare --pid --fork --mount-proc "$trace" record -o rec -t 1 -p 1
	one_sentence 'a PID namespace'
}

# bats test_tags=once
@test "a damaged recording is refused: exit 5" {
	cp "$top/tests/recordings/version-4.rec" rec
	printf '\377' | dd of=rec bs=1 seek=300 conv=notrunc status=none
	run "$trace" report rec
	[ "$status" -eq 5 ]
	one_sentence damaged
	truncate -s 100 rec
	run "$trace" report -j rec
	[ "$status" -eq 5 ]
	one_sentence "not a recording"
}

# bats test_tags=once
@test "doctor says whether a host can be recorded, and what to do" {
	"$trace" doctor | tee said
	grep -qx 'This host can be recorded\.' said
	grep -Eq '^ok +recording +tried: [0-9]+ programs are attached after ' said
	# What is in the way is said with its remedy, and with the status of a recording.
	if echo 0 >/proc/sys/kernel/ftrace_enabled; then
		"$trace" doctor -j >said.json || [ $? = 3 ]
		run -3 "$trace" doctor
		echo 1 >/proc/sys/kernel/ftrace_enabled
		[ "${lines[0]}" = 'This host cannot be recorded as it is now.' ]
		jq -e '(.usable | not) and (.checks | length == 8)' said.json
		[[ $output == *'FAIL  tracing    ftrace is switched off: sysctl kernel.ftrace_enabled=1'* ]]
	else # some kernels refuse it as long as somebody has a hook
		[[ $(uname -r) != 6.* ]]
	fi
	run -4 setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all "$trace" doctor
	[[ $output == *'FAIL  rights     CAP_BPF and CAP_PERFMON are missing: run it as root'* ]]
	# The reason of a trial that fails is in its line, for JSON too.
	for limit in 40 150; do # for what is loaded, and for what is then attached
		run --separate-stderr -6 prlimit --nofile=$limit setpriv --bounding-set -sys_resource "$trace" doctor -j
		[ -z "$stderr" ]
		jq -e '.checks[] | select(.check == "recording") | .says | test("^tried, and failed: .*ulimit -n")' <<<"$output"
	done
	prlimit --nofile=40:1024 setpriv --bounding-set -sys_resource "$trace" doctor # which it raises
}

# bats test_tags=once
@test "watch prints a line for each access, while it is made" {
	"$trace" watch -s "$nic" -- sh -c "setpci -s $nic 3c.b=7; setpci -s $nic 3c.b; setpci -s $nvme 3c.b" | tee lines
	[ "$(wc -l <lines)" -ge 3 ]
	[ "$(grep -c " setpci  *[0-9][0-9]*  *$nic [rw] " lines)" = 2 ]
	grep -Eq " setpci +[0-9]+ $nic w +07 +[0-9.]+ INTERRUPT_LINE\$" lines
	run ! grep -q " $nvme " lines
}

# bats test_tags=once
@test "hist prints one for each interval, and at most COUNT" {
	# A program may have any name.
	printf '#!/bin/sh\nfor n in 1 2 3 4 5; do setpci -s %s 0.l; done; setpci -s %s 3c.b=5\n' "$nic" "$nic" >5
	chmod +x 5
	PATH=$PWD:$PATH "$trace" hist -s "$nic" -- 5 >lines
	grep -q '^5 in all, avg .* p50 .* p99 .* max .* us$' lines
	grep -q '^1 in all, avg .* us$' lines
	timeout 60 "$trace" hist -T -m -s "$nic" .5 2 >lines
	[ "$(grep -cx '[0-9][0-9]:[0-9][0-9]:[0-9][0-9]' lines)" = 2 ]
	[ "$(grep -cx 'No access.' lines)" = 2 ]
	# What found no room is told while it goes on, and in each line of JSON.
	"$trace" hist -j --max-registers 8 -- sh -c 'lspci -xxx >/dev/null; sleep 2; grep -q incomplete said' >lines 2>said
	jq -e '.losses | .map_full > 0 and .inflight == 0' lines
	run -2 "$trace" hist -c ''
	run -2 "$trace" watch -c a-name-that-is-too-long
	one_sentence 'first 15 characters'
	run -2 "$trace" hist -u -m
	run -2 "$trace" hist 0
	run -2 "$trace" hist 1 two
	run -2 "$trace" hist 1s
}

# bats test_tags=once
@test "a recording of a boot goes on in the background, wherever its directory is moved" {
	local pid
	mkdir moved
	mount -t tmpfs moved moved
	pid=$("$trace" record --boot -o "$PWD/moved/rec" 2>log)
	setpci -s "$nic" 0.l
	mkdir to
	mount --move moved to
	kill "$pid"
	until [ ! -e "/proc/$pid" ]; do sleep 0.1; done
	mv to/rec rec
	umount to
	grep -q 'none lost: rec$' log
	report
	"$trace" report rec >text
	head -n 2 text | grep -q '^Boot:  *recorded from [0-9.]* m*s after the kernel.s start on; UNSEEN before that'
	[ "$(field "$nic" 0 4 reads)" = 1 ]
	[ "$(jq '.boot.initramfs_ns' rec.json)" = 0 ]
	# One that does not get so far says so, and its exit status is ours.
	mount -t tmpfs none /sys/bus/pci
	run "$trace" record --boot -o "$PWD/rec"
	umount /sys/bus/pci
	[ "$status" -eq 3 ]
	one_sentence 'shows no PCI bus'
}

# bats test_tags=once
@test "the script of the initramfs records only if it is told to, and never stops the boot" {
	local script="$BATS_TEST_DIRNAME/../../tools/initramfs/trace-start"
	export PATH="${trace%/*}:$PATH"
	[ -z "$(sh "$script" prereqs)" ]
	sh "$script"
	run ! ls /run/pci-pcsc/boot.*
	sed 's/$/ * pcsc_trace=nonsense/' /proc/cmdline >cmdline
	mount --bind cmdline /proc/cmdline
	dmesg -C
	run sh "$script"
	umount /proc/cmdline
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	dmesg | grep -q "pcsc-trace: the boot is not recorded: pcsc-trace: .*'nonsense'"
	[ ! -e /run/pci-pcsc/boot.pid ]
}

# measured QUERY: what the daemon tells of latencies
measured() {
	curl -sf 127.0.0.1:9853/latency.json | jq -r "$1"
}

# reads_are COUNT: so many, or more, were measured
reads_are() {
	[ "$(measured '.all.reads.count // 0')" -ge "$1" ]
}

is_traced() {
	[ "$(measured .traced)" = true ]
}

no_tracer() {
	! pgrep -x pcsc-trace >/dev/null
}

# bats test_tags=once
@test "pcsc-monitor --trace: what a host without the helper is shown, and it ends with the daemon" {
	local before after
	ip link set lo up
	PATH=${trace%/*}:$PATH "${trace%/*}/pcsc-monitor" --quiet --trace --listen 127.0.0.1:9853 3>&- &
	until_true 60 is_traced
	before=$(measured .all.reads.count)
	for n in 1 2 3 4 5 6 7 8 9 10; do setpci -s "$nic" 0.l; done
	until_true 10 reads_are $((before + 10))
	after=$(measured .all.reads.count)
	[ "$after" -lt $((before + 40)) ] # pcsc-trace's own are not among them
	[ "$(measured '.all.reads | .p50_ns > 0 and .p99_ns >= .p50_ns and .max_ns >= .p99_ns')" = true ]
	curl -sf 127.0.0.1:9853/metrics >metrics
	grep -qx 'pcsc_up 0' metrics
	grep -qx 'pcsc_trace_up 1' metrics
	[ "$(sed -n 's/^pcsc_trace_access_seconds_count{operation="read"} //p' metrics)" -ge "$after" ]
	kill -9 $!
	until_true 20 no_tracer
}

# bats test_tags=once
@test "a disk that is full: one sentence, and what was recorded before stays" {
	mkdir full
	mount -t tmpfs -o size=64k full full
	echo before >full/rec
	run "$trace" record -o full/rec -- sh -c 'lspci -xxxx >/dev/null'
	find full -type f -exec cat {} + >left
	umount full
	[ "$status" -eq 6 ]
	one_sentence 'No space left'
	[ "$(<left)" = before ]
}

# bats test_tags=once
@test "a recorder that is killed leaves what it had at its last flush" {
	"$trace" record --flush 5 -o killed -- sh -c "echo \$\$ >command; setpci -s $nic 0.l; exec sleep 1000" &
	until [ -e killed ]; do sleep 0.1; done
	kill -9 $! "$(<command)"
	"$trace" report killed | tee text
	grep -q 'UNFINISHED: the recorder was killed; what came after the first [0-9.]* s is missing' text
	"$trace" report -j killed >rec.json
	[ "$(total complete)" = false ]
	[ "$(total finished)" = false ]
	[ "$(field "$nic" 0 4 reads)" = 1 ]
	# One that is not killed is whole, though it was written before.
	record --events --flush 3 -- sh -c "setpci -s $nic 0.l; until [ -e rec ]; do sleep 0.1; done
		cp rec flushed; setpci -s $nic 0.l"
	"$trace" report -j flushed >rec.json
	[ "$(field "$nic" 0 4 reads) $(total finished)" = '1 false' ]
	[ "$(total events)" -ge 1 ]
	report
	[ "$(total complete) $(total finished)" = 'true true' ]
	[ "$(field "$nic" 0 4 reads)" = 2 ]
}
