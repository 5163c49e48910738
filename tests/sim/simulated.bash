# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the suites over simulated functions share; theirs are in domain 10000. Loaded after
# ../guest/common.

# The simulator's directory.
export sim=/sys/kernel/debug/pcsc_sim

# control WORD...: tell the simulator
control() {
	echo "$*" >$sim/control
}

# reg FUNCTION REGISTER...
reg() {
	setpci -s "10000:$1" "${@:2}"
}

# state FUNCTION KEY: of pcsc-ctl state
state() {
	served "10000:$1" "$2"
}

held() {
	state "$1" valid_bytes
}

# is FUNCTION WORD: bypassed for that reason
is() {
	[ "$(state "$1" "bypassed | contains([\"$2\"])")" = true ]
}

# fill: have all of them read
fill() {
	cat /sys/bus/pci/devices/10000:*/config >/dev/null
}

# with_vfs COMMAND...: on the simulated PF with eight VFs that nobody drives
with_vfs() {
	local d=/sys/bus/pci/devices/10000:08:00.0
	modprobe pci-pf-stub
	echo pci-pf-stub >$d/driver_override
	echo 10000:08:00.0 >/sys/bus/pci/drivers_probe
	echo 0 >$d/sriov_drivers_autoprobe
	echo 8 >$d/sriov_numvfs
	fill
	"$@"
	echo 0 >$d/sriov_numvfs
	echo 10000:08:00.0 >$d/driver/unbind
	modprobe -r pci-pf-stub
}

to_user_space() {
	echo uio_pcsc >/sys/bus/pci/devices/10000:"$1"/driver_override
	echo "10000:$1" >/sys/bus/pci/drivers_probe
}

from_user_space() {
	echo "10000:$1" >/sys/bus/pci/devices/10000:"$1"/driver/unbind
}
