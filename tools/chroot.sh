# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Chroots of a Debian: made by mmdebstrap from this machine's mirrors, kept in the cache
# where they are wanted again, and entered. Sourced beside tools/lib.sh.

chroot_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# make_chroot DEBIAN DIR PACKAGE,PACKAGE... [OPTION...]: these, what is essential, and apt.
# The list of its sources stays beside it.
make_chroot() {
	"$chroot_top/tools/setup" --sources "$1" >"$2.list" &&
		mmdebstrap --quiet --mode=root --variant=minbase --include="$3" "${@:4}" "$1" "$2" "$2.list" >&2
}

# kept_chroot DEBIAN NAME PACKAGE,PACKAGE... [OPTION...]: its directory in the cache, made
# if there is none
kept_chroot() {
	local dir
	dir=$(cache_dir)/chroot/$2-$1-$(hash_of <<<"${*:3}")
	if [[ ! -e $dir ]]; then
		mkdir -p "${dir%/*}"
		rm -rf --one-file-system "$dir.part"
		say "making $dir with mmdebstrap"
		# A mirror may lag behind its lists' last day; their signatures are looked at
		make_chroot "$1" "$dir.part" "$3" --aptopt='APT::Install-Recommends "false"' \
			--aptopt='Acquire::Check-Valid-Until "false"' "${@:4}" && mv "$dir.part" "$dir" || return 1
	fi
	echo "$dir"
}

# in_chroot ROOT COMMAND...: as root, with /proc, devices and, if there is one, the
# directory $chroot_bind at its own path; of the environment nothing but the proxy
in_chroot() {
	mkdir -p "$1${chroot_bind:-}"
	# shellcheck disable=SC2016 # the inner shell's
	unshare -m sh -c 'mount -t proc proc "$0/proc" && mount -t devtmpfs dev "$0/dev" &&
		{ [ -z "$1" ] || mount --bind "$1" "$0$1"; } && shift &&
		exec chroot "$0" /usr/bin/env -i HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$1" "${chroot_bind:-}" "${@:2}"
}
