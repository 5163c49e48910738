#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/demo.sh: a demo whose first guest stood still prints what the second one
# left, and nothing of the first. A stand-in for the guest plays both. TAP on stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# stand_in RUN...: tools/ with a guest that appends a phase to each RUN as the workload
# does, and stands still at its first attempt; the report is what it left
stand_in() {
	rm -rf "$dir/tools" "$dir/out"
	mkdir -p "$dir/tools/demo.d" "$dir/out" "$dir/build"
	cp "$top"/tools/{demo,demo-liveupdate,lib.sh} "$dir/tools/"
	echo 'echo 6.12' >"$dir/tools/setup"
	cat >"$dir/tools/guest" <<-END
		while [[ \$1 != --out ]]; do shift; done
		out=\$2
		touch "\$out.profile" && mkdir -p "\$out" && touch "\$out/profile.pcsc"
		for run in $*; do
			mkdir -p "\$out/\$run"
			echo "vf-enable \$RANDOM" >>"\$out/\$run/phases"
		done
		[[ -e $dir/again ]] || { touch $dir/again; exit 124; }
		rm $dir/again
	END
	for report in report liveupdate-report; do
		# shellcheck disable=SC2016 # expanded there
		echo '#!/bin/sh
			find "$1" -name phases -exec wc -l {} +' >"$dir/tools/demo.d/$report"
	done
	sed -i '1{/^#!/!s/^/#!\/bin\/bash\n/}' "$dir"/tools/{guest,setup}
	chmod +x "$dir"/tools/{guest,setup} "$dir"/tools/demo.d/*
}

# once DEMO RUN...: each run has the phases of one attempt
once() {
	local demo=$1
	shift
	stand_in "$@"
	PCSC_DEMO_OUT=$dir/out "$dir/tools/$demo" "$dir/build" >"$dir/said" 2>"$dir/talk" || return
	grep -q 'once more' "$dir/talk" || return
	sed 's/^/# /' "$dir/said"
	! awk '$2 != "total" && $1 != 1' "$dir/said" | grep -q . &&
		(($(grep -c phases "$dir/said") >= $#))
}

check "demo: a second attempt finds nothing of the first" once demo watched shadow on dashboard
check "demo-liveupdate: a second attempt finds nothing of the first" once demo-liveupdate cold warm without
plan
exit $((failures > 0))
