#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/initramfs.sh: what there is for initramfs-tools and dracut puts nothing into an
# initramfs unless /etc/pci-pcsc/initramfs.conf says so; what somebody has put into
# /etc/initramfs-tools by hand needs no such word. In a crash kernel the script does nothing.
# TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
conf=$dir/etc/pci-pcsc/initramfs.conf

# place FILE WHERE: the script, with the host's places in $dir
place() {
	mkdir -p "$dir/$2"
	sed "s|/etc/pci-pcsc|$dir&|g; s|/usr/share/|$dir&|g; s|/usr/sbin/pcsc|$dir&|g; s|/proc/|$dir&|g; s|/dev/|$dir&|g" "$top/tools/initramfs/$1" >"$dir/$2/$1"
}

# say_in_conf WORD...: what the configuration file says; without one, there is none
say_in_conf() {
	rm -f "$conf"
	((!$#)) || printf '%s\n' '# HELPER=yes TRACE=yes' "$@" >"$conf"
}

# ---- a host that has all of it ----

mkdir -p "$dir"/{etc/pci-pcsc,usr/sbin,usr/share/initramfs-tools,bin,dev,proc/sys/kernel}
for program in pcsc-ctl pcsc-trace; do
	install -m 755 /dev/null "$dir/usr/sbin/$program"
done
: >"$dir/etc/pci-pcsc/profile.pcsc"
cat >"$dir/usr/share/initramfs-tools/hook-functions" <<'END2'
copy_exec() { mkdir -p "$DESTDIR/${2%/*}" && cp "$1" "$DESTDIR/$2"; }
manual_add_modules() { : >"$DESTDIR/$1.ko"; }
END2
printf '#!/bin/sh\nexit 0\n' >"$dir/bin/modinfo"
chmod 755 "$dir/bin/modinfo"
for script in hook trace-hook; do
	place "$script" usr/share/initramfs-tools/hooks
	place "$script" etc/initramfs-tools/hooks
done
place module-setup.sh dracut
place trace-module-setup.sh dracut

# made PLACE: the initramfs that the hooks of this place make; init-top is in it before them
made() {
	local hook
	rm -rf "$dir/initramfs"
	mkdir -p "$dir/initramfs/scripts/init-top"
	touch "$dir/initramfs/scripts/init-top"/{pci-pcsc,pcsc-trace}
	for hook in hook trace-hook; do
		PATH=$dir/bin:$PATH DESTDIR=$dir/initramfs version=6 sh "$dir/$1/initramfs-tools/hooks/$hook" || return
	done
	(cd "$dir/initramfs" && find . -type f -printf '%f\n') | sort | paste -s -d' '
}

# dracuts: the modules that dracut would take
dracuts() {
	local setup
	for setup in module-setup trace-module-setup; do
		! PATH=$dir/bin:$PATH kernel=6 bash -c ". '$dir/dracut/$setup.sh' && check" || echo "$setup"
	done | paste -s -d' '
}

# are WORDS COMMAND...: it prints these
are() {
	local printed
	printed=$("${@:2}") && [[ $printed == "$1" ]] || { echo "# $printed" && return 1; }
}

helper='pci-pcsc pci_pcsc.ko pcsc-ctl profile.pcsc'
trace='pcsc-trace pcsc-trace'

say_in_conf
check "the package without its configuration: nothing" are '' made usr/share
check "by hand, without a configuration: all of it" are "${helper/ pcsc-ctl/ pcsc-ctl $trace}" made etc
check "dracut without a configuration: nothing" are '' dracuts
say_in_conf HELPER=no TRACE=no
check "no: nothing" are '' made usr/share
check "no: dracut takes nothing" are '' dracuts
check "no, but by hand: all of it" are "${helper/ pcsc-ctl/ pcsc-ctl $trace}" made etc
say_in_conf HELPER=yes TRACE=no
check "the helper alone" are "$helper" made usr/share
check "the helper alone, by dracut" are 'module-setup' dracuts
say_in_conf HELPER=no TRACE=yes
check "the recorder alone" are "$trace" made usr/share
check "the recorder alone, by dracut" are 'trace-module-setup' dracuts
say_in_conf HELPER=yesterday ' TRACE=yes'
check "another word is not yes" are '' made usr/share
check "another word is not yes, for dracut" are '' dracuts
check "what the package brings says no" are '' eval 'cp "$top/tools/initramfs/initramfs.conf" "$conf" && made usr/share && dracuts'

# booted: what the script of the initramfs has loaded, and said
booted() {
	: >"$dir/dev/kmsg"
	PATH=$dir/bin:$PATH sh "$dir/init-top"
	cat "$dir/dev/kmsg"
}

place init-top .
echo quiet >"$dir/proc/cmdline"
echo 0 >"$dir/proc/sys/kernel/bootloader_type"
printf '#!/bin/sh\necho "loaded: $*" >>"%s/dev/kmsg"\n' "$dir" >"$dir/bin/modprobe"
chmod 755 "$dir/bin/modprobe"
check "a boot loads the module" are 'loaded: pci_pcsc' booted
: >"$dir/proc/vmcore"
check "a crash kernel does not" are 'pci-pcsc: off: this is a crash kernel' booted
plan
((failures == 0))
