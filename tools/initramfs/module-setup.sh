#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Becomes 90pci-pcsc/module-setup.sh in the directory of dracut's modules, and init-top
# becomes pci-pcsc.sh beside it: puts the helper, pcsc-ctl and the profile into the
# initramfs, where the helper is switched on before udev is started. Whatever is missing,
# the host gets its initramfs. It does so only if /etc/pci-pcsc/initramfs.conf says
# HELPER=yes. Other places, by lines in a file in /etc/dracut.conf.d: PCSC_CTL
# (/usr/sbin/pcsc-ctl), PCSC_PROFILE (/etc/pci-pcsc/profile.pcsc).

is_wanted() {
	grep -qsx HELPER=yes /etc/pci-pcsc/initramfs.conf
}

check() {
	is_wanted || return 1
	# shellcheck disable=SC2154 # dracut's
	modinfo -k "$kernel" -n pci_pcsc >/dev/null 2>&1 && return
	[[ ! -x ${PCSC_CTL:-/usr/sbin/pcsc-ctl} ]] ||
		dwarn "pci-pcsc: there is no pci_pcsc.ko for $kernel: install it in /lib/modules/$kernel/updates and run depmod; the initramfs goes without"
	return 1
}

depends() {
	return 0
}

installkernel() {
	instmods pci_pcsc
}

# add FROM TO: what is missing is said, and the module is then not switched on
add() {
	if [[ -r $1 ]]; then
		inst "$1" "$2"
	else
		dwarn "pci-pcsc: there is no $1: the helper will be loaded, and not switched on"
	fi
}

install() {
	add "${PCSC_CTL:-/usr/sbin/pcsc-ctl}" /usr/sbin/pcsc-ctl
	add "${PCSC_PROFILE:-/etc/pci-pcsc/profile.pcsc}" /etc/pci-pcsc/profile.pcsc
	inst_multiple cat
	# shellcheck disable=SC2154 # dracut's
	inst_hook pre-udev 00 "$moddir/pci-pcsc.sh"
}
