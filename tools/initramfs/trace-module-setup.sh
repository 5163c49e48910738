#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Becomes 90pcsc-trace/module-setup.sh in the directory of dracut's modules, and
# trace-start becomes pcsc-trace.sh beside it: puts pcsc-trace into the initramfs, where
# it is started before udev is, if /etc/pci-pcsc/initramfs.conf says TRACE=yes. PCSC_TRACE, by
# a line in a file in /etc/dracut.conf.d, names another one than /usr/sbin/pcsc-trace.

check() {
	grep -qsx TRACE=yes /etc/pci-pcsc/initramfs.conf || return 1
	[[ -x ${PCSC_TRACE:-/usr/sbin/pcsc-trace} ]]
}

depends() {
	return 0
}

install() {
	inst "${PCSC_TRACE:-/usr/sbin/pcsc-trace}" /usr/sbin/pcsc-trace
	# shellcheck disable=SC2154 # dracut's
	inst_hook pre-udev 00 "$moddir/pcsc-trace.sh"
}
