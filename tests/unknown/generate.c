// SPDX-License-Identifier: GPL-2.0-only
/*
 * generate SEED FUNCTIONS DIR: functions of which nobody knows anything, as a
 * recording, as a profile, and as what lspci -F reads; DIR/ids says who they
 * are. In idle.rec nobody read them, in thin.rec every third was read, and in
 * chosen.rec only these were recorded. The same seed makes the same files.
 */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "core/regs.h"
#include "recording.h"
#include "tests/unit/dump.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_FUNCTIONS 65536
/* Of one function, so that a recording of thousands stays small. */
#define REGISTERS 160

static u64 state;

static u32 below(u32 n)
{
	return img_random(&state) % n;
}

static bool one_in(u32 n)
{
	return !below(n);
}

/* ---- who they are ---- */

static const u16 known_vendors[] = { 0x8086, 0x10de, 0x15b3, 0x1af4,
				     0x1b36, 0x19e5, 0x1022, 0x144d };

static const struct {
	u16 vendor;
	u16 device;
} known_devices[] = {
	{ 0x8086, 0x154c }, { 0x1b36, 0x0010 }, { 0x15b3, 0x101e },
	{ 0x1af4, 0x1041 }, { 0x15b3, 0x6340 },
};

static void random_ids(struct pcsc_rec_function *f)
{
	const u32 known = below(ARRAY_SIZE(known_devices));

	f->vendor = below(0xffff);
	f->device = below(0xffff);
	f->subvendor = below(0x10000);
	f->subdevice = below(0x10000);
	f->class_code = below(0x1000000);
	f->revision = below(256);
	if (one_in(3)) {
		f->vendor = known_vendors[below(ARRAY_SIZE(known_vendors))];
	} else if (one_in(4)) {
		f->vendor = known_devices[known].vendor;
		f->device = known_devices[known].device;
	}
}

static void random_function(struct pcsc_rec_function *f, u32 i)
{
	*f = (struct pcsc_rec_function){
		.domain = i >> 16,
		.bus = i >> 8,
		.devfn = i,
		.flags = PCSC_REC_FN_IDS | (below(16) << 1),
		.header_type = one_in(8) ? below(0x80) : below(2),
		.cfg_size = one_in(4) ? 256 :
			    one_in(8) ? below(4097) :
					4096,
		.resets = { below(3), below(3), below(3) },
	};
	random_ids(f);
	strcpy(f->driver, "nobody");
}

/* ---- what they say ---- */

/* Most lists are sound, so that what follows the walk is reached. */
static void random_caps(struct img *img)
{
	u16 offset = 0x40 + 4 * below(4);

	while (offset < 0xe0) {
		img_cap(img, offset, one_in(2) ? below(0x18) : below(0xff),
			below(0x10000));
		offset += 4 * (1 + below(16));
	}
	if (one_in(16))
		img_put8(img, 0x41 + 4 * below(40), below(256));
}

static void random_ecaps(struct img *img)
{
	u16 offset = 0x100;

	while (offset < 0xf00) {
		img_ecap(img, offset, one_in(2) ? below(0x40) : below(0xffff),
			 below(16));
		img_put32(img, offset + 4, img_random(&state));
		offset += 4 * (2 + below(200));
	}
	if (one_in(16))
		img_put32(img, 0x100, img_random(&state));
}

static void random_image(struct img *img, const struct pcsc_rec_function *f)
{
	img_init(img, 4096);
	for (u16 offset = 0x10; offset < 0x34; offset += 4)
		img_put32(img, offset, one_in(2) ? img_random(&state) : 0);
	img_put32(img, 0x00, f->vendor | (u32)f->device << 16);
	img_put32(img, 0x08, f->revision | f->class_code << 8);
	img_put32(img, 0x2c, f->subvendor | (u32)f->subdevice << 16);
	img_put8(img, 0x0e, f->header_type);
	random_caps(img);
	random_ecaps(img);
}

/* ---- how they were read ---- */

static struct pcsc_rec_register random_register(u32 function, u16 offset,
						u32 value)
{
	struct pcsc_rec_register r = {
		.function = function,
		.offset = offset,
		.width = 4,
		.family = below(PCSC_REC_FAMILIES),
		.reads = 1 + below(9),
		.writes = one_in(8) ? below(9) : 0,
		.errors = one_in(8) ? below(9) : 0,
		.first = one_in(8) ? img_random(&state) : value,
		.last = value,
		.survived = { below(2), below(2), below(2) },
		.latency_sum_ns = img_random(&state),
		.latency_max_ns = img_random(&state),
	};

	r.all_ones = one_in(16) ? below(r.reads + 1) : 0;
	r.changes = one_in(16) ? below(r.reads - r.all_ones + 1) : 0;
	r.silent_changes = below(r.changes + 1);
	return r;
}

static void add_registers(struct pcsc_rec *rec, u32 function,
			  const struct img *img)
{
	const u32 first = rec->header.nr_registers;

	for (u16 offset = 0; offset < 4096; offset += 4) {
		const u32 value = img_get32(img, offset);

		if (rec->header.nr_registers - first == REGISTERS)
			break;
		if (offset < 0x40 || value || one_in(16))
			rec->registers[rec->header.nr_registers++] =
				random_register(function, offset, value);
	}
}

static void add_hist(struct pcsc_rec *rec, u32 function)
{
	struct pcsc_rec_hist *h = &rec->hists[rec->header.nr_hists++];

	*h = (struct pcsc_rec_hist){
		.function = function,
		.width = 4,
		.sum_ns = img_random(&state),
		.max_ns = img_random(&state),
	};
	for (int slot = 0; slot < PCSC_REC_SLOTS; slot++) {
		h->slots[slot] = one_in(4) ? below(1000) : 0;
		h->count += h->slots[slot];
	}
}

/* ---- a profile ---- */

static void put_match(FILE *out, const struct pcsc_rec_function *f, u32 layout)
{
	fprintf(out, "{\"match\":{\"vendor\":\"0x%04x\",\"device\":\"0x%04x\"",
		f->vendor, f->device);
	if (one_in(2))
		fprintf(out,
			",\"subsystem_vendor\":\"0x%04x\",\"subsystem_device\":\"0x%04x\"",
			f->subvendor, f->subdevice);
	if (one_in(2))
		fprintf(out, ",\"class\":\"0x%06x\"", f->class_code);
	if (one_in(2))
		fprintf(out, ",\"vf\":%s", one_in(2) ? "true" : "false");
	/* No two models match the same. */
	fprintf(out, ",\"layout\":\"0x%08x\"},\"rules\":[", layout);
}

static void put_rules(FILE *out)
{
	const u32 cap = 0x20 + below(0xd0), ecap = 0x40 + below(0xff00);

	fprintf(out,
		"{\"space\":\"cap\",\"capability\":\"0x%04x\",\"offset\":0,\"length\":%u,\"class\":\"const\",\"basis\":\"person\"},",
		cap, 1 + below(2));
	fprintf(out,
		"{\"space\":\"ecap\",\"capability\":\"0x%04x\",\"offset\":%u,\"length\":%u,\"class\":\"volatile\",\"basis\":\"person\"},",
		ecap, 4 + below(64), 1 + below(64));
	fprintf(out,
		"{\"space\":\"raw\",\"offset\":%u,\"length\":%u,\"class\":\"const\",\"basis\":\"evidence\",\"zero\":%s}",
		0x40 + below(0x7c0), 1 + below(0x800),
		one_in(2) ? "true" : "false");
	fputs("]}", out);
}

static void put_profile(FILE *out, const struct pcsc_rec *rec)
{
	const u32 nr = rec->header.nr_functions;

	fputs("{\"schema\":\"pcsc-profile\",\"version\":1,\"name\":\"unknown\",\"models\":[",
	      out);
	for (u32 i = 0; i < nr && i < 1024; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_match(out, &rec->functions[i], i + 1);
		put_rules(out);
	}
	fputs("]}\n", out);
}

/* ---- the files ---- */

static FILE *create(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;
	FILE *out;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		err(1, "%s", name);
	out = fopen(path, "we");
	if (!out)
		err(1, "%s", path);
	return out;
}

static void put_dump(FILE *out, const char *bdf, const struct img *img)
{
	fprintf(out, "%s nobody\n", bdf);
	for (u16 offset = 0; offset < 0x40; offset += 16) {
		fprintf(out, "%02x:", offset);
		for (u16 i = offset; i < offset + 16; i++)
			fprintf(out, " %02x", img->bytes[i]);
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void make(struct pcsc_rec *rec, u32 nr, FILE *dump, FILE *ids)
{
	struct img img;

	for (u32 i = 0; i < nr; i++) {
		struct pcsc_rec_function *f = &rec->functions[i];
		char bdf[PCSC_BDF_SIZE];

		random_function(f, i);
		random_image(&img, f);
		add_registers(rec, i, &img);
		add_hist(rec, i);
		pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
		put_dump(dump, bdf, &img);
		fprintf(ids, "%s %04x %04x\n", bdf, f->vendor, f->device);
	}
	rec->header.nr_functions = nr;
}

static struct pcsc_rec *new_recording(u32 nr)
{
	struct pcsc_rec *rec = calloc(1, sizeof(*rec));

	if (!rec)
		err(1, "out of memory");
	rec->functions = calloc(nr, sizeof(*rec->functions));
	rec->registers =
		calloc((size_t)nr * REGISTERS, sizeof(*rec->registers));
	rec->hists = calloc(nr, sizeof(*rec->hists));
	if (!rec->functions || !rec->registers || !rec->hists)
		err(1, "out of memory");
	strcpy(rec->header.host, "nowhere");
	strcpy(rec->header.release, "0.0");
	return rec;
}

static void save(struct pcsc_rec *rec, const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		err(1, "%s", name);
	if (pcsc_rec_save(rec, path))
		exit(1);
}

static void leave_every_third(struct pcsc_rec *rec)
{
	u32 kept = 0;

	for (u32 i = 0; i < rec->header.nr_registers; i++)
		if (rec->registers[i].function % 3 == 0)
			rec->registers[kept++] = rec->registers[i];
	rec->header.nr_registers = kept;
}

int main(int argc, char **argv)
{
	_cleanup_(pcsc_fclosep) FILE *dump = NULL, *ids = NULL, *profile = NULL;
	struct pcsc_rec *rec;
	u32 nr;

	if (argc != 4)
		errx(2, "usage: generate SEED FUNCTIONS DIR");
	/* An xorshift generator never leaves 0. */
	state = strtoull(argv[1], NULL, 0) ?: 1;
	nr = strtoul(argv[2], NULL, 0);
	if (!nr || nr > MAX_FUNCTIONS)
		errx(2, "'%s': 1 to %d functions", argv[2], MAX_FUNCTIONS);
	dump = create(argv[3], "dump");
	ids = create(argv[3], "ids");
	profile = create(argv[3], "profile.json");
	rec = new_recording(nr);
	make(rec, nr, dump, ids);
	put_profile(profile, rec);
	save(rec, argv[3], "host.rec");
	leave_every_third(rec);
	save(rec, argv[3], "thin.rec");
	strcpy(rec->header.only, "-d 1234:");
	save(rec, argv[3], "chosen.rec");
	rec->header.nr_registers = 0;
	save(rec, argv[3], "idle.rec");
	pcsc_rec_free(rec);
	return 0;
}
