#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/capabilities.sh: each capability that this host's lspci knows, by its header,
# has a name in core/caps.h. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/verdict.sh
. "$top/tests/verdict.sh"

# theirs HEADER PREFIX: "NUMBER NAME"
theirs() {
	awk -v prefix="$2" '$1 == "#define" && index($2, prefix) == 1 { print $3, substr($2, length(prefix) + 1) }' "$1" |
		while read -r number name; do
			echo "$((number)) $name"
		done | sort -k1,1
}

# ours LIST: numbers of PCSC_CAPS or PCSC_ECAPS
ours() {
	sed -n "/^#define $1(X)/,/^\$/s/^\tX([A-Z0-9_]*, \(0x[0-9a-f]*\),.*/\1/p" "$top/kernel-helper/core/caps.h" |
		while read -r number; do
			echo "$((number))"
		done | sort
}

# known HEADER
known() {
	local prefix list
	while read -r prefix list; do
		verdict "$1: $prefix*: all have a name" "$(join -v 1 <(theirs "$1" "$prefix") <(ours "$list") | paste -sd,)" ''
		verdict "$1: and it has some" "$(($(theirs "$1" "$prefix" | wc -l) >= 20))" 1
	done <<-END
		PCI_CAP_ID_ PCSC_CAPS
		PCI_EXT_CAP_ID_ PCSC_ECAPS
	END
}

mapfile -t headers < <(echo '#include <pci/pci.h>' | gcc -M -xc - 2>"$dir/err" | tr ' \\' '\n\n' | grep '/pci/header\.h$')
verdict "this host has lspci's header" "${#headers[@]}" 1
known "${headers[0]}"
finish capabilities
