#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/dashboards.sh: the rules for Prometheus and the dashboard for Grafana ask for
# metrics that docs/pcsc-monitor.md has (tests/unit/monitor.sh holds that to a scrape), the
# dashboard shows all of them, and each alert has a test. `make prometheus` runs them.

set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/verdict.sh
. "$top/tests/verdict.sh"
rules=$top/user/prometheus/pcsc.rules.yml
tests=$top/tests/prometheus/rules.test.yml
dashboard=$top/user/grafana/pcsc.json

# documented: the names in the table of metrics
documented() {
	grep -oE '^[|] `pcsc_[a-z_]+`' "$top/docs/pcsc-monitor.md" | grep -oE 'pcsc_[a-z_]+' | sort -u
}

# asked_for < TEXT: the names in it
asked_for() {
	grep -oE '\bpcsc_[a-z_]+' | sort -u
}

# traced: what there is with --trace only, which tests/unit/monitor.sh holds to be there
traced() {
	grep -oE "\`pcsc_trace_[a-z_]+" "$top/docs/pcsc-monitor.md" | tr -d '`' | sort -u
}

# expressions: of the dashboard, also of its variables
expressions() {
	jq -r '.. | objects | .expr?, .definition? | strings' "$dashboard"
}

# alerts: their names
alerts() {
	sed -n 's/.*- alert: //p' "$rules"
}

# untested: alerts that are not held to be silent, to fire, and to end
untested() {
	local alert
	for alert in $(alerts); do
		[[ $(grep -A1 "alertname=\"$alert\"" "$tests" | grep -oE 'value: [01]' | tr -dc 01) == 010 ]] || echo "$alert"
	done
}

verdict 'the dashboard asks for metrics that there are' "$(expressions | asked_for | comm -23 - <(documented))" ''
verdict 'and for all of them' "$(expressions | asked_for | comm -13 - <(documented))" ''
verdict 'a name that there is not would be found' "$(asked_for <<<'rate(pcsc_nothing_total[5m])' | comm -23 - <(documented))" pcsc_nothing_total
verdict 'the rules ask for metrics that there are' "$(sed '/^ *#/d; /summary:\|description:/d' "$rules" | asked_for | comm -23 - <({ documented; traced; } | sort))" ''
# uncounted < TEXT: of what no counter is, a rate means nothing
uncounted() {
	grep -oE '\b(rate|increase)\([a-z_:]+' | sed 's/.*(//' | grep -vE '_(total|bucket|sum|count)$'
}

verdict 'only counters have rates' "$({ expressions; cat "$rules"; } | uncounted)" ''
verdict 'another one would be found' "$(uncounted <<<'sum(rate(pcsc_cache_access_seconds[5m]))')" pcsc_cache_access_seconds
verdict 'each alert is silent, fires and ends in a test' "$(untested)" ''
verdict 'there are alerts' "$(($(alerts | wc -l) >= 10))" 1
verdict 'each alert says what is wrong, and what to do' "$(grep -c 'summary: "' "$rules") $(grep -c 'description: "' "$rules")" \
	"$(alerts | wc -l) $(alerts | wc -l)"
verdict 'the dashboard is as jq -S --tab has it' "$(jq -S --tab . "$dashboard" | diff -q - "$dashboard")" ''
verdict 'its data source and hosts are chosen, and nothing in it is of one Grafana' \
	"$(jq -c '[([.. | .datasource? | objects | .uid] | unique), [.templating.list[].name], .uid, has("id"), has("__inputs")]' "$dashboard")" \
	'[["${datasource}"],["datasource","instance","profile"],"pci-pcsc",false,false]'
verdict 'no panel lies on another' "$(jq '[.panels[].gridPos | range(.x; .x + .w) as $x | range(.y; .y + .h) as $y | [$x, $y]] | length - (unique | length)' "$dashboard")" 0

finish dashboards
