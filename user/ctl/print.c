// SPDX-License-Identifier: GPL-2.0-only
#include "print.h"

#include <stdio.h>

#include "array.h"
#include "bdf.h"
#include "core/walk.h"
#include "jsonw.h"
#include "talk.h"
#include "words.h"

/* Whether the kernel's probes work, of which the hooks are made. */
static const char *probes_name(__u32 off)
{
	static const char *const names[] = {
		[PCSC_HOOKS_WORK] = "on",
		[PCSC_HOOKS_OFF] = "off",
		[PCSC_HOOKS_WERE_OFF] = "were-off",
	};

	return off < ARRAY_SIZE(names) ? names[off] : "unknown";
}

static void print_hooks(const struct pcsc_info *info)
{
	switch (info->hooks_off) {
	case PCSC_HOOKS_OFF:
		printf("hooks      the kernel's probes are switched off, so bytes that only evidence speaks for are not served; switch them on, then set the mode to off and on again\n");
		return;
	case PCSC_HOOKS_WERE_OFF:
		printf("hooks      the kernel's probes were switched off for a while, so bytes that only evidence speaks for are not served; set the mode to off and on again\n");
		return;
	}
	if (info->hooks_missing)
		printf("hooks      %u could not be placed, so bytes that only evidence speaks for are not served; the kernel log names them\n",
		       info->hooks_missing);
}

static void info_json(const struct pcsc_info *info)
{
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-ctl-info");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_string(&w, "helper", info->version);
	pcsc_jsonw_string(&w, "mode", pcsc_mode_name(info->mode));
	pcsc_jsonw_bool(&w, "locked_off", info->locked_off);
	pcsc_jsonw_string(&w, "profile", info->profile);
	pcsc_jsonw_uint(&w, "profile_crc32", info->profile_crc32);
	pcsc_jsonw_uint(&w, "models", info->models);
	pcsc_jsonw_uint(&w, "functions", info->functions);
	pcsc_jsonw_uint(&w, "maps", info->maps);
	pcsc_jsonw_uint(&w, "foreign_ops", info->foreign_ops);
	pcsc_jsonw_uint(&w, "hooks_missing", info->hooks_missing);
	pcsc_jsonw_uint(&w, "mismatched", info->mismatched);
	pcsc_jsonw_uint(&w, "quarantined", info->quarantined);
	pcsc_jsonw_uint(&w, "limits", info->limits);
	pcsc_jsonw_string(&w, "lost", info->lost);
	pcsc_jsonw_uint(&w, "no_room", info->no_room);
	pcsc_jsonw_string(&w, "probes", probes_name(info->hooks_off));
	pcsc_jsonw_end(&w);
}

void print_info(const struct pcsc_info *info, bool json)
{
	if (json) {
		info_json(info);
		return;
	}
	printf("helper     pci_pcsc %s, ABI %u\n", info->version, info->abi);
	printf("mode       %s%s\n", pcsc_mode_name(info->mode),
	       info->locked_off ? " (locked: pci_pcsc.mode=off)" : "");
	if (info->models)
		printf("profile    %s, %u %s, checksum %08x\n", info->profile,
		       info->models, pcsc_noun(info->models, "model", "models"),
		       info->profile_crc32);
	else
		printf("profile    none: nothing is served\n");
	printf("functions  %u, under %u %s\n", info->functions, info->maps,
	       pcsc_noun(info->maps, "map", "maps"));
	if (info->foreign_ops)
		printf("left alone %u %s whose operations cannot be interposed\n",
		       info->foreign_ops,
		       pcsc_noun(info->foreign_ops, "bus", "buses"));
	if (info->no_room)
		printf("no room    for %u %s: set the mode to off and on again\n",
		       info->no_room,
		       pcsc_noun(info->no_room, "function, which is not served",
				 "functions, which are not served"));
	print_hooks(info);
	if (info->mismatched)
		printf("mismatched %u %s not served: see `pcsc-ctl events`\n",
		       info->mismatched,
		       pcsc_noun(info->mismatched,
				 "register with a mismatch is",
				 "registers with a mismatch are"));
	if (info->quarantined)
		printf("quarantine %u %s not served: `pcsc-ctl flush FUNCTION` ends it for one\n",
		       info->quarantined,
		       pcsc_noun(info->quarantined,
				 "function with a mismatch is",
				 "functions with a mismatch are"));
	if (info->limits)
		printf("limits     %u %s a mode of %s own\n", info->limits,
		       pcsc_noun(info->limits, "model or function has",
				 "models or functions have"),
		       pcsc_noun(info->limits, "its", "their"));
	if (info->lost[0])
		printf("lost       mismatches, quarantine and limits of the last kernel (%.*s): set limits again; `pcsc-ctl handover forget` ends this notice\n",
		       (int)sizeof(info->lost), info->lost);
}

static void print_reasons(const struct pcsc_function_state *f)
{
	const char *before = "";

	for (size_t i = 0; i < PCSC_WHYS; i++) {
		if (!(f->why & pcsc_whys[i].bit))
			continue;
		printf("%s%s", before, pcsc_whys[i].name);
		before = ",";
	}
	if (f->walk_status && f->walk_status < PCSC_WALK_STATUSES)
		printf("(%s)", pcsc_walk_names[f->walk_status]);
	puts(*before ? "" : "-");
}

static void state_json(const struct pcsc_function_state *items, int count)
{
	struct pcsc_jsonw w = { .file = stdout };
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-ctl-state");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_array(&w, "functions");
	for (int i = 0; i < count; i++) {
		const struct pcsc_function_state *f = &items[i];

		pcsc_jsonw_object(&w, NULL);
		pcsc_jsonw_string(
			&w, "address",
			pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
		pcsc_jsonw_bool(&w, "vf", f->is_vf);
		pcsc_jsonw_string(&w, "mode", pcsc_mode_name(f->mode));
		pcsc_jsonw_array(&w, "bypassed");
		for (size_t r = 0; r < PCSC_WHYS; r++)
			if (f->why & pcsc_whys[r].bit)
				pcsc_jsonw_string(&w, NULL, pcsc_whys[r].name);
		pcsc_jsonw_end(&w);
		pcsc_jsonw_uint(&w, "const_bytes", f->const_bytes);
		pcsc_jsonw_uint(&w, "valid_bytes", f->valid_bytes);
		pcsc_jsonw_uint(&w, "hits", f->hits);
		pcsc_jsonw_uint(&w, "hardware_reads", f->hardware_reads);
		pcsc_jsonw_uint(&w, "background_reads", f->background_reads);
		pcsc_jsonw_uint(&w, "writes", f->writes);
		pcsc_jsonw_uint(&w, "demoted_bytes", f->demotions);
		pcsc_jsonw_uint(&w, "mismatches", f->mismatches);
		pcsc_jsonw_end(&w);
	}
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
}

void print_state(const struct pcsc_function_state *items, int count, bool json)
{
	char bdf[PCSC_BDF_SIZE];

	if (json) {
		state_json(items, count);
		return;
	}
	printf("%-16s %5s %5s %5s %10s %10s %10s %8s %7s %s\n", "function",
	       "model", "const", "valid", "hits", "hardware", "background",
	       "writes", "demoted", "bypassed");
	for (int i = 0; i < count; i++) {
		const struct pcsc_function_state *f = &items[i];

		printf("%-16s %5d %5u %5u %10llu %10llu %10llu %8llu %7llu ",
		       pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn),
		       f->model, f->const_bytes, f->valid_bytes, f->hits,
		       f->hardware_reads, f->background_reads, f->writes,
		       f->demotions);
		print_reasons(f);
	}
}
