// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include "array.h"

const char *pcsc_mode_name(__u32 mode)
{
	static const char *const names[] = {
		[PCSC_MODE_OFF] = "off",
		[PCSC_MODE_SHADOW] = "shadow",
		[PCSC_MODE_ON] = "on",
	};

	return mode < ARRAY_SIZE(names) ? names[mode] : "unknown";
}

const struct pcsc_why pcsc_whys[PCSC_WHYS] = {
	{ PCSC_WHY_GONE, "gone", "It was removed." },
	{ PCSC_WHY_PENDING, "pending",
	  "Hardware answers until it has shown that the same device is there." },
	{ PCSC_WHY_RESET, "reset", "A reset has begun and has not ended." },
	{ PCSC_WHY_POWER, "power", "It is being powered up or down." },
	{ PCSC_WHY_ABOVE, "above",
	  "Something above it is reset, without power or gone." },
	{ PCSC_WHY_LAYOUT, "layout",
	  "Its capabilities have moved: they are looked for again." },
	{ PCSC_WHY_MOVED, "moved", "Bus numbers have changed above it." },
	{ PCSC_WHY_QUARANTINE, "quarantine",
	  "Hardware contradicted the cache, so it is out of service until 'pcsc-ctl flush' or another profile." },
	{ PCSC_WHY_EVALUATING, "evaluating",
	  "Its capabilities are being looked for." },
	{ PCSC_WHY_HANDED, "handed",
	  "The last kernel handed it over, and it has not been read since." },
	{ PCSC_WHY_SUSPEND, "suspend", "The host goes to sleep, or wakes." },
	{ PCSC_WHY_DISABLED, "disabled",
	  "Its mode or its model's is off: 'pcsc-ctl mode on' with its name ends that." },
	{ PCSC_WHY_ABSENT, "absent",
	  "Hardware answered as if nothing were there." },
	{ PCSC_WHY_ADOPTING, "adopting",
	  "What the last kernel handed over is being checked." },
	{ PCSC_WHY_NO_MAP, "no-map",
	  "It could not be evaluated, so nothing of it is cached." },
	{ PCSC_WHY_NO_EVIDENCE, "no-evidence",
	  "A write to bytes that nobody describes came, or a reset that the evidence was not compared over, so bytes that only evidence speaks for are not cached." },
};

static const struct {
	const char *name;
	const char *words;
} states[] = {
	[PCSC_HANDOVER_NONE] = { "none", "no region: nothing is handed over" },
	[PCSC_HANDOVER_IDLE] = { "idle", "idle: a region with nothing in it" },
	[PCSC_HANDOVER_TAKEN] = { "taken",
				  "taken: from the last kernel, not in use yet" },
	[PCSC_HANDOVER_LIVE] = { "live", "live: a kexec hands the lines over" },
};

const char *pcsc_handover_name(__u32 state)
{
	return state < ARRAY_SIZE(states) ? states[state].name : "unknown";
}

const char *pcsc_handover_words(__u32 state)
{
	return state < ARRAY_SIZE(states) ? states[state].words :
					    "unknown: this program is too old";
}

const char *pcsc_region_name(__u32 region)
{
	static const char *const names[] = {
		[PCSC_REGION_NONE] = "none",
		[PCSC_REGION_MEMMAP] = "memmap",
		[PCSC_REGION_RESERVE_MEM] = "reserve_mem",
		[PCSC_REGION_KHO] = "kho",
	};

	return region < ARRAY_SIZE(names) ? names[region] : "unknown";
}
