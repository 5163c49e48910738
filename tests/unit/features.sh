#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/features.sh: what the helper's build asks of a kernel's headers
# (kernel-helper/features). Headers whose forms nobody knows stop it and show both
# errors; none of it leads to the wrong branch. TAP on stdout.

set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=${here%/*/*}
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d /var/tmp/features.XXXXXX)
trap 'rm -rf "$dir"' EXIT

# headers VERSION: a copy to be changed; changed files are new ones
headers() {
	kdir=$("$top/tools/setup" --kdir "$1")
	tree=${kdir%/usr/src/*}
	rm -rf "${dir:?}/usr"
	mkdir -p "$dir/usr"
	ln -s "$tree/usr/lib" "$dir/usr/lib"
	cp -al "$tree/usr/src" "$dir/usr/src" 2>/dev/null ||
		{ rm -rf "$dir/usr/src" && cp -a "$tree/usr/src" "$dir/usr/src"; }
	include=$(echo "$dir"/usr/src/linux-headers-*-common/include/linux)
	kdir=$dir/usr/src/${kdir##*/}
}

# build [OBJECT]: one, which is not made before the questions are answered
build() {
	rm -rf "$dir/module"
	cp -r "$top/kernel-helper" "$dir/module"
	MAKEFLAGS='' make -s -C "$kdir" M="$dir/module" "${1:-work.o}" >"$dir/log" 2>&1
}

answers() {
	grep -qx "#define PCSC_$1" "$dir/module/features.h"
}

# stops FILE: the build, at that question, with what both forms came to
stops() {
	! build && grep -q "features/$1.c: neither form compiles" "$dir/log" &&
		[[ $(grep -c 'features/.*error:' "$dir/log") -ge 2 ]] &&
		grep -q 'with PCSC_ANSWER=1:' "$dir/log" && grep -q 'with PCSC_ANSWER=0:' "$dir/log" &&
		[[ ! -e $dir/module/features.h && ! -e $dir/module/work.o ]]
}

# changed FILE SED-EXPRESSION COMMAND...: with that change; false if nothing changed
changed() {
	local file=$1 status
	mv "$file" "$dir/old"
	sed "$2" "$dir/old" >"$file"
	! cmp -s "$file" "$dir/old" && "${@:3}"
	status=$?
	mv "$dir/old" "$file"
	return $status
}

# declared FILE DECLARATION COMMAND...: with a header that has it
declared() {
	local status
	printf '#include <linux/types.h>\n%s\n' "$2" >"$1"
	"${@:3}"
	status=$?
	rm "$1"
	return $status
}

has_no_kept_pages() {
	build kho.o && answers "KHO_KEEPS_VMALLOC 0"
}

is_none() {
	build && answers "EXPORTS_E820__MAPPED_RAW_ANY 0"
}

# Of what a region is refused for
knows_of_return() {
	build region.o && grep -q 'a kexec may return to this kernel' "$dir/module/region.o"
}

knows_of_none() {
	build region.o && ! grep -q 'a kexec may return to this kernel' "$dir/module/region.o"
}

no_symbols() {
	! build && grep -q 'Module.symvers is not there' "$dir/log"
}

one_kernel() {
	headers "$1"
	check "$1: every question has an answer" build
	check "$1: a renamed function stops the build" changed "$include/syscore_ops.h" \
		's/ register_syscore/ enrol_syscore/' stops syscore_wraps_its_ops
	check "$1: a callback of another prototype stops the build" changed "$include/syscore_ops.h" \
		's/(\*shutdown)(.*)/(*shutdown)(int)/' stops syscore_wraps_its_ops
	check "$1: another argument stops the build" changed "$include/pm_runtime.h" \
		'/pm_runtime_get_if_active(struct/s/(struct device \*dev/&, long more/' \
		stops get_if_active_takes_device_only
	check "$1: another result stops the build" changed "$include/mm.h" \
		'/ reserve_mem_find_by_name(/d; $s/$/\nvoid reserve_mem_find_by_name(const char *name);/' \
		stops reserve_mem_has_names
	check "$1: an older kexec handover is none" declared "$include/kexec_handover.h" \
		'int kho_add_subtree(const char *name, void *fdt);' has_no_kept_pages
	check "$1: one that nobody knows stops the build" declared "$include/kexec_handover.h" \
		'int kho_add_subtree(const char *name, void *blob, int node, size_t size);' stops kho_keeps_vmalloc
	check "$1: a symbol for one module only is none for us" changed "$kdir/Module.symvers" \
		'/\te820__mapped_raw_any\t/s/\t*$/\tmodule:kvm/' is_none
	check "$1: a kernel to which a kexec may return gets no region" changed \
		"$kdir/include/generated/autoconf.h" '$s/$/\n#define CONFIG_KEXEC_JUMP 1/' knows_of_return
	check "$1: another does" knows_of_none
	check "$1: without a list of symbols the build stops" changed "$kdir/Module.symvers" d no_symbols
}

# A question that both forms answer is none
both_compile() {
	mkdir -p "$dir/both"
	cp "$top"/kernel-helper/features/{ask,exports} "$dir/both/"
	echo 'extern int nothing;' >"$dir/both/anything.c"
	printf '0\te820__mapped_raw_any\tvmlinux\tEXPORT_SYMBOL_GPL\t\n' >"$dir/both/symvers"
	! sh "$dir/both/ask" "$dir/both/symvers" "$dir/both/said" gcc >/dev/null 2>"$dir/log" &&
		grep -q 'anything.c: both forms compile' "$dir/log"
}

check "a question that both forms answer stops the build" both_compile
for kernel in ${KERNELS:-6.1 6.12}; do
	one_kernel "$kernel"
done
plan
((failures == 0))
