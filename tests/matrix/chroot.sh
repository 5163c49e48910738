# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules for kernels of other Debians: their headers want that Debian's compiler and
# C library, so they are built in a chroot of it, kept in the cache.
# shellcheck disable=SC2154 # top: whoever sources this sets it

# What headers want, and objtool
matrix_packages=make,binutils,pahole,kmod,gcc,libc6-dev,libelf1

# matrix_compiler CHROOT KDIR: the one that the headers name is there
matrix_compiler() {
	local cc
	cc=$(grep -hoE 'gcc-[0-9]+' "$2/Makefile" "$2/.kernelvariables" 2>/dev/null | head -n 1)
	[[ ! $cc || -e $1/usr/bin/$cc ]] ||
		in_chroot "$1" sh -c "apt-get update -q && apt-get install -y -q --no-install-recommends $cc" >&2
}

# matrix_build DEBIAN KDIR SOURCE OUT: SOURCE's module into the directory OUT; what
# went wrong is in OUT/build.log. A warning is an error.
matrix_build() {
	local chroot status=0
	chroot=$(kept_chroot "$1" build "$matrix_packages") || return
	matrix_compiler "$chroot" "$2" || return
	rm -rf "${chroot:?}/tmp/module" "$4"
	mkdir -p "$4"
	cp -r "$top/$3" "$chroot/tmp/module"
	# The headers are in the cache
	chroot_bind=$(cache_dir) in_chroot "$chroot" make -s -C "$2" M=/tmp/module modules \
		>"$4/build.log" 2>&1 || status=1
	! grep -E 'warning:|WARNING:' "$4/build.log" || status=1
	((status == 0)) && cp "$chroot"/tmp/module/*.ko "$4/"
}
