// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "bdf.h"
#include "cleanup.h"
#include "collect.h"
#include "core/caps.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "talk.h"

_Static_assert((int)PCSC_BUS == PCSC_REC_BUS, "family");
_Static_assert((int)PCSC_USER == PCSC_REC_USER, "family");
_Static_assert((int)PCSC_RESET_FLR == PCSC_REC_RESET_FLR, "reset");
_Static_assert((int)PCSC_RESET_PM == PCSC_REC_RESET_PM, "reset");
_Static_assert((int)PCSC_RESET_BUS == PCSC_REC_RESET_BUS, "reset");
_Static_assert((int)PCSC_RESETS == PCSC_REC_RESETS, "resets");

#define BATCH 4096

void pcsc_rows_free(struct pcsc_rows *rows)
{
	free(rows->keys);
	free(rows->values);
}

static void rec_freep(struct pcsc_rec **rec)
{
	pcsc_rec_free(*rec);
}

static int grow(struct pcsc_rows *rows, size_t key_size, size_t value_size)
{
	char *keys = reallocarray(rows->keys, rows->nr + BATCH, key_size);
	char *values;

	if (!keys)
		return -ENOMEM;
	rows->keys = keys;
	values = reallocarray(rows->values, rows->nr + BATCH, value_size);
	if (!values)
		return -ENOMEM;
	rows->values = values;
	return 0;
}

int pcsc_rows_read(const struct bpf_map *map, struct pcsc_rows *rows)
{
	size_t key_size = bpf_map__key_size(map);
	size_t value_size = bpf_map__value_size(map);
	__u32 token, *in = NULL, n;
	int err;

	do {
		err = grow(rows, key_size, value_size);
		if (err)
			break;
		n = BATCH;
		err = bpf_map_lookup_batch(bpf_map__fd(map), in, &token,
					   rows->keys + rows->nr * key_size,
					   rows->values + rows->nr * value_size,
					   &n, NULL);
		if (!err || err == -ENOENT)
			rows->nr += n;
		in = &token;
	} while (!err);

	if (err == -ENOENT)
		return 0;
	return pcsc_fail(err, "cannot read the table of %s: %s",
			 bpf_map__name(map), strerror(-err));
}

/* ---- functions ---- */

static int add_function(struct pcsc_inventory *inv,
			const struct pcsc_fn_key *key,
			const struct pcsc_fn_value *v)
{
	struct pcsc_inv_function *f =
		pcsc_inv_get(inv, key->domain, key->bus, key->devfn);
	struct pcsc_rec_function id = {
		.vendor = v->vendor,
		.device = v->device,
		.subvendor = v->subvendor,
		.subdevice = v->subdevice,
		.class_code = v->class_code,
		.revision = v->revision,
		.header_type = v->header_type,
		.cfg_size = v->cfg_size,
	};

	if (!f)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (int i = 0; i < PCSC_RESETS; i++)
		f->rec.resets[i] = v->resets[i].count;
	if (!(v->flags & PCSC_FN_SEEN))
		return 0;
	if (v->flags & PCSC_FN_VF)
		id.flags |= PCSC_REC_FN_VF;
	if (v->flags & PCSC_FN_PF)
		id.flags |= PCSC_REC_FN_PF;
	if (v->flags & PCSC_FN_ROOT_BUS)
		id.flags |= PCSC_REC_FN_ROOT_BUS;
	f->replaced |= !!(v->flags & PCSC_FN_REPLACED);
	pcsc_inv_identify(f, &id);
	return 0;
}

static int add_functions(struct pcsc_inventory *inv,
			 const struct pcsc_rows *rows)
{
	int err = 0;

	for (size_t i = 0; !err && i < rows->nr; i++)
		err = add_function(inv, (struct pcsc_fn_key *)rows->keys + i,
				   (struct pcsc_fn_value *)rows->values + i);
	return err;
}

static int add_drivers(const struct pcsc_tracer *t, struct pcsc_inventory *inv)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	const struct pcsc_driver_key *key;
	struct pcsc_inv_function *f;
	int err = pcsc_rows_read(t->skel->maps.drivers, &rows);

	key = (void *)rows.keys;
	for (size_t i = 0; !err && i < rows.nr; i++) {
		f = pcsc_inv_get(inv, key[i].domain, key[i].bus, key[i].devfn);
		if (!f)
			return pcsc_fail(-ENOMEM, "no memory left");
		pcsc_inv_bound(f, key[i].name);
	}
	return err;
}

static void add_bus_resets(const struct pcsc_tracer *t,
			   struct pcsc_inventory *inv)
{
	int fd = bpf_map__fd(t->skel->maps.buses);

	for (size_t i = 0; i < inv->nr; i++) {
		struct pcsc_rec_function *f = &inv->fn[i].rec;
		struct pcsc_bus_key key = { f->domain, f->bus };
		struct pcsc_reset_state s;

		if (!bpf_map_lookup_elem(fd, &key, &s))
			f->resets[PCSC_REC_RESET_BUS] = s.count;
	}
}

/* Two identities have one history here, so it speaks for neither. */
static void settle(struct pcsc_inv_function *f)
{
	char bdf[PCSC_BDF_SIZE];

	if (!f->replaced)
		return;
	f->rec.flags &= ~PCSC_REC_FN_IDS;
	if (f->told)
		return;
	f->told = true;
	pcsc_warn(
		"%s was replaced by another device while it was watched: recorded without an identity",
		pcsc_bdf_format(bdf, f->rec.domain, f->rec.bus, f->rec.devfn));
}

static int copy_functions(struct pcsc_rec *rec, struct pcsc_inventory *inv)
{
	rec->functions = calloc(inv->nr + 1, sizeof(*rec->functions));
	if (!rec->functions)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < inv->nr; i++) {
		settle(&inv->fn[i]);
		rec->functions[i] = inv->fn[i].rec;
	}
	rec->header.nr_functions = inv->nr;
	return 0;
}

/* ---- registers ---- */

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * A program that is still running may have raised one counter and not yet the
 * next: what contains another is at least as large.
 */
static void fill_register(struct pcsc_rec_register *r,
			  const struct pcsc_reg_key *key,
			  const struct pcsc_reg_value *v)
{
	r->offset = key->offset;
	r->width = key->width;
	r->family = key->family;
	r->writes = v->writes;
	r->errors = v->errors;
	r->all_ones = v->all_ones;
	r->silent_changes = v->silent_changes;
	r->changes = max(v->changes, v->silent_changes);
	r->reads = max(v->reads, r->all_ones + r->changes);
	r->first = v->first;
	r->last = v->last ?: v->first; /* only just read */
	memcpy(r->survived, v->survived, sizeof(r->survived));
	r->latency_sum_ns = v->read_ns + v->write_ns;
	r->latency_max_ns = max(v->read_max_ns, v->write_max_ns);
	r->write_sum_ns = v->write_ns;
	r->write_max_ns = v->write_max_ns;
	r->read_max_ns = v->read_max_ns;
	for (int i = 0; i < PCSC_WRITTEN_VALUES && v->written[i]; i++)
		r->written[r->nr_written++] = v->written[i];
	if (v->more_written)
		r->nr_written = PCSC_REC_WRITTEN + 1;
}

/* A register, and where its callers are to be found. */
struct counted {
	struct pcsc_rec_register reg;
	struct pcsc_origin origin;
};

static int compare_registers(const void *pa, const void *pb)
{
	const struct pcsc_rec_register *a = &((const struct counted *)pa)->reg;
	const struct pcsc_rec_register *b = &((const struct counted *)pb)->reg;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset - b->offset;
	if (a->width != b->width)
		return a->width - b->width;
	return a->family - b->family;
}

static struct counted *count_registers(struct pcsc_inventory *inv,
				       const struct pcsc_rows *rows)
{
	const struct pcsc_reg_key *keys = (void *)rows->keys;
	const struct pcsc_reg_value *values = (void *)rows->values;
	struct counted *c = calloc(rows->nr + 1, sizeof(*c));

	for (size_t i = 0; c && i < rows->nr; i++) {
		fill_register(&c[i].reg, &keys[i], &values[i]);
		c[i].reg.function = pcsc_inv_index(inv, keys[i].domain,
						   keys[i].bus, keys[i].devfn);
		c[i].origin = (struct pcsc_origin){
			values[i].number,
			values[i].caller ?: PCSC_CALLER_OTHERS,
		};
	}
	if (c)
		qsort(c, rows->nr, sizeof(*c), compare_registers);
	return c;
}

/* And who used them. */
static int copy_registers(struct pcsc_rec *rec, struct pcsc_inventory *inv,
			  const struct pcsc_rows *rows,
			  const struct pcsc_tracer *t)
{
	_cleanup_free_ struct pcsc_origin *origins =
		calloc(rows->nr + 1, sizeof(*origins));
	_cleanup_free_ struct counted *c = count_registers(inv, rows);
	_cleanup_(pcsc_ids_free) struct pcsc_ids ids = {};

	rec->registers = calloc(rows->nr + 1, sizeof(*rec->registers));
	if (!rec->registers || !origins || !c)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows->nr; i++) {
		rec->registers[i] = c[i].reg;
		origins[i] = c[i].origin;
	}
	rec->header.nr_registers = rows->nr;
	ids.t = t;
	ids.inv = inv;
	return pcsc_collect_callers(&ids, origins, rec)	 ?:
		       pcsc_collect_processes(&ids, rec) ?:
		       pcsc_collect_waits(&ids, rec)	 ?:
		       pcsc_collect_events(&ids, rec);
}

/* Registers of addresses where no function is: enumeration looks there. */
static int add_addresses(struct pcsc_inventory *inv,
			 const struct pcsc_rows *regs,
			 const struct pcsc_rows *hists)
{
	const struct pcsc_reg_key *r = (void *)regs->keys;
	const struct pcsc_hist_key *h = (void *)hists->keys;
	bool ok = true;

	for (size_t i = 0; ok && i < regs->nr; i++)
		ok = pcsc_inv_get(inv, r[i].domain, r[i].bus, r[i].devfn);
	for (size_t i = 0; ok && i < hists->nr; i++)
		ok = pcsc_inv_get(inv, h[i].domain, h[i].bus, h[i].devfn);
	return ok ? 0 : pcsc_fail(-ENOMEM, "no memory left");
}

/* ---- histograms ---- */

static void fill_hist(struct pcsc_rec_hist *h, const struct pcsc_hist_key *key,
		      const struct pcsc_hist_value *v)
{
	uint64_t sum = 0;

	h->width = key->width;
	h->is_write = key->is_write;
	h->sum_ns = v->sum_ns;
	h->max_ns = v->max_ns;
	memcpy(h->slots, v->slots, sizeof(h->slots));
	for (int i = 0; i < PCSC_REC_SLOTS; i++)
		sum += h->slots[i];
	h->count = max(v->count, sum);
}

static int compare_hists(const void *pa, const void *pb)
{
	const struct pcsc_rec_hist *a = pa, *b = pb;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->width != b->width)
		return a->width - b->width;
	return a->is_write - b->is_write;
}

/* @rows has the numbers; what they stand for is in a table of its own. */
static int copy_hists(struct pcsc_rec *rec, struct pcsc_inventory *inv,
		      const struct pcsc_rows *rows, const struct pcsc_tracer *t)
{
	const struct pcsc_hist_key *keys = (void *)rows->keys;
	const uint32_t *numbers = (void *)rows->values;
	const int fd = bpf_map__fd(t->skel->maps.hists);
	struct pcsc_hist_value v;
	uint32_t nr = 0, index;

	rec->hists = calloc(rows->nr + 1, sizeof(*rec->hists));
	if (!rec->hists)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows->nr; i++) {
		index = numbers[i] - 1;
		if (bpf_map_lookup_elem(fd, &index, &v))
			continue; /* there was no room, which was counted */
		fill_hist(&rec->hists[nr], &keys[i], &v);
		rec->hists[nr++].function = pcsc_inv_index(
			inv, keys[i].domain, keys[i].bus, keys[i].devfn);
	}
	qsort(rec->hists, nr, sizeof(*rec->hists), compare_hists);
	rec->header.nr_hists = nr;
	return 0;
}

/* ---- capabilities ---- */

static const uint16_t cap_ids[PCSC_ATS] = {
	[PCSC_AT_PM] = PCSC_CAP_PM,	   [PCSC_AT_VPD] = PCSC_CAP_VPD,
	[PCSC_AT_MSI] = PCSC_CAP_MSI,	   [PCSC_AT_EXP] = PCSC_CAP_EXP,
	[PCSC_AT_MSIX] = PCSC_CAP_MSIX,	   [PCSC_AT_AER] = PCSC_ECAP_AER,
	[PCSC_AT_ATS] = PCSC_ECAP_ATS,	   [PCSC_AT_PRI] = PCSC_ECAP_PRI,
	[PCSC_AT_PASID] = PCSC_ECAP_PASID, [PCSC_AT_DPC] = PCSC_ECAP_DPC,
	[PCSC_AT_L1PM] = PCSC_ECAP_L1PM,   [PCSC_AT_PTM] = PCSC_ECAP_PTM,
	[PCSC_AT_SRIOV] = PCSC_ECAP_SRIOV,
};

/* Where the first of them is: an offset below is none's. */
static bool may_be_at(int at, uint16_t offset)
{
	return offset >= (at < PCSC_AT_AER ? 0x40 : 0x100) &&
	       offset < (at < PCSC_AT_AER ? 0x100 : PCSC_CONFIG_BYTES);
}

static int compare_caps(const void *pa, const void *pb)
{
	const struct pcsc_rec_cap *a = pa, *b = pb;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return a->offset - b->offset;
}

uint32_t pcsc_caps_of(const struct pcsc_fn_value *v, uint32_t function,
		      struct pcsc_rec_cap caps[PCSC_ATS])
{
	uint32_t nr = 0, kept = 0;

	for (int at = 0; at < PCSC_ATS; at++)
		if (may_be_at(at, v->caps[at]))
			caps[nr++] =
				(struct pcsc_rec_cap){ function, cap_ids[at],
						       v->caps[at] };
	qsort(caps, nr, sizeof(*caps), compare_caps);
	for (uint32_t i = 0; i < nr; i++)
		if (!kept || compare_caps(&caps[kept - 1], &caps[i]))
			caps[kept++] = caps[i];
	return kept;
}

static int copy_caps(struct pcsc_rec *rec, struct pcsc_inventory *inv,
		     const struct pcsc_rows *rows)
{
	const struct pcsc_fn_key *keys = (void *)rows->keys;
	const struct pcsc_fn_value *values = (void *)rows->values;
	uint32_t nr = 0;

	rec->caps = calloc(rows->nr * PCSC_ATS + 1, sizeof(*rec->caps));
	if (!rec->caps)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows->nr; i++)
		nr += pcsc_caps_of(&values[i],
				   pcsc_inv_index(inv, keys[i].domain,
						  keys[i].bus, keys[i].devfn),
				   rec->caps + nr);
	qsort(rec->caps, nr, sizeof(*rec->caps), compare_caps);
	rec->header.nr_caps = nr;
	return 0;
}

/* ---- the whole ---- */

void pcsc_copy_text(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i < size - 1 && from[i]; i++)
		to[i] = from[i] < ' ' || from[i] > '~' ? '?' : from[i];
}

static void fill_header(struct pcsc_rec_header *h, const struct pcsc_tracer *t)
{
	uint64_t now = pcsc_now_ns(CLOCK_MONOTONIC);
	char only[sizeof(h->only)];
	struct utsname uts;

	h->duration_ns = t->stopped_ns - t->started_ns;
	h->started_ns = pcsc_now_ns(CLOCK_REALTIME) - (now - t->started_ns);
	h->losses = pcsc_tracer_losses(t).rec;
	h->events_lost = pcsc_tracer_losses(t).events;
	if (pcsc_rec_missed(&h->losses))
		h->flags |= PCSC_REC_INCOMPLETE;
	if (t->wanted->events)
		h->flags |= PCSC_REC_EVENTS;
	if (!bpf_program__autoload(t->skel->progs.pcie_flr_in))
		h->flags |= PCSC_REC_ACCESSES_ONLY;
	if (pcsc_wanted_partial(t->wanted))
		h->flags |= PCSC_REC_PARTIAL;
	pcsc_wanted_format(t->wanted, only, sizeof(only));
	pcsc_copy_text(h->only, sizeof(h->only), only);
	if (uname(&uts))
		return;
	pcsc_copy_text(h->release, sizeof(h->release), uts.release);
	pcsc_copy_text(h->host, sizeof(h->host), uts.nodename);
}

int pcsc_collect(const struct pcsc_tracer *t, struct pcsc_inventory *inv,
		 struct pcsc_rec **out)
{
	_cleanup_(rec_freep) struct pcsc_rec *rec = calloc(1, sizeof(*rec));
	_cleanup_(pcsc_rows_free) struct pcsc_rows functions = {};
	_cleanup_(pcsc_rows_free) struct pcsc_rows hists = {};
	_cleanup_(pcsc_rows_free) struct pcsc_rows regs = {};
	int err;

	if (!rec)
		return pcsc_fail(-ENOMEM, "no memory left");
	fill_header(&rec->header, t);
	err = pcsc_rows_read(t->skel->maps.registers, &regs)		  ?:
		      pcsc_rows_read(t->skel->maps.hist_numbers, &hists)  ?:
		      pcsc_rows_read(t->skel->maps.functions, &functions) ?:
		      add_functions(inv, &functions)			  ?:
		      add_drivers(t, inv)				  ?:
		      add_addresses(inv, &regs, &hists);
	if (err)
		return err;
	/* From here on the inventory keeps still, and an index means something. */
	add_bus_resets(t, inv);
	err = copy_functions(rec, inv)			 ?:
		      copy_registers(rec, inv, &regs, t) ?:
		      copy_hists(rec, inv, &hists, t)	 ?:
		      copy_caps(rec, inv, &functions);
	if (!err)
		*out = TAKE_PTR(rec);
	return err;
}
