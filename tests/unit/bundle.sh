#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/bundle.sh: tools/bundle makes one script of modules, each once and behind those that
# it imports, and refuses what it cannot. That the script does the same: make browser. TAP on
# stdout.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/checks.sh
. "$top/tests/checks.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# module NAME LINE...
module() {
	mkdir -p "$dir/${1%/*}"
	printf '%s\n' "${@:2}" >"$dir/$1.js"
}

bundle() {
	"$top/tools/bundle" "$dir/page/$1.js" "$dir/shared" >"$dir/out" 2>"$dir/err"
}

order() {
	grep -oE '^const from_[a-z_]+ = \(' "$dir/out" | sed 's/.*from_\(.*\) = (/\1/' | paste -sd' '
}

# refuses NAME WORDS: it fails, and says why
refuses() {
	! bundle "$1" && grep -q -- "$2" "$dir/err"
}

module page/main "import { a, b as c } from './one.js';" "import * as two from './two.js';" "import './three.js';" 'a(c, two.d);'
module page/one "import { d } from './two.js';" 'export const a = d;' 'export class b {}'
module page/three 'globalThis.three = 3;'
module shared/two 'export async function d() {}' 'const own = 1;'
module shared/three 'throw 0;'
module page/circle "import { back } from './back.js';" 'export const go = back;'
module page/back "import { go } from './circle.js';" 'export const back = go;'
module page/default 'export default 1;'
module page/list 'const a = 1;' 'export { a };'
module page/alone "import { a } from './nowhere.js';"
module page/far "import { a } from 'https://there/one.js';"

check "modules are bundled" bundle main
check "each once, behind those that it imports" test "$(order)" = 'two one three main'
check "the page's own module is taken, not another of its name" grep -q 'globalThis.three' "$dir/out"
check "no line of it is for a module only" eval '! grep -qE "^(import|export) " "$dir/out"'
check "a name is imported under another" grep -qx 'const { a, b: c } = from_one;' "$dir/out"
check "what is exported is given on, and nothing else" test "$(grep -xc 'return { d, };' "$dir/out")" = 1
check "a circle is refused" refuses circle 'imports itself'
check "a default export is" refuses default 'default.js:1: only a const'
check "a list of exports is" refuses list 'list.js:2: only a const'
check "a module that is not there is" refuses alone 'no nowhere.js is in'
check "one that is elsewhere is" refuses far 'only modules of a page'
plan
exit $((failures > 0))
