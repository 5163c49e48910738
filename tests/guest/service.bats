#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=once
#
# pcsc-monitor as the service that `make install` puts in place: the host's systemd, in a PID
# namespace of the guest and with no other units, starts it at the first request, confines it,
# and starts it again when it dies or hangs. The helper is loaded meanwhile.

bats_require_minimum_version 1.5.0
load common.bash

unit=pci-pcsc-monitor
units=/run/systemd/system

# manager: systemd, which ends with its parent. Only a process whose root is that of its
# mount namespace may make a user namespace (PrivateUsers=). The guest's programs are in a chroot,
# so their root is moved over that of a new namespace first.
manager() {
	SYSTEMD_UNIT_PATH=$units SYSTEMD_GENERATOR_PATH=/run/generators container=guest \
		unshare --pid --fork --mount-proc --mount --kill-child nsenter --mount=/proc/self/ns/mnt \
		/bin/sh -c 'cd /root && mount --move . / && exec chroot . /lib/systemd/systemd --unit=basic.target --log-target=null --show-status=no' \
		</dev/null >/run/manager.log 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/manager"
	until_true 60 test -S /run/systemd/private
}

# systemctl: of that manager, which answers only those in its namespaces
systemctl() {
	nsenter -t "$(pgrep -P "$(<"$BATS_FILE_TMPDIR/manager")")" -p -m systemctl --no-pager "$@"
}

# property NAME
property() {
	systemctl show -P "$1" $unit.service
}

# restarted SECONDS: systemd has started it again, once
restarted() {
	local end=$((SECONDS + $1))
	until [[ $(property NRestarts) == 1 && $(property ActiveState) == active ]]; do
		((SECONDS < end)) || return 1
		sleep 0.5
	done
}

daemon() {
	pgrep -x pcsc-monitor
}

# metric NAME: by the socket of TCP
metric() {
	curl -s --max-time 30 http://127.0.0.1:9753/metrics | sed -n "s/^$1 //p"
}

load_helper() {
	insmod "$module"
	"$ctl" load "$specification"
	"$ctl" mode on
}

setup_file() {
	[[ -x /lib/systemd/systemd ]] || skip "there is no systemd here"
	common_setup_file
	local file target
	# PrivateTmp= hides a build below /tmp
	mkdir -p $units /run/generators /run/sbin
	cp "$build/pcsc-monitor" /run/sbin/
	for file in "$top"/user/systemd/*; do
		sed 's|@PREFIX@/sbin|/run/sbin|; s|@PREFIX@|/usr|' "$file" >"$units/${file##*/}"
	done
	for target in sysinit basic sockets shutdown multi-user; do
		printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$units/$target.target"
	done
	manager
	systemctl start $unit.socket
}

teardown_file() {
	[[ ! -e $BATS_FILE_TMPDIR/manager ]] || kill -9 "$(<"$BATS_FILE_TMPDIR/manager")"
	rm -rf $units /run/generators /run/sbin
}

setup() {
	load_helper
	systemctl reset-failed $unit.service
}

teardown() {
	systemctl stop $unit.service
	common_teardown
}

@test "service: the first request starts the daemon" {
	[[ $(property ActiveState) == inactive ]]
	run -1 daemon
	[[ $(metric pcsc_up) == 1 ]]
	[[ $(property ActiveState)/$(property SubState) == active/running ]]
	daemon
	[[ $(curl -s --max-time 30 --unix-socket /run/pci-pcsc/monitor.sock http://x/metrics | grep -c '^pcsc_up 1$') == 1 ]]
	[[ $(stat -c '%U %a' /run/pci-pcsc/monitor.sock) == 'root 660' ]]
}

@test "service: it has the helper's numbers" {
	lspci -vvv >/dev/null
	(($(value 'Total Reads') > 100))
	local total
	total=$(metric 'pcsc_config_reads_total{.*}' | paste -sd+)
	[[ $((total)) == "$(value 'Total Reads')" ]]
	rmmod_helper
	[[ $(metric pcsc_up) == 0 ]]
	load_helper
	[[ $(metric pcsc_up) == 1 ]]
}

rmmod_helper() {
	"$ctl" mode off
	rmmod pci_pcsc
}

@test "service: it runs without rights" {
	[[ $(metric pcsc_up) == 1 ]]
	local pid uid name
	pid=$(daemon)
	uid=$(property UID)
	((uid >= 61184 && uid <= 65519))
	[[ $(sed -nE 's/^(Uid|Gid):\t//p' "/proc/$pid/status" | tr '\t' '\n' | sort -u) == "$uid" ]]
	[[ $(grep -cE '^Cap[A-Z][a-z]+:.0{16}$' "/proc/$pid/status") == 5 ]]
	grep -qx $'NoNewPrivs:\t1' "/proc/$pid/status"
	grep -qx $'Seccomp:\t2' "/proc/$pid/status"
	for name in mnt net user ipc uts; do
		[[ $(readlink "/proc/$pid/ns/$name") != "$(readlink "/proc/self/ns/$name")" ]]
	done
	[[ $(nsenter -t "$pid" -n ip -o link | wc -l) == 1 ]]
	[[ -e /dev/pci_pcsc && ! -e /proc/$pid/root/dev/pci_pcsc ]]
	# Files are read-only there, even to root
	for name in / /etc /var; do
		run ! touch "/proc/$pid/root/${name#/}/written"
		[[ $output == *"Read-only file system"* ]]
	done
	[[ $(property MemoryMax) == 67108864 ]]
}

@test "service: killed, it is started again, and the cache goes on" {
	[[ $(metric pcsc_up) == 1 ]]
	local pid hits
	pid=$(daemon)
	kill -9 "$pid"
	lspci -vvv >/dev/null
	hits=$(value 'Cache Hits')
	lspci -vvv >/dev/null
	(($(value 'Cache Hits') > hits))
	restarted 30
	[[ $(daemon) != "$pid" ]]
	[[ $(metric 'pcsc_config_reads_total{result="hit"}') == "$(value 'Cache Hits')" ]]
}

@test "service: stopped, it ends well, and the next request starts it" {
	[[ $(metric pcsc_up) == 1 ]]
	systemctl stop $unit.service
	[[ $(property ActiveState)/$(property Result) == inactive/success ]]
	run -1 daemon
	[[ $(metric pcsc_up) == 1 ]]
}

@test "service: one that hangs is ended and started again" {
	mkdir -p $units/$unit.service.d
	printf '[Service]\nWatchdogSec=4\n' >$units/$unit.service.d/test.conf
	systemctl daemon-reload
	[[ $(metric pcsc_up) == 1 ]]
	local pid
	pid=$(daemon)
	# It says in time that it is alive
	sleep 8
	[[ $(daemon) == "$pid" && $(property NRestarts) == 0 ]]
	kill -STOP "$pid"
	restarted 60
	[[ $(metric pcsc_up) == 1 && $(daemon) != "$pid" ]]
	rm -r $units/$unit.service.d
	systemctl daemon-reload
}
