# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests with Debian's Prometheus share. They set $prometheus, the directory of its
# programs, and $dir, and fill in pid and port by the names of the hosts, which are scraped as
# 127.0.0.1:PORT.
# shellcheck disable=SC2154 # prometheus, dir: who sources this sets them

declare -A pid port

# start_prometheus RULES SECONDS HOST...: Prometheus with these rules scrapes the hosts so often; it is
# ready, or nothing that is asked has an answer
start_prometheus() {
	local targets='' host try i
	for host in "${@:3}"; do
		targets+="${targets:+, }\"127.0.0.1:${port[$host]}\""
	done
	cat >"$dir/prometheus.yml" <<-END
	global: { scrape_interval: $2s, scrape_timeout: $2s, evaluation_interval: 1s }
	rule_files: ["$1"]
	scrape_configs:
	  - job_name: pcsc
	    static_configs: [{ targets: [$targets] }]
	END
	for ((try = 0; try < 5; try++)); do
		port[prometheus]=$((20000 + RANDOM % 10000))
		"$prometheus/prometheus" --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/tsdb" \
			--web.listen-address="127.0.0.1:${port[prometheus]}" >"$dir/prometheus.log" 2>&1 &
		pid[prometheus]=$!
		for ((i = 0; i < 100; i++)); do
			[[ $(curl -s --max-time 1 -o /dev/null -w "%{http_code}" "http://127.0.0.1:${port[prometheus]}/-/ready") != 200 ]] || break 2
			kill -0 "${pid[prometheus]}" 2>/dev/null || break
			sleep 0.2
		done
	done
	cp "$dir/prometheus.log" "$dir/err"
}

# query QUERY: Prometheus's answer, as JSON
query() {
	curl -s --max-time 5 "http://127.0.0.1:${port[prometheus]}/api/v1/query" --data-urlencode "query=$1"
}

# ask QUERY: how many series answer it, or what is wrong
ask() {
	query "$1" | jq -r 'if .status == "success" then .data.result | length else .error end'
}

# await SECONDS COUNT QUERY: so many series answer it
await() {
	local i
	for ((i = 0; i < $1 * 5; i++)); do
		[[ $(ask "$3") != "$2" ]] || return 0
		sleep 0.2
	done
	return 1
}

# alarm NAME HOST COUNT: within 30 s, whether it fires
alarm() {
	local what=ends status
	(($3 == 0)) || what=fires
	await 30 "$3" "ALERTS{alertname=\"$1\",alertstate=\"firing\",instance=\"127.0.0.1:${port[$2]}\"}"
	status=$?
	verdict "$1 $what" $status 0
}

# fired HOST: how many kinds of alerts have fired for it, up to now
fired() {
	ask "max_over_time(ALERTS{instance=\"127.0.0.1:${port[$1]}\",alertstate=\"firing\"}[1h])"
}
