# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A helper in which one thing is different, for what only such a one can show.
# shellcheck disable=SC2154 # top: who sources this sets it

# changed_module KERNEL TO SED FILE PATTERN: built for KERNEL, TO.ko is the helper whose
# FILE the expression SED has changed, so that it has PATTERN
changed_module() {
	local source=$2-source
	cp -r "$top/kernel-helper" "$source" &&
		sed -i "$3" "$source/$4" &&
		grep -q "$5" "$source/$4" &&
		MAKEFLAGS='' make -s -C "$("$top/tools/setup" --kdir "$1")" M="$source" >"$2.log" 2>&1 &&
		mv "$source/pci_pcsc.ko" "$2.ko"
}
