// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/said.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "array.h"
#include "bdf.h"
#include "core/walk.h"
#include "monitor/clock.h"
#include "words.h"

static const struct sample_device *devices_of(const struct sample_head *h)
{
	return (const void *)(h + 1);
}

static const struct sample_function *functions_of(const struct sample_head *h)
{
	return (const void *)(devices_of(h) + h->nr_devices);
}

static const struct pcsc_event *events_of(const struct sample_head *h)
{
	return (const void *)(functions_of(h) + h->nr_functions);
}

const struct sample_space *said_spaces(const struct sample_head *h)
{
	return (const void *)(events_of(h) + h->nr_events);
}

void said_take(struct said *said, void *text)
{
	const struct sample_head *h = text;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	ring_take(&said->ring, events_of(h), h->nr_events, h->now_ns,
		  (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	said->err = h->err;
	/* What a helper said that is gone holds no longer. */
	if (h->err || h->has_functions) {
		free(said->text);
		said->text = NULL;
	}
	if (h->err || !h->has_functions) {
		free(text);
		return;
	}
	said->text = text;
	said->at_ms = now_ms();
}

void said_free(struct said *said)
{
	free(said->text);
}

bool said_begin(struct pcsc_jsonw *w, const struct said *said)
{
	const bool up = said->text && !said->err;

	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_bool(w, "up", up);
	if (said->err)
		pcsc_jsonw_string(w, "reason", strerror(-said->err));
	return up;
}

/* That there is no helper is known, too. */
static bool is_known(const struct said *said)
{
	return said->err || (said->text && said->at_ms >= said->since_ms);
}

/* How old this is, if there is a helper; NULL: there is nothing to say, or not yet. */
static const struct sample_head *begin(struct pcsc_jsonw *w,
				       const struct said *said)
{
	const bool up = said_begin(w, said), known = is_known(said);

	pcsc_jsonw_bool(w, "known", known);
	if (!up || !known)
		return NULL;
	pcsc_jsonw_uint(w, "age_ms", now_ms() - said->at_ms);
	return said->text;
}

static void put_words(struct pcsc_jsonw *w)
{
	pcsc_jsonw_array(w, "why");
	for (size_t i = 0; i < PCSC_WHYS; i++) {
		pcsc_jsonw_array(w, NULL);
		pcsc_jsonw_string(w, NULL, pcsc_whys[i].name);
		pcsc_jsonw_string(w, NULL, pcsc_whys[i].sentence);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_end(w);
	pcsc_jsonw_array(w, "walk");
	for (size_t i = 0; i < PCSC_WALK_STATUSES; i++)
		pcsc_jsonw_string(w, NULL, pcsc_walk_names[i]);
	pcsc_jsonw_end(w);
}

static void put_devices(struct pcsc_jsonw *w, const struct sample_head *h)
{
	char id[sizeof("8086:1572")];

	pcsc_jsonw_array(w, "devices");
	for (__u32 i = 0; i < h->nr_devices; i++) {
		const struct sample_device *d = devices_of(h) + i;

		snprintf(id, sizeof(id), "%04x:%04x", d->vendor, d->device);
		pcsc_jsonw_array(w, NULL);
		pcsc_jsonw_string(w, NULL, id);
		pcsc_jsonw_string(w, NULL,
				  d->name + d->name_at % sizeof(d->name));
		pcsc_jsonw_string(w, NULL, d->name);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_end(w);
}

/* Bit i: the i-th of the words above. */
static uint64_t why_of(const struct pcsc_function_state *f)
{
	uint64_t why = 0;

	for (size_t i = 0; i < PCSC_WHYS; i++)
		why |= (uint64_t) !!(f->why & pcsc_whys[i].bit) << i;
	return why;
}

static const char *const columns[] = {
	"address", "pf",     "device",	"driver",     "mode", "why",
	"walk",	   "model",  "const",	"cached",     "hits", "hardware",
	"own",	   "writes", "demoted", "mismatches",
};

/* "": it has none, or is none. */
static const char *pf_of(const struct sample_function *f, char *bdf)
{
	if (f->pf < 0)
		return "";
	return pcsc_bdf_format(bdf, f->state.domain, f->pf >> 8, f->pf & 0xff);
}

/* In the order of the columns. A model is counted from 1; 0: none. */
static void put_function(struct pcsc_jsonw *w, const struct sample_function *f)
{
	const struct pcsc_function_state *s = &f->state;
	const uint64_t numbers[] = {
		why_of(s),	   s->walk_status,	s->model + 1,
		s->const_bytes,	   s->valid_bytes,	s->hits,
		s->hardware_reads, s->background_reads, s->writes,
		s->demotions,	   s->mismatches,
	};
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_array(w, NULL);
	pcsc_jsonw_string(w, NULL,
			  pcsc_bdf_format(bdf, s->domain, s->bus, s->devfn));
	pcsc_jsonw_string(w, NULL, pf_of(f, bdf));
	pcsc_jsonw_uint(w, NULL, f->device);
	pcsc_jsonw_string(w, NULL, f->driver);
	pcsc_jsonw_string(w, NULL, pcsc_mode_name(s->mode));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		pcsc_jsonw_uint(w, NULL, numbers[i]);
	pcsc_jsonw_end(w);
}

void said_functions(FILE *out, const struct said *said)
{
	struct pcsc_jsonw w = { .file = out, .compact = true };
	const struct sample_head *h = begin(&w, said);

	if (h) {
		pcsc_jsonw_string(&w, "mode", pcsc_mode_name(h->info.mode));
		put_words(&w);
		put_devices(&w, h);
		pcsc_jsonw_array(&w, "columns");
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
			pcsc_jsonw_string(&w, NULL, columns[i]);
		pcsc_jsonw_end(&w);
		pcsc_jsonw_array(&w, "functions");
		for (__u32 i = 0; i < h->nr_functions; i++)
			put_function(&w, functions_of(h) + i);
		pcsc_jsonw_end(&w);
	}
	pcsc_jsonw_end(&w);
}

/* There are events of a helper that is gone, too. */
void said_events(FILE *out, const struct said *said, uint64_t after)
{
	struct pcsc_jsonw w = { .file = out, .compact = true };

	begin(&w, said);
	ring_json(&said->ring, &w, after);
	pcsc_jsonw_end(&w);
}

static void put_info(struct pcsc_jsonw *w, const struct pcsc_info *info)
{
	pcsc_jsonw_string(w, "helper", info->version);
	pcsc_jsonw_string(w, "profile", info->profile);
	pcsc_jsonw_uint(w, "profile_crc32", info->profile_crc32);
	pcsc_jsonw_uint(w, "models", info->models);
	pcsc_jsonw_uint(w, "functions", info->functions);
	pcsc_jsonw_uint(w, "limits", info->limits);
	pcsc_jsonw_uint(w, "no_room", info->no_room);
	pcsc_jsonw_string(w, "lost", info->lost);
}

static void put_handover(struct pcsc_jsonw *w, const struct pcsc_handover *h)
{
	pcsc_jsonw_string(w, "state", pcsc_handover_name(h->state));
	pcsc_jsonw_string(w, "words", pcsc_handover_words(h->state));
	pcsc_jsonw_string(w, "region", pcsc_region_name(h->region));
	pcsc_jsonw_uint(w, "bytes", h->bytes);
	pcsc_jsonw_uint(w, "capacity", h->capacity);
	pcsc_jsonw_uint(w, "wanted", h->wanted);
	pcsc_jsonw_uint(w, "handed", h->handed);
	pcsc_jsonw_uint(w, "adopted", h->adopted);
	pcsc_jsonw_uint(w, "refused", h->refused);
	pcsc_jsonw_uint(w, "gap_ms", h->gap_ms);
	pcsc_jsonw_string(w, "reason", h->reason);
}

void said_handover(FILE *out, const struct said *said)
{
	struct pcsc_jsonw w = { .file = out, .compact = true };
	const struct sample_head *h = begin(&w, said);

	if (h) {
		put_info(&w, &h->info);
		put_handover(&w, &h->handover);
	}
	pcsc_jsonw_end(&w);
}
