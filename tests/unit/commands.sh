#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/commands.sh: every program that a script of the tree calls comes with a
# package of tools/setup's list, or with the barest Debian. shfmt reads the scripts.
# What runs in an initramfs has busybox's programs, and what runs where a package is installed
# that host's: they are not looked at. TAP on stdout.

set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=${here%/*/*}
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PATH=$PATH:/usr/sbin:/sbin

# scripts: their paths below the top, those of an initramfs left out. One process
# reads all first lines, since a process for each file would take a minute.
scripts() {
	find "$top" \( -path "$top/.git" -o -path "$top/build" -o -path "$top/tests/fuzz/corpus" \) -prune -o \
		\( -path '*/tools/initramfs/*' -o -path '*/tools/debian/*' -o -path '*/tools/guest.d/init' -o -path '*/tests/arm64/init' \) -prune -o -type f -printf '%P\n' |
		TOP=$top perl -lne 'open my $file, "<", "$ENV{TOP}/$_" or next;
			print if /\.(bats|bash|sh)$/ || (readline($file) // "") =~ /^#(!.*sh\b| shellcheck shell)/'
}

# tree_of SCRIPT: as shfmt reads it
tree_of() {
	case $1 in
	*.bats) shfmt -ln bats --to-json ;;
	*) shfmt -ln bash --to-json ;;
	esac <"$top/$1"
}

# called: first words of commands, and what is run by those that run others. One
# that may be missing is asked for with "command -v" and is no call.
called='
	def literal: if (.Parts | length) == 1 and .Parts[0].Type == "Lit" then .Parts[0].Value else "" end;
	def runs_others: IN("exec", "timeout", "nice", "xargs", "setsid", "stdbuf", "env", "taskset", "need") or (. == "run" and $bats);
	def name: test("^[a-z][a-z0-9._+-]*$");
	.. | objects | select(.Type? == "CallExpr") | [.Args[]? | literal] | select(length > 0) |
	.[0], (if .[0] | runs_others then first(.[1:][] | select(test("^(-.*|[0-9.]+)$") | not)) else empty end), (if .[0] == "need" then .[1:][] else empty end) |
	select(name)'
defined='.. | objects | select(.Type? == "FuncDecl") | .Name.Value'

read_scripts() {
	local script
	while read -r script; do
		tree_of "$script" >"$dir/tree" || echo "$script" >>"$dir/unread"
		jq -r --argjson bats "$([[ $script == *.bats ]] && echo true || echo false)" "$called" "$dir/tree" | sort -u | sed "s|\$| $script|" >>"$dir/called"
		jq -r "$defined" "$dir/tree" >>"$dir/defined"
	done <"$dir/scripts"
	compgen -bk >>"$dir/defined"
	# bats' own, and a name that is no program on purpose
	printf '%s\n' run load skip bats_require_minimum_version nonsense >>"$dir/defined"
}

# find_packages: "PROGRAM PACKAGE" of all that are called, in one look. A program may
# be a link: its own package is asked for first, then that of what it leads to.
find_packages() {
	local program path
	while read -r program; do
		path=$(type -P "$program") && echo "$program $path $(readlink -f "$path")"
	done < <(cut -d' ' -f1 "$dir/called" | sort -u) >"$dir/paths"
	# Where /bin is /usr/bin, dpkg may know a program by either
	cut -d' ' -f2- "$dir/paths" | tr ' ' '\n' | sed 'p; s|^/usr||' | sort -u |
		xargs dpkg-query -S 2>/dev/null |
		sed -n 's|^\([^:, ]*\)[:,].* \(/.*\)|\2 \1|p' >"$dir/owners"
	awk 'function owner_of(path, short) {
			short = path
			sub("^/usr", "", short)
			return path in owner ? owner[path] : short in owner ? owner[short] : ""
		}
		NR == FNR { owner[$1] = $2; next }
		{ own = owner_of($2); print $1, own ? own : owner_of($3) ? owner_of($3) : "unknown" }' \
		"$dir/owners" "$dir/paths" >"$dir/packages-of"
}

# has_package PROGRAM: with a package that is there wherever tools/setup has run
has_package() {
	local name=${package_of[$1]-}
	# make clients does without what is not there, and says so; others install it
	case $name:$script in
	:tests/clients/* | :tests/bench/trace | :tests/arm64/run | :tools/deb) return ;;
	esac
	[[ $name ]] || { echo "# '$1' is not installed; add its package to tools/setup" && return 1; }
	[[ ! ${packages[$name]-} ]] || return 0
	echo "# '$1' (package $name) is not in tools/setup's list"
	return 1
}

all_have_packages() {
	local program status=0
	for program; do
		has_package "$program" || status=1
	done
	return $status
}

scripts >"$dir/scripts"
: >"$dir/unread"
read_scripts
find_packages
declare -A packages package_of
while read -r name; do
	packages[$name]=listed
done < <(
	"$top/tools/setup" --packages
	printf '%s\n' git make ca-certificates apt
	dpkg-query -W -f '${Essential} ${Priority} ${Package}\n' | awk '$1 == "yes" || $2 == "required" { print $3 }'
)
while read -r program name; do
	package_of[$program]=$name
done <"$dir/packages-of"
check "shfmt reads every script" eval '! grep . "$dir/unread"'
while read -r script; do
	mapfile -t programs < <(awk -v script="$script" 'NR == FNR { skip[$1] = 1; next } $2 == script && !($1 in skip) { print $1 }' \
		"$dir/defined" "$dir/called")
	check "$script: every program has its package" all_have_packages "${programs[@]}"
done <"$dir/scripts"
plan
((failures == 0))
