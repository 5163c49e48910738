# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts in tools/ share: messages, and the cache.
#
# The cache is outside the checkout, so that "git clean" costs no download and
# two checkouts share one. Everything in it is named by its content or version
# and appears by an atomic rename: what is there is whole.

pcsc_self=${0##*/}

# say TEXT...: progress, for people, on stderr
say() {
	printf '%s: %s\n' "$pcsc_self" "$*" >&2
}

# die TEXT...: what happened, to what, what to do; then stop
die() {
	say "$@"
	exit "${PCSC_DIE_STATUS:-1}"
}

# twice COMMAND...: once more if it ends with 124, as tools/guest does when a guest
# stands still: QEMU loses an emulated processor's timer now and then
twice() {
	local status=0
	"$@" || status=$?
	((status == 124)) || return "$status"
	say "the guest stood still, as emulated ones do now and then: once more"
	"$@"
}

# need COMMAND...: every one of them, or stop and say how to get them
need() {
	local c
	for c; do
		command -v "$c" >/dev/null 2>&1 ||
			die "'$c' is not installed; run tools/setup (as root) to install it"
	done
}

# cache_dir: print the cache's path, which need not exist yet
cache_dir() {
	local dir=${PCSC_CACHE:-}
	if [[ -z $dir ]]; then
		dir=${XDG_CACHE_HOME:-}
		[[ $dir == /* ]] || dir=${HOME:-/root}/.cache
		dir=$dir/pcsc
	fi
	[[ $dir == /* ]] ||
		die "PCSC_CACHE is '$dir'; give it as an absolute path"
	printf '%s\n' "$dir"
}

# hash_of: the first 16 hex digits of the SHA-256 of standard input
hash_of() {
	sha256sum | cut -c1-16
}

# with_lock FILE COMMAND...: one at a time; the others wait, and say so
with_lock() {
	local file=$1 fd
	shift
	{ mkdir -p "${file%/*}" && : >>"$file"; } ||
		die "cannot write in ${file%/*}; set PCSC_CACHE to a place you may write to"
	exec {fd}>"$file"
	if ! flock -n "$fd"; then
		say "waiting for another run that holds $file"
		flock "$fd"
	fi
	"$@"
	local status=$?
	exec {fd}>&-
	return $status
}
