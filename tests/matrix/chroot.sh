# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules for kernels of other Debians: their headers want that Debian's compiler and
# C library, so they are built in a chroot of it, kept in the cache.
# shellcheck disable=SC2154 # top: whoever sources this sets it

matrix_cache=$("$top/tools/setup" --cache)

# matrix_chroot DEBIAN: its directory, made if the cache has none
matrix_chroot() {
	local dir=$matrix_cache/chroot/build-$1
	if [[ ! -e $dir ]]; then
		mkdir -p "${dir%/*}"
		rm -rf --one-file-system "$dir.part"
		say "making $dir with mmdebstrap"
		"$top/tools/setup" --sources "$1" >"$dir.list"
		# A mirror may lag behind its lists' last day; their signatures are looked at
		mmdebstrap --quiet --mode=root --variant=minbase --aptopt='APT::Install-Recommends "false"' \
			--aptopt='Acquire::Check-Valid-Until "false"' \
			--include=make,binutils,pahole,kmod,gcc,libc6-dev,libelf1 \
			"$1" "$dir.part" "$dir.list" >&2 && mv "$dir.part" "$dir" || return 1
	fi
	echo "$dir"
}

# matrix_compiler CHROOT KDIR: the one that the headers name is there
matrix_compiler() {
	local cc
	cc=$(grep -hoE 'gcc-[0-9]+' "$2/Makefile" "$2/.kernelvariables" 2>/dev/null | head -n 1)
	[[ ! $cc || -e $1/usr/bin/$cc ]] ||
		chroot "$1" sh -c "apt-get update -q && apt-get install -y -q --no-install-recommends $cc" >&2
}

# matrix_build DEBIAN KDIR SOURCE OUT: SOURCE's module into the directory OUT; what
# went wrong is in OUT/build.log. A warning is an error.
matrix_build() {
	local chroot status=0
	chroot=$(matrix_chroot "$1") || return
	matrix_compiler "$chroot" "$2" || return
	rm -rf "${chroot:?}/tmp/module" "$4"
	mkdir -p "$4" "$chroot$matrix_cache"
	cp -r "$top/$3" "$chroot/tmp/module"
	# objtool looks at /proc; the headers are in the cache
	unshare -m sh -c 'mount -t proc proc "$1/proc" && mount --bind "$2" "$1$2" &&
		MAKEFLAGS= exec chroot "$1" make -s -C "$3" M=/tmp/module modules' \
		sh "$chroot" "$matrix_cache" "$2" >"$4/build.log" 2>&1 || status=1
	! grep -E 'warning:|WARNING:' "$4/build.log" || status=1
	((status == 0)) && cp "$chroot"/tmp/module/*.ko "$4/"
}
