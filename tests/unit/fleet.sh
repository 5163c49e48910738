#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/fleet.sh [BUILD]: the questions to a fleet's recordings, as docs/pcsc-trace.md
# has them, are asked of two hosts' rows, by Python's SQLite. TAP on stdout.

set -uo pipefail
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:-build}
build=$(cd "$build" && pwd) || exit 2

gunzip -c "$top/tests/recordings/events.rec.gz" >"$dir/a.rec"
"$build/pcsc-trace" report --format csv "$dir/a.rec" >"$dir/a.csv"
"$build/pcsc-trace" report --format jsonl "$dir/a.rec" >"$dir/a.jsonl"
sed -n '/^### A fleet/,/^The text is for people/p' "$top/docs/pcsc-trace.md" >"$dir/page"

# The other host is the same one with another name, and with another value in one register
cat >"$dir/ask.py" <<'END'
import csv, re, sqlite3, sys

page, rows, nth = open(sys.argv[1]).read(), list(csv.DictReader(open(sys.argv[2]))), int(sys.argv[3])
question = re.findall(r"^    SELECT.*?;", page, re.M | re.S)[nth]
db = sqlite3.connect(":memory:")
# As .import makes it
db.execute("CREATE TABLE fleet (%s)" % ", ".join(f'"{name}" TEXT' for name in rows[0]))
for host in "guest", "other":
    for row in rows:
        row = dict(row, host=host)
        if host == "other" and row["name"] == "CAPABILITIES" and row["vf"] == "1":
            row["first"] = "50"
        db.execute("INSERT INTO fleet VALUES (%s)" % ", ".join("?" * len(row)), list(row.values()))
for row in db.execute(question):
    print(*row)
END

# ask N: rows of the Nth question of the page
ask() {
	/usr/bin/python3 "$dir/ask.py" "$dir/page" "$dir/a.csv" "$1" 2>"$dir/err"
}

verdict "which registers cost most, and on how many hosts" "$(ask 0 | head -n 3)" \
	"$(jq -rs 'group_by(.name) | map({name: .[0].name, reads: (map(.reads) | add * 2),
		repeats: (map(.repeats) | add * 2), ns: (map(.read_ns) | add * 2)}) | sort_by(-.ns)[:3][] |
		"\(.name) 2 \(.reads) \(.repeats) \(.ns / 1e6 | round / 1e3)"' "$dir/a.jsonl")"
verdict "ten of them" "$(ask 0 | wc -l)" 10
verdict "what is not on one host what it is on the other" "$(ask 1)" '1b36 0010 1 CAPABILITIES 40 50 2'
finish "a fleet"
