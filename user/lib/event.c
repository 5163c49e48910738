// SPDX-License-Identifier: GPL-2.0-only
#include "event.h"

#include "array.h"
#include "talk.h"
#include "words.h"

static const struct {
	const char *name;
	bool of_function;
	bool of_bytes;
} kinds[] = {
	[PCSC_EVENT_MODE] = { "mode", false, false },
	[PCSC_EVENT_PROFILE] = { "profile", false, false },
	[PCSC_EVENT_MISMATCH] = { "mismatch", true, true },
	[PCSC_EVENT_DEMOTED] = { "demoted", true, true },
	[PCSC_EVENT_LEFT_OPEN] = { "left-open", true, false },
	[PCSC_EVENT_HOOKS_MISSING] = { "hooks-missing", false, false },
	[PCSC_EVENT_FOREIGN_OPS] = { "foreign-ops", false, false },
	[PCSC_EVENT_FLUSHED] = { "flushed", true, false },
	[PCSC_EVENT_NO_ROOM] = { "no-room", false, false },
	[PCSC_EVENT_STOPPED] = { "stopped", false, false },
	[PCSC_EVENT_HOOKS_OFF] = { "hooks-off", false, false },
	[PCSC_EVENT_ODD_VF] = { "odd-vf", true, true },
};

/* By PCSC_CAUSE_*; an older helper says 0, which has no name. */
static const char *const causes[] = {
	[PCSC_CAUSE_WRITE] = "write",
	[PCSC_CAUSE_SLOT_WRITE] = "slot-write",
	[PCSC_CAUSE_READ] = "read",
};

static __u32 known(const struct pcsc_event *e)
{
	return e->kind < ARRAY_SIZE(kinds) && kinds[e->kind].name ? e->kind : 0;
}

const char *pcsc_event_name(const struct pcsc_event *e)
{
	return known(e) ? kinds[e->kind].name : "unknown";
}

const char *pcsc_event_cause(const struct pcsc_event *e)
{
	return e->kind == PCSC_EVENT_DEMOTED && e->cause < ARRAY_SIZE(causes) ?
		       causes[e->cause] :
		       NULL;
}

bool pcsc_event_has_function(const struct pcsc_event *e)
{
	if (e->kind == PCSC_EVENT_FLUSHED)
		return !e->detail;
	return kinds[known(e)].of_function;
}

bool pcsc_event_has_bytes(const struct pcsc_event *e)
{
	return kinds[known(e)].of_bytes &&
	       (e->kind != PCSC_EVENT_DEMOTED || pcsc_event_cause(e));
}

bool pcsc_event_has_values(const struct pcsc_event *e)
{
	return e->kind == PCSC_EVENT_MISMATCH || e->kind == PCSC_EVENT_ODD_VF;
}

/* "0x03c", or "0x03c to 0x03d" */
static void print_bytes(FILE *out, const struct pcsc_event *e)
{
	fprintf(out, "0x%03x", e->where);
	if (e->width > 1)
		fprintf(out, " to 0x%03x", e->where + e->width - 1);
}

static void print_demoted(FILE *out, const struct pcsc_event *e)
{
	if (pcsc_event_cause(e))
		print_bytes(out, e);
	switch (e->cause) {
	case PCSC_CAUSE_WRITE:
		fputs(" written: ", out);
		break;
	case PCSC_CAUSE_SLOT_WRITE:
		fputs(" of function 0 of this slot written: ", out);
		break;
	case PCSC_CAUSE_READ:
		fputs(" read, and hardware answered another value than is cached: ",
		      out);
		break;
	}
	fprintf(out, "%u %s called const may have changed: not served any more",
		e->detail, pcsc_noun(e->detail, "byte", "bytes"));
}

/* @memory: where the other value is. */
static void print_difference(FILE *out, const struct pcsc_event *e,
			     enum pcsc_event_say say, const char *memory)
{
	if (say == PCSC_EVENT_WITH_VALUES) {
		fprintf(out, "0x%03x: %0*x in %s, %0*x in hardware", e->where,
			(int)e->width * 2, e->cached, memory, (int)e->width * 2,
			e->found);
		return;
	}
	print_bytes(out, e);
	fprintf(out, ": hardware has another value than %s", memory);
}

void pcsc_event_print(FILE *out, const struct pcsc_event *e,
		      enum pcsc_event_say say)
{
	switch (e->kind) {
	case PCSC_EVENT_MODE:
		fprintf(out, "the mode is %s", pcsc_mode_name(e->detail));
		break;
	case PCSC_EVENT_PROFILE:
		fprintf(out, "a profile was loaded, checksum %08x", e->detail);
		break;
	case PCSC_EVENT_MISMATCH:
		print_difference(out, e, say, "memory");
		fputs(": quarantined", out);
		break;
	case PCSC_EVENT_ODD_VF:
		print_difference(out, e, say, "its siblings");
		fputs(": none of the PF's VFs is answered by its siblings any more",
		      out);
		break;
	case PCSC_EVENT_DEMOTED:
		print_demoted(out, e);
		break;
	case PCSC_EVENT_LEFT_OPEN:
		fputs("a reset began more than 120 s ago and has not ended: the function is not served until it ends",
		      out);
		break;
	case PCSC_EVENT_HOOKS_MISSING:
		fprintf(out,
			"%u %s could not be placed: evidence is not served",
			e->detail, pcsc_noun(e->detail, "hook", "hooks"));
		break;
	case PCSC_EVENT_FOREIGN_OPS:
		fprintf(out, "%u %s operations that are left alone", e->detail,
			pcsc_noun(e->detail, "bus has", "buses have"));
		break;
	case PCSC_EVENT_NO_ROOM:
		fprintf(out, "there is no room for %u %s: not served",
			e->detail,
			pcsc_noun(e->detail, "function", "functions"));
		break;
	case PCSC_EVENT_STOPPED:
		fputs("a mismatch, and on_mismatch=off: nothing is served, and the mode goes off",
		      out);
		break;
	case PCSC_EVENT_HOOKS_OFF:
		fprintf(out,
			"the kernel's probes are %s: evidence is not served",
			e->detail ? "switched off" : "on again");
		break;
	case PCSC_EVENT_FLUSHED:
		fprintf(out, "%s was forgotten, as asked",
			e->detail ? "everything" : "it");
		break;
	default:
		fprintf(out, "kind %u, detail %u: this program is too old",
			e->kind, e->detail);
	}
}
