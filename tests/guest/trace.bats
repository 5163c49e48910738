#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# pcsc-trace against accesses that we make ourselves, and against what QEMU saw.
# Runs in a guest, as root:
#   tools/guest -k VER -t small --out DIR --trace-pci DIR/pci.trace -- bats tests/guest/trace.bats

bats_require_minimum_version 1.5.0

setup_file() {
	load recording.bash
	recording_setup_file
	cd "$BATS_FILE_TMPDIR" || return 1
	counted
}

# Each test has the file's recording until it makes one of its own.
setup() {
	load common.bash
	load recording.bash
	cd "$BATS_TEST_TMPDIR" || return 1
	cp "$BATS_FILE_TMPDIR"/rec{,.json} .
}

teardown() {
	nothing_left
}

# hex N...: as setpci wants its registers
hex() {
	printf '%x' $(($1))
}

# byte FUNCTION REGISTER: its value, for arithmetic
byte() {
	echo "0x$(setpci -s "$1" "$(hex "$2").b")"
}

# virtio has a window: what one register shows depends on what another says
virtio_window() {
	local cap
	cap=$(byte "$rng" 0x34)
	while ((cap)); do
		(($(byte "$rng" "$cap") == 9 && $(byte "$rng" "$cap + 3") == 5)) && break
		cap=$(byte "$rng" "$cap + 1")
	done
	echo "$cap"
	((cap))
}

# counted [OPTION [COMMAND]]: to attach programs takes seconds here, so what can be counted
# in one recording is: registers that have nothing to do with each other
counted() {
	local cap bar offset length data
	cap=$(virtio_window)
	bar=$(hex "$cap + 4") offset=$(hex "$cap + 8")
	length=$(hex "$cap + 12") data=$(hex "$cap + 16")
	echo "$data" >data
	setpci -s "$rng" "$bar.b=4" "$offset.l=0" "$length.l=4"
	setpci -s "$nic" 4.w=0
	setpci -s "$nvme" 3c.b=5
	cp "$(command -v setpci)" other
	# shellcheck disable=SC2086 # an option, or none
	record ${1:-} -- sh -c "
		for i in 1 2 3 4 5 6 7; do setpci -s $nic 0.l; done
		for i in 1 2 3; do setpci -s $nic 0.w; done
		setpci -s $nic 2.w; setpci -s $nic 8.b

		setpci -s $nic 3c.b=5; setpci -s $nic 3c.b
		setpci -s $nic 3c.b=7; setpci -s $nic 3c.b; setpci -s $nic 3c.b

		setpci -s $nic 4.w; setpci -s $nic 4.b=2; setpci -s $nic 4.w

		setpci -s $nvme 3c.b; setpci -s $nvme 3c.b=ff; setpci -s $nvme 3c.b
		setpci -s $nvme 3c.b=5; setpci -s $nvme 3c.b

		setpci -s $rng $data.l; setpci -s $rng $data.l
		setpci -s $rng $offset.l=4; setpci -s $rng $data.l

		for i in 1 2 3 4 5 6; do setpci -s $nic d.b=\$i; done
		./other -s $nic 2c.l; ./other -s $nic 2c.l; setpci -s $nic 2c.l
		cat /sys/bus/pci/devices/$nic/current_link_speed; ${2:-}" >/dev/null
	setpci -s "$nic" 4.w=0
	report
}

@test "reads are counted exactly, by register and width" {
	[ "$(field "$nic" 0 4 reads)" = 7 ]
	[ "$(field "$nic" 0 2 reads)" = 3 ]
	[ "$(field "$nic" 2 2 reads)" = 1 ]
	[ "$(field "$nic" 8 1 reads)" = 1 ]
	[ "$(field "$nic" 0 4 first)" = 10d38086 ]
	[ "$(field "$nic" 0 4 last)" = 10d38086 ]
	[ "$(field "$nic" 0 4 changes)" = 0 ]
	[ "$(field "$nic" 0 4 repeats)" = 6 ]
	# and nothing else is
	[ "$(jq '[.registers[] | select(.by == "user")] | length' rec.json)" = 12 ]
	[ "$(total totals.user.reads)" = 26 ]
	[ "$(total totals.user.writes)" = 12 ]
	[ "$(jq '[.latency[] | select(.operation == "read" and .width == 4)][0].count' rec.json)" -ge 7 ]
}

# bats test_tags=once
@test "writes are counted, and are not surprises" {
	[ "$(field "$nic" 0x3c 1 writes)" = 2 ]
	[ "$(field "$nic" 0x3c 1 reads)" = 3 ]
	[ "$(field "$nic" 0x3c 1 changes)" = 1 ]
	[ "$(field "$nic" 0x3c 1 silent_changes)" = 0 ]
	[ "$(field "$nic" 0x3c 1 first)/$(field "$nic" 0x3c 1 last)" = 05/07 ]
}

# bats test_tags=once
@test "which values were written" {
	[ "$(field "$nic" 0x3c 1 'written | join(" ")')" = "05 07" ]
	[ "$(field "$nic" 0x3c 1 more_written)" = false ]
	[ "$(field "$nvme" 0x3c 1 'written | join(" ")')" = "ff 05" ]
	[ "$(field "$nic" 0xd 1 'written | join(" ")')" = "01 02 03 04" ]
	[ "$(field "$nic" 0xd 1 more_written)" = true ]
}

# bats test_tags=once
@test "a write to another byte of the dword counts as one between" {
	[ "$(field "$nic" 4 2 changes)" = 1 ]
	[ "$(field "$nic" 4 2 silent_changes)" = 0 ]
}

# bats test_tags=once
@test "a change without a write to its dword is a silent one" {
	local data
	data=$(<"$BATS_FILE_TMPDIR/data")
	[ "$(field "$rng" 0x"$data" 4 reads)" = 3 ]
	[ "$(field "$rng" 0x"$data" 4 writes)" = 0 ]
	[ "$(field "$rng" 0x"$data" 4 changes)" = 1 ]
	[ "$(field "$rng" 0x"$data" 4 silent_changes)" = 1 ]
}

# bats test_tags=once
@test "all-ones are counted apart, and are no value" {
	[ "$(field "$nvme" 0x3c 1 reads)" = 3 ]
	[ "$(field "$nvme" 0x3c 1 all_ones)" = 1 ]
	[ "$(field "$nvme" 0x3c 1 changes)" = 0 ]
}

# bats test_tags=once
@test "who made an access is known, and each has his part" {
	[ "$(field "$nic" 0x2c 4 'callers | map("\(.caller) \(.reads)") | join(", ")')" = "other 2, setpci 1" ]
	[ "$(field "$nic" 0 4 'callers | map("\(.caller) \(.reads)") | join(", ")')" = "setpci 7" ]
	# An attribute that one reads is that one's, though the kernel reads the register.
	[ "$(jq -r --arg f "$nic" '[.registers[] | select(.function == $f and .name == "LnkSta" and .by == "kernel") |
		.callers[] | select(.caller == "cat") | .reads] | add' rec.json)" = 1 ]
	# Nothing is counted twice, and nothing is nobody's.
	jq -e '[.registers[] | .reads == ([.callers[].reads] | add) and .writes == ([.callers[].writes] | add) and
		.latency_sum_ns == ([.callers[] | .read_ns + .write_ns] | add)] | all' rec.json
	jq -e '([.callers[].reads] | add) == .totals.reads' rec.json
	jq -e '([.processes[] | .reads + .writes + .errors] | add) == .totals.reads + .totals.writes + .totals.errors' rec.json
	[ "$(jq '[.processes[] | select(.caller == "other")] | length' rec.json)" = 2 ]
	jq -e '.processes[] | select(.caller == "cat") | .ancestors | map(.command) | .[:2] == ["sh", "pcsc-trace"]' rec.json
}

# bats test_tags=once
@test "registers have the names that lspci and setpci know" {
	[ "$(field "$nic" 4 2 name)" = COMMAND ]
	[ "$(field "$nic" 0x3c 1 name)" = INTERRUPT_LINE ]
	[ "$(field "$nic" 0x2c 4 name)" = SUBSYSTEM_VENDOR_ID/SUBSYSTEM_ID ]
}

# resets FUNCTION METHOD: the commands of one, with a read before and a read after it
resets() {
	local sysfs=/sys/bus/pci/devices/$1
	[ -e "$sysfs/reset_method" ] || skip "this kernel has no reset_method"
	echo "$2" >"$sysfs/reset_method" || skip "no reset by $2"
	echo "setpci -s $1 0.l; setpci -s $1 3c.b=5; setpci -s $1 3c.b
		echo 1 >$sysfs/reset
		setpci -s $1 0.l; setpci -s $1 0.l; setpci -s $1 3c.b"
}

# survived FUNCTION KIND: that reset is counted, survived by the ID, and no other is seen
survived() {
	[ "$(jq -r --arg f "$1" ".functions[] | select(.function == \$f) | .resets.$2" rec.json)" = 1 ]
	[ "$(field "$1" 0 4 survived."$2")" = 1 ]
	[ "$(jq --arg f "$1" '[.registers[] | select(.function == $f) | .survived | to_entries[] |
		select(.key != "'"$2"'") | .value] | add' rec.json)" = 0 ]
	[ "$(total complete)" = true ]
}

@test "an FLR and a reset by D3hot are seen, and what survives them" {
	record -- sh -c "$(resets "$nvme" flr); $(resets "$nic" pm)"
	report
	survived "$nvme" flr
	survived "$nic" pm
}

@test "a bus reset is seen, and what survives it" {
	record -- sh -c "$(resets "$nvme" bus)"
	report
	survived "$nvme" bus
	[ "$(jq -r --arg f "$port" '.functions[] | select(.function == $f) | .resets.bus' rec.json)" = 0 ]
}

@test "VFs that come and go are known afterwards, and a user-space driver that has left" {
	modprobe pci-pf-stub
	driver=/sys/bus/pci/devices/$nvme/driver # of a suite before this one
	[ ! -e "$driver" ] || echo "$nvme" >"$driver/unbind"
	echo pci-pf-stub >"/sys/bus/pci/devices/$nvme/driver_override"
	echo "$nvme" >/sys/bus/pci/drivers/pci-pf-stub/bind
	echo 0 >"/sys/bus/pci/devices/$nvme/sriov_drivers_autoprobe"
	modprobe pci-stub
	record -- sh -c "
		echo 2 >/sys/bus/pci/devices/$nvme/sriov_numvfs
		echo 0 >/sys/bus/pci/devices/$nvme/sriov_numvfs
		echo pci-stub >/sys/bus/pci/devices/$nic/driver_override
		echo $nic >/sys/bus/pci/drivers/pci-stub/bind
		echo $nic >/sys/bus/pci/drivers/pci-stub/unbind"
	echo "$nvme" >/sys/bus/pci/drivers/pci-pf-stub/unbind
	report
	[ "$(jq '[.functions[] | select(.vf)] | length' rec.json)" = 2 ]
	[ "$(jq -r '[.functions[] | select(.vf)] | map(.vendor + ":" + .device) | unique[]' rec.json)" = 1b36:0010 ]
	[ "$(jq '[.functions[] | select(.vf) | .kernel // .reads] | min' rec.json)" -gt 20 ]
	[ "$(jq -r --arg f "$nvme" '.functions[] | select(.function == $f) | .pf' rec.json)" = true ]
	[ "$(total losses.map_full)" = 0 ]
	[ "$(jq -r --arg f "$nic" '.functions[] | select(.function == $f) | .user_driver' rec.json)" = true ]
	[ "$(jq -r --arg f "$nic" '.functions[] | select(.function == $f) | .driver' rec.json)" = "" ]
	[ "$(jq '[.functions[] | select(.user_driver)] | length' rec.json)" = 1 ]
}

# bats test_tags=once
@test "the recorder's own accesses are left out, and said" {
	cat >own.c <<-END
	#include <fcntl.h>
	#include <pthread.h>
	#include <string.h>
	#include <unistd.h>

	extern char *program_invocation_short_name;

	static void *reader(void *unused)
	{
		char word[4];
		int fd = open("/sys/bus/pci/devices/$nic/config", O_RDONLY);

		for (;;) {
			pread(fd, word, 4, 0);
			usleep(20000);
		}
		return unused;
	}

	static void __attribute__((constructor)) start(void)
	{
		pthread_t t;

		if (!strcmp(program_invocation_short_name, "pcsc-trace"))
			pthread_create(&t, NULL, reader, NULL);
	}
	END
	gcc -D_GNU_SOURCE -w -shared -fPIC -o own.so own.c -pthread
	LD_PRELOAD=$PWD/own.so record -- sh -c "sleep 1; setpci -s $nic 0.l"
	report
	[ "$(field "$nic" 0 4 reads)" = 1 ]
	[ "$(total losses.own)" -gt 5 ]
	[ "$(total complete)" = true ]
}

# report_chooses: as lspci does, of a recording of all functions
report_chooses() {
	"$trace" report -j -s "${nic#0000:}" rec >rec.json
	[ "$(jq -r '[.functions[].function] | unique[]' rec.json)" = "$nic" ]
	[ "$(jq -r '[.registers[].function] | unique[]' rec.json)" = "$nic" ]
	"$trace" report -j -d ::0604 rec >rec.json
	[ "$(jq '.functions | length' rec.json)" = "$(lspci -nd ::0604 | wc -l)" ]
	"$trace" report -n 3 -d 8086:10d3 rec | tee text
	grep -q "^$nic " text
	grep -q '^Reads of [124] byte' text
	grep -q 'avg .* us, p50 .* us, p99 .* us, max' text
}

# bats test_tags=once
@test "nothing is lost when two processors read at once, and a report chooses as lspci does" {
	record -- sh -c "
		for n in 1 2; do cat /sys/bus/pci/devices/*/config >/dev/null & done
		wait"
	report
	[ "$(total complete)" = true ]
	[ "$(jq '[.losses.map_full, .losses.inflight, .losses.recursion] | add' rec.json)" = 0 ]
	# cat reads each register as often as the others
	[ "$(jq -r --arg f "$nic" '[.registers[] | select(.function == $f and .by == "user" and .offset >= 64) | .reads] | unique[]' rec.json)" = 2 ]
	report_chooses
}

# A reset holds accesses by user space back until it is over: more of them have begun
# than there are processors, and they end where they are woken.

# bats test_tags=once
@test "accesses that wait for a reset are counted, several to a processor" {
	echo flr >"/sys/bus/pci/devices/$nvme/reset_method"
	rm -f over
	record -- bash -c "
		for n in 1 2 3 4 5 6; do
			until [ -e over ]; do setpci -s $nvme 0.l; done &
		done
		for ((i = 0; i < 20; i++)); do echo 1 >/sys/bus/pci/devices/$nvme/reset; done
		touch over
		wait" >values
	report
	lost=$(total losses.inflight)
	[ $(($(field "$nvme" 0 4 reads) + lost)) = "$(wc -l <values)" ]
	# Where tasks are preempted inside the kernel, as on 7.x, another one may find our program
	# running on its processor, and the kernel skips it: that is counted, and said.
	if [[ $(</sys/kernel/debug/sched/preempt) == *'(voluntary)'* ]]; then
		[ "$lost" = 0 ]
		[ "$(total complete)" = true ]
	else
		[ "$(total complete)" = "$([ "$lost" = 0 ] && echo true || echo false)" ]
	fi
	# some did wait, or this shows nothing
	[ "$(field "$nvme" 0 4 read_max_ns)" -gt 50000000 ]
}

# seen_is_recorded SCRIPT [FUNCTION]: each access of SCRIPT, which is recorded, was seen by
# QEMU, and the other way round; FUNCTION, which comes and goes, left out
seen_is_recorded() {
	local log=${PCSC_PCI_TRACE:-${PCSC_OUT:-/nowhere}/pci.trace}
	[ -e "$log" ] || skip "no QEMU trace at $log (tools/guest --trace-pci)"
	sleep 2 # for ports to fall asleep
	setpci -s "$nic" 3d.b=5a # a mark: the pin is read-only
	record -- bash -c "$1" >/dev/null
	setpci -s "$nic" 3d.b=5b
	report
	"$trace" report --format jsonl rec >rec.jsonl

	awk '/@0x3d <- 0x5a/ { on = 1; n = 0; next }
		/@0x3d <- 0x5b/ { on = 0 }
		on { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }' "$log" |
		"$top/tests/agree" rec.jsonl "${2:-}" >agreed || { cat agreed; false; }
	cat agreed
	[ "$(total losses.inflight) $(total losses.recursion)" = '0 0' ]
}

# The port's handlers read and write in interrupts and in threads of their own, in the
# midst of what two processors read.

# bats test_tags=once
@test "what QEMU saw is what was recorded, access by access, while a hotplug port interrupts" {
	local scenario="$top/tools/guest.d/scenario" port
	port=$("$scenario" plug hot0 e1000e hp0)
	"$scenario" unplug hot0
	rm -f over
	seen_is_recorded "
		lspci -vvv; lspci -xxxx; setpci -s $nic 3c.b=9
		echo 1 >/sys/bus/pci/devices/$nvme/reset
		echo 1 >/sys/bus/pci/rescan
		until [ -e over ]; do
			head -c 64 /sys/bus/pci/devices/*/config
			sleep 0.1
		done 2>/dev/null &
		$scenario plug hot0 e1000e hp0
		$scenario unplug hot0
		touch over
		wait" "$port"
	[ "$(tail -n 1 agreed)" -gt 10000 ]
}

# A processor has few spare entries of tables, and gets no more while interrupts are off.

# bats test_tags=once
@test "the first accesses of a processor are those of an interrupt: nothing is lost" {
	local scenario="$top/tools/guest.d/scenario" port irqs
	port=$("$scenario" plug hot0 e1000e hp0)
	port=$(basename "$(dirname "$(readlink -f "/sys/bus/pci/devices/$port")")")
	"$scenario" unplug hot0
	irqs=$(ls "/sys/bus/pci/devices/$port/msi_irqs")
	for irq in $irqs; do echo 1 >"/proc/irq/$irq/smp_affinity_list"; done
	record -- taskset -c 0 bash -c "$scenario plug hot0 e1000e hp0; $scenario unplug hot0"
	report
	[ "$(jq -c '.losses | [.map_full, .inflight, .recursion]' rec.json)" = '[0,0,0]' ]
	# In the handler, or this shows nothing.
	[ "$(jq --arg f "$port" '[.registers[] | select(.function == $f) | .callers[] |
		select(.caller == "(interrupt)") | .reads] | add' rec.json)" -gt 2 ]
}

# bats test_tags=once
@test "a recording that found no room says so" {
	run record --max-registers 8 -- lspci -s "$nic" -vvv
	[ "$status" -eq 0 ]
	[[ $output == *"the recording is incomplete"*"--max-registers"* ]]
	report
	[ "$(total complete)" = false ]
	[ "$(total losses.map_full)" -gt 0 ]
	[ "$(jq '.registers | length' rec.json)" = 8 ]
	run "$trace" report rec
	[[ $output == *INCOMPLETE* ]]
}

# reads_of ARGUMENT...: those of four functions that are recorded, by what is wanted
reads_of() {
	record "$@" -- sh -c "setpci -s $nic 4.w; ./other -s $nvme 4.w; setpci -s $nvme 4.w
		setpci -s $nvme 8.b; setpci -s $vf 4.w" >/dev/null
	report
	jq -r '.registers | map("\(.function) \(.offset) \(.reads)") | join(",")' rec.json
}

# bats test_tags=once
@test "what is wanted is chosen in the kernel: by function, device, VF, name" {
	cp "$(command -v setpci)" other
	"$top/tools/guest.d/scenario" vfs "$nvme" 1 >/dev/null
	vf=$(basename "$(readlink -f "/sys/bus/pci/devices/$nvme/virtfn0")")
	[ "$(reads_of -s "$nvme")" = "$nvme 4 2,$nvme 8 1" ]
	[ "$(total only)" = "-s $nvme" ]
	[ "$(reads_of -d 1b36:0010:0108 -c other)" = "$nvme 4 1" ]
	[ "$(reads_of --vf)" = "$vf 4 1" ]
	"$trace" report rec | head -n 1 | grep -q ', nothing but --vf$'
	"$top/tools/guest.d/scenario" vfs "$nvme" 0 >/dev/null
	# One that comes meanwhile is one, too.
	record --vf -- sh -c "$top/tools/guest.d/scenario vfs $nvme 1; setpci -s $vf 4.w" >/dev/null
	report
	[ "$(field "$vf" 4 2 reads)" = 1 ]
	[ "$(jq -r '[.registers[].function] | unique | join(" ")' rec.json)" = "$vf" ]
	# What was written before it was known as a VF is missing.
	run -5 "${trace%/*}/pcsc-profile" generate -o profile.json rec
	[[ $output == *"no evidence"*"--vf"* ]]
	"$top/tools/guest.d/scenario" vfs "$nvme" 0 >/dev/null
}

# bats test_tags=once
@test "a process is chosen by its ID; what others write still explains what it reads" {
	mkfifo go
	perl -e 'open GO, "<", "go"; open F, "<:unix", shift; while (<GO>) { sysseek F, 0x3c, 0; sysread F, $x, 1 }' \
		"/sys/bus/pci/devices/$nic/config" &
	exec 7>go
	record -p $! -- sh -c "
		for n in 5 7 9; do setpci -s $nic 3c.b=\$n; echo >&7; sleep 0.3; done"
	exec 7>&-
	wait
	report
	[ "$(field "$nic" 0x3c 1 reads)" = 3 ]
	[ "$(field "$nic" 0x3c 1 writes)" = 0 ]
	[ "$(field "$nic" 0x3c 1 changes)" = 2 ]
	[ "$(field "$nic" 0x3c 1 silent_changes)" = 0 ]
	# Its writes are not all there are: nothing can be concluded from it.
	run -5 "${trace%/*}/pcsc-profile" generate -o profile.json rec
	[[ $output == *"no evidence"*"-p "* ]]
}

# bats test_tags=once
@test "each access is kept on its own; what there is no room for is counted" {
	record --events -- sh -c "setpci -s $nic 3c.b=5; setpci -s $nic 3c.b; lspci -s $nic -vv" >/dev/null
	report
	"$trace" report --events rec >lines
	[ "$(total events)" = "$(jq '[.registers[] | .reads + .writes + .errors] | add' rec.json)" ]
	[ "$(total events_lost)" = 0 ]
	[ "$(($(wc -l <lines) - 1))" = "$(total events)" ]
	grep -Eq "^ *[0-9.]+ setpci +$nic w +05 +[0-9.]+ INTERRUPT_LINE\$" lines
	grep -Eq "^ *[0-9.]+ setpci +$nic r +05 +[0-9.]+ INTERRUPT_LINE\$" lines
	sort -n -c -k 1,1 <(tail -n +2 lines)
	[[ "$(head -n 1 lines)" != *PID* ]]
	record --events --max-events 3 -- lspci -s "$nic" >/dev/null
	report
	[ "$(total events)" = 3 ]
	[ "$(($(total events) + $(total events_lost)))" = "$(jq '[.registers[] | .reads + .writes + .errors] | add' rec.json)" ]
	"$trace" report rec | grep -q "^Of the accesses, $(total events_lost) could not be kept one by one"
	run -5 "$trace" report --events "$BATS_FILE_TMPDIR/rec"
	one_sentence 'record them with --events'
}

# readers [OFFSET]: on each of two processors, PCSC_ACCESSES reads of a register of its own
readers() {
	local cpu
	for cpu in 0 1; do
		taskset -c $cpu perl -e 'my ($file, $at, $n) = @ARGV; open F, "<:unix", $file;
			while ($n--) { sysseek F, $at, 0; sysread F, $x, 4 }' \
			"/sys/bus/pci/devices/$nic/config" $((${1:-0} + 4 * cpu)) "${PCSC_ACCESSES:-20000}" &
	done
	wait
}

# PCSC_ACCESSES=500000 is the long form, in which the events find no room any more
# bats test_tags=accesses,once
@test "two processors at once: nothing is lost, and what there is no event for is counted" {
	local n=${PCSC_ACCESSES:-20000} all
	all="[.registers[] | select(.function == \"$nic\" and .by == \"user\" and .width == 4) | .reads] | add"
	export nic PCSC_ACCESSES
	export -f readers
	# A recorder that is not run fetches nothing; and every way to choose costs nothing.
	record --events -s "$nic" -d 8086:10d3 -c perl -- bash -c 'kill -STOP $PPID; readers; kill -CONT $PPID' 2>said
	cat said
	report
	[ "$(jq "$all" rec.json)" = $((2 * n)) ]
	[ "$(total complete)" = true ]
	[ $(($(total events) + $(total events_lost))) = "$(jq '[.registers[] | .reads + .writes + .errors] | add' rec.json)" ]
	echo "# of $((2 * n)) accesses $(total events) have an event, $(total events_lost) are counted as lost" >&3
	((n < 100000 || $(total events_lost) > 0))
	((n >= 50000 || $(total events_lost) == 0))
}

# held: fourteen programs read a register of the drive while it is reset, which holds them
# back; each prints how often it has read
held() {
	local n
	for n in {1..14}; do
		perl -e 'open F, "<:unix", shift; until (-e "over") {
				sysseek F, 8, 0; $n += !!sysread F, $x, 4; select undef, undef, undef, 0.02
			} print "$n\n"' "/sys/bus/pci/devices/$nvme/config" &
	done >held
	sleep 2
	for n in 1 2 3; do
		echo 1 >"/sys/bus/pci/devices/$nvme/reset"
		sleep 0.5
	done
	touch over
	wait
}

# alike: what user space did to registers, but those of readers and held
alike() {
	jq -c '.registers[] | select(.by == "user" and (.width == 4 and (.offset == 8 or .offset == 16 or .offset == 20) | not)) |
		[.function, .offset, .width, .name, .reads, .writes, .errors, .first, .last, .changes, .silent_changes,
		.all_ones, .repeats, .written, [.callers[] | [.caller, .reads, .writes]]]' "$1"
}

# The kernel has room for the returns of ten accesses by one function at once.

@test "by kprobes as by fentry; what had no room for its return is counted as lost" {
	export nvme
	declare -f readers held >functions # sh does not hand them on
	echo flr >"/sys/bus/pci/devices/$nvme/reset_method"
	local n=${PCSC_ACCESSES:-20000} made seen lost
	counted --kprobes "bash -c '. ./functions; readers 16; held'"
	diff <(alike "$BATS_FILE_TMPDIR/rec.json") <(alike rec.json)
	[ "$(alike rec.json | wc -l)" = 12 ]
	[ "$(field "$nic" 16 4 reads) $(field "$nic" 20 4 reads)" = "$n $n" ]
	made=$(awk '{ n += $1 } END { print n }' held)
	seen=$(field "$nvme" 8 4 reads) lost=$(total losses.inflight)
	echo "# of $made accesses that a reset held back $seen were seen, $lost lost" >&3
	((lost > 0 && seen + lost == made))
	# Older kernels do not say how many runs they skipped.
	[ "$PCSC_KERNEL" = 6.1 ] || (($(total losses.recursion) >= lost))
}

# bats test_tags=once
@test "marks cut a recording into phases" {
	run -3 "$trace" mark early
	one_sentence 'nobody records'
	record --events -- sh -c "setpci -s $nic 0.l; $trace mark 'two reads'; setpci -s $nic 0.l 4.w
		setpriv --reuid=nobody --clear-groups $trace mark forged; echo \$? >status
		$trace mark last; setpci -s $nic 3c.b=5" >/dev/null
	[ "$(<status)" = 4 ]
	report
	[ "$(jq -c '[.phases[].phase]' rec.json)" = '["(start)","two reads","last"]' ]
	[ "$(jq -c '[.phases[] | [.reads, .writes]]' rec.json)" = '[[1,0],[2,0],[0,1]]' ]
	[ "$(jq '[.phases[].ns] | add' rec.json)" = "$(total duration_ns)" ]
	"$trace" report rec | grep -Eq '^Phases:     \(start\) .* in 1 access; two reads .* in 2 accesses; last .* in 1 access$'
	"$trace" report -j --by phase,register rec >by.json
	[ "$(jq -r '[.groups[] | select(.phase == "two reads") | .register] | sort | join(" ")' by.json)" = \
		'COMMAND VENDOR_ID/DEVICE_ID' ]
	run -5 "$trace" report --by phase "$BATS_FILE_TMPDIR/rec"
	one_sentence 'record them with --events'
	[ ! -e /run/pci-pcsc/mark.* ]
	# What it has attached takes seconds to take away, in which it records no more.
	record -- true 2>said &
	until grep -q 'none lost' said; do sleep 0.1; done
	run -3 "$trace" mark late
	wait
}
