# SPDX-License-Identifier: GPL-2.0-only
# What the demo's guest and tools have left, as the sentences and the page show it.

def grouped: tostring | if length > 3 then (.[:-3] | grouped) + "," + .[-3:] else . end;
def tenths: . * 10 | round / 10 | tostring | if contains(".") then . else . + ".0" end;
def percent($of): if $of > 0 then 100 * . / $of | tenths + " %" else "-" end;
def seconds: . * 100 | round | tostring | (if length < 3 then ("00" + .)[-3:] else . end) | .[:-2] + "." + .[-2:] + " s";
def slots: [.[].slots[]] | group_by(.from_ns) | map([.[0].from_ns, (map(.count) | add)]);

# A read of hardware on the hosts that the RFC was measured on
29 as $us
# Of the workload, what a live update does
| ["vf-enable", "vfio-bind", "open-1"] as $update
| . as $in
| (.rows // []) as $rows
| ($rows | map(select(.name == "all"))[0]) as $all
| (.unaided.total.reads // 0) as $before
| ((.warm.phases // []) | map(select(.name | IN($update[])))) as $steps
| ($steps | map(.reads) | add // 0) as $reads
| ($reads - ($steps | map(.hits + .sibling_hits) | add // 0) + (.warm.own_reads // 0)) as $left

| def read:
	if $all == null then "The run with the cache left no figures."
	else "Without the cache, the workload reads the configuration space of \($in.figures.functions) functions \($before | grouped) times, and hardware answers each time."
	end;
  def wrong:
	"of \($in.figures.compared | grouped) answers that shadow mode compared with hardware "
	+ if $in.figures.mismatches == "0" then "none was wrong." else "\($in.figures.mismatches) were WRONG." end;
  def saved:
	if $all == null then "Nothing is known of it."
	else "With the cache, \($all.hardware | grouped) reads reach hardware, \($before - $all.hardware | percent($before)) fewer; memory answers \($all.hits | grouped), and \(wrong)"
	end;
  def gain:
	if $reads == 0 then "Nothing is known of it, since pcsc-profile what-if said nothing of the recording."
	else "The next kernel, if it begins with what is cached, reads hardware \($left | grouped) times in place of \($reads | grouped) while it makes the VFs, binds and opens \($in.figures.opened // "some") of them: \($left * $us / 1e6 | seconds) in place of \($reads * $us / 1e6 | seconds), reckoned from the recording by pcsc-profile what-if --warm, at the \($us) us that a read took on the RFC's hosts."
	end;

{
	release: ($in.on.release // $in.shadow.release // ""),
	started_ms: (($in.on.started_ns // 0) / 1e6 | floor),
	figures: $in.figures,
	sentences: [
		{word: "Read", figure: "\($before | grouped) reads", text: read},
		{word: "Saved", figure: (if $all then "\($before - $all.hardware | percent($before)) of reads" else "-" end), text: saved},
		{word: "A live update would gain", figure: (if $reads > 0 then "\(($reads - $left) * $us / 1e6 | seconds) of \($reads * $us / 1e6 | seconds)" else "-" end), text: gain}
	],
	us: $us,
	all: ($all // {} | . + {before: $before}),
	phases: [($in.unaided.phases // [])[] as $b | $rows[] | select(.name == $b.phase) | . + {before: $b.reads}],
	latency: {
		before: ($in.shadow.latency // [] | slots), before_ns: ($in.shadow.latency // [] | map(.sum_ns) | add),
		after: ($in.on.latency // [] | slots), after_ns: ($in.on.latency // [] | map(.sum_ns) | add)
	},
	space: ($in.function | if .known then . else null end),
	registers: ($in.registers // null | if . then group_by(.[0]) | map([.[0][0], (map(.[1]) | add)]) else null end),
	explain: ($in.explain | if . then {held_back, bytes} else null end),
	dashboard: (if $in.status and $in.history then {taken: $in.taken} + ($in | {status, history, functions, events, handover}) else null end)
}
