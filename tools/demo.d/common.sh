# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the demos' guest sides share.

say() {
	printf '%6.1f s  %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*" >&2
}

# Every VF away again, so that each run begins as the first did.
tear_down() {
	local vf pf
	for vf in /sys/bus/pci/drivers/vfio-pci/*:*; do
		[[ ! -e $vf ]] || "$PCSC_TESTS/vfio/bind-vfio" -u "${vf##*/}"
	done
	for pf in /sys/bus/pci/devices/*/sriov_numvfs; do
		echo 0 >"$pf"
	done
}

# make_profile RECORDING: beside it, profile.json and profile.pcsc
make_profile() {
	"$PCSC_BUILD/pcsc-profile" generate "$1" -o "$PCSC_OUT/profile.json"
	"$PCSC_BUILD/pcsc-profile" compile "$PCSC_OUT/profile.json" -o "$PCSC_OUT/profile.pcsc"
}
