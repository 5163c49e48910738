#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/html.sh [BUILD]: the page and the pictures of pcsc-trace report: their
# figures and sentences are those of the JSON and of the text, they load nothing, and
# what a recording says is never markup. What a browser makes of them: make browser.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
build=$(cd "${1:-build}" && pwd) || exit 2
recordings=$(cd "$(dirname "${BASH_SOURCE[0]}")/../recordings" && pwd)

# report OPTION... FILE
report() {
	"$build/pcsc-trace" report "$@" 2>>"$dir/err"
}

# data FILE: the JSON in a page
data() {
	sed -n '/ id="data">$/{n;p}' "$1"
}

# words: lines of markup as text
words() {
	sed 's/<[^>]*>/ /g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#xa0;/ /g; s/&amp;/\&/g' | squeeze
}

squeeze() {
	sed 's/  */ /g; s/^ //; s/ $//'
}

# sentences PAGE: of its answer
sentences() {
	sed -n '/ id="answer"/,/<\/section>/{/^<p/p}' "$1" | words
}

# rows CAPTION: of the page's table
rows() {
	sed -n "/<summary>$1/,/<\/tbody>/{/^<tr>/p}" "$dir/page"
}

# errors FILE: what an HTML parser minds; this one knows no element of HTML 5
errors() {
	xmllint --html --noout "$1" 2>&1 | grep ' error ' |
		grep -cvE 'Tag (header|main|section|figure|svg|text|rect|g|path|title|output|footer|details|summary) invalid$'
}

# sum_of ELEMENT: as a content security policy names what is in the page's last one
sum_of() {
	awk -v open="<$1>" -v close_="</$1>" '
		index($0, open) == 1 { inside = 1; text = ""; $0 = substr($0, length(open) + 1) }
		inside && index($0, close_) == 1 { inside = 0 }
		inside { text = text $0 "\n" }
		END { printf "%s", text }' "$dir/page" | sha256sum | cut -d' ' -f1 | xxd -r -p | base64
}

"$build/tests/pages" "$dir/rec"
report --html "$dir/rec" >"$dir/page"
verdict 'a page, and nothing is said' "$? $(wc -c <"$dir/err")" '0 0'
report -j "$dir/rec" >"$dir/json"
report --html -n 0 "$dir/rec" >"$dir/all"
report "$dir/rec" >"$dir/text"
verdict 'it is the same by --format' "$(report --format html "$dir/rec" | cmp - "$dir/page" 2>&1)" ''

# --- figures ----------------------------------------------------------------------

verdict 'with -n 0 its JSON is that of report -j' \
	"$(data "$dir/all" | jq -S . | cmp - <(jq -S . "$dir/json") 2>&1)" ''
verdict 'without, it is but for the functions that have no grid' \
	"$(data "$dir/page" | jq -S 'del(.functions, .registers, .visits, .waits, .slowest)' |
		cmp - <(jq -S 'del(.functions, .registers, .visits, .waits, .slowest)' "$dir/json") 2>&1)" ''
verdict 'those that have one' "$(data "$dir/page" | jq -c '[.functions[].function] | unique | length')" 10
verdict 'have all their registers' "$(data "$dir/page" | jq -cS '.registers')" \
	"$(data "$dir/page" | jq -cS --slurpfile all "$dir/json" '[.functions[].function] as $f |
		$all[0].registers | map(select(.function | IN($f[])))')"
verdict 'a square for each dword' "$(grep -c '<rect class="mark r' "$dir/all")" \
	"$(jq '[.registers[] | [.function, (.offset / 4 | floor)]] | unique | length' "$dir/json")"
verdict 'the answer has the sentences of the text' "$(sentences "$dir/page")" "$(sed '/^$/Q' "$dir/text" | squeeze)"
verdict 'a table has the rows of the text' "$(rows 'By REGISTER' | words)" \
	"$(sed -n '/^By REGISTER/,/^$/p' "$dir/text" | sed '1,2d;$d' | squeeze)"
verdict 'latencies are those of the JSON, all widths together' \
	"$(rows 'Accesses by their latency' | words | sed -n 's/^all functions //p' | sort)" \
	"$(jq -r '[.latency[] | .operation as $o | .slots[] | . + {o: $o}] | group_by([.o, .from_ns])[] |
		"\(.[0].o) \(.[0].from_ns) \(map(.count) | add)"' "$dir/json" | sort)"
verdict 'a bar says what a caller did' "$(grep -c "$(jq -r '.callers[] | select(.caller == "lspci") |
	"<title>lspci: [0-9.]* % of the time, \(.reads) reads [^,]*, \(.writes) writes "' "$dir/json")" "$dir/page")" 1
verdict 'lanes, and what was waited for in them' "$(grep -c 'from [0-9.]* [mun]*s on; ' "$dir/all") $(grep -oE '<title>(waking from D3cold|FLR|blocked by a reset): [0-9.]+ ms' "$dir/page" | cut -d: -f2 | paste -sd' ')" \
	"$(jq '.visits | length' "$dir/json")  30.0 ms  100.0 ms  20.0 ms"
verdict 'it says what is left out' "$(report --html -n 3 "$dir/rec" | grep -c 'Latencies are those of the 3 functions with most time, of 14 ')" 1
verdict 'and with -n 0 that nothing is' "$(grep -c 'functions with most time' "$dir/all")" 0

# --- markup -----------------------------------------------------------------------

verdict 'the page is well formed' "$(errors "$dir/page")" 0
verdict 'names are text: two scripts, and one comment' \
	"$(grep -o '<script' "$dir/page" | wc -l)$(grep -o '</script>' "$dir/page" | wc -l)$(grep -o '<!--' "$dir/page" | wc -l)" 221
verdict 'nothing is loaded' "$(grep -oE 'https?://[^"<]*|url\(|@import| src=|href="[^d][^"]*' "$dir/page")" ''
verdict 'no style and no script is in an attribute' "$(grep -cE '<[^>]* (style|on[a-z]+)=' <(sed '/ id="data">/,$d' "$dir/page"))" 0
verdict 'the policy knows the script' "$(grep -cF "script-src 'sha256-$(sum_of script)'" "$dir/page")" 1
verdict 'the policy knows the last style' "$(grep -cF "'sha256-$(sum_of style)'; script-src" "$dir/page")" 1
for picture in bars heat grid timeline; do
	report --svg $picture "$dir/rec" >"$dir/$picture.svg"
	verdict "--svg $picture is XML" "$? $(xmllint --noout "$dir/$picture.svg" 2>&1)" '0 '
	verdict "--svg $picture: light, dark, and nothing from elsewhere" \
		"$(grep -c 'prefers-color-scheme: dark' "$dir/$picture.svg") $(grep -oE 'https?://[^"<]*|url\(|@import' "$dir/$picture.svg")" \
		'1 http://www.w3.org/2000/svg'
done
verdict 'bars by what --by says' "$(report --svg bars --by width,caller "$dir/rec" | grep -c '>Time by width and caller<')" 1
verdict 'the grid of the function that -s says' "$(report --svg grid -s 01:00.5 "$dir/rec" | grep -c '>Configuration space of 0000:01:00.5<')" 1

# --- little, and old ---------------------------------------------------------------

for version in 1 2 3 4; do
	report --html "$recordings/version-$version.rec" >"$dir/page"
	verdict "a recording of version $version" "$? $(errors "$dir/page")" '0 0'
done
report --html -s 1f:1f.7 "$dir/rec" >"$dir/page"
verdict 'no access' "$? $(errors "$dir/page") $(sentences "$dir/page" | grep -c '^No function of the recording is one of those chosen')" '0 0 1'
: >"$dir/err"
report --svg grid -s 1f:1f.7 "$dir/rec" >"$dir/page"
verdict 'no function, no grid' "$? $(wc -c <"$dir/page") $(wc -l <"$dir/err")" '5 0 1'
report --svg pie "$dir/rec" >"$dir/page"
verdict 'a picture that there is not' "$? $(wc -c <"$dir/page") $(tail -n 1 "$dir/err")" \
	"2 0 pcsc-trace: --svg 'pie': it is not one of bars, heat, grid, timeline"

finish html
