// SPDX-License-Identifier: GPL-2.0-only
#include "dump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caps.h"

void img_init(struct img *img, u16 cfg_size)
{
	memset(img, 0, sizeof(*img));
	img->cfg_size = cfg_size;
	img->known = cfg_size;
	img_put32(img, 0x00, 0x00101b36);
	img_put32(img, 0x08, 0x01080202);
	img_put32(img, 0x2c, 0x11001af4);
}

void img_put8(struct img *img, u16 offset, u8 value)
{
	img->bytes[offset] = value;
}

void img_put16(struct img *img, u16 offset, u16 value)
{
	img_put8(img, offset, value & 0xff);
	img_put8(img, offset + 1, value >> 8);
}

void img_put32(struct img *img, u16 offset, u32 value)
{
	img_put16(img, offset, value & 0xffff);
	img_put16(img, offset + 2, value >> 16);
}

u32 img_get32(const struct img *img, u16 offset)
{
	const u8 *b = &img->bytes[offset];

	return b[0] | b[1] << 8 | b[2] << 16 | (u32)b[3] << 24;
}

void img_cap(struct img *img, u16 offset, u8 id, u16 flags)
{
	u16 last = 0x34;

	img_put8(img, 0x06, img->bytes[0x06] | 0x10);
	while (img->bytes[last])
		last = img->bytes[last] + 1;
	img_put8(img, last, offset);
	img_put8(img, offset, id);
	img_put8(img, offset + 1, 0);
	img_put16(img, offset + 2, flags);
}

void img_ecap(struct img *img, u16 offset, u16 id, u8 version)
{
	u32 header;
	u16 last;

	for (last = 0x100; offset != 0x100; last = header >> 20) {
		header = img_get32(img, last);
		if (header >> 20)
			continue;
		img_put32(img, last, header | (u32)offset << 20);
		break;
	}
	img_put32(img, offset, id | (u32)version << 16);
}

int img_read(void *ctx, u16 offset, u32 *value)
{
	struct img *img = ctx;

	img->reads++;
	if (offset % 4 || offset > img->cfg_size - 4) {
		img->astray++;
		return -1;
	}
	if (offset + 4 > img->known)
		return -1;
	*value = img_get32(img, offset);
	return 0;
}

enum pcsc_walk_status img_walk(struct img *img, struct pcsc_layout *layout)
{
	return pcsc_walk(img_read, img, img->cfg_size, layout);
}

void img_nvme_vf(struct img *img)
{
	img_init(img, 4096);
	img_put32(img, 0x00, 0xffffffff);
	img_cap(img, 0x40, PCSC_CAP_MSIX, 0x0040);
	img_cap(img, 0x80, PCSC_CAP_EXP, 0x0002);
	img_ecap(img, 0x100, PCSC_ECAP_ARI, 1);
}

void img_nvme_pf(struct img *img)
{
	img_init(img, 4096);
	img_cap(img, 0x40, PCSC_CAP_PM, 0x0003);
	img_cap(img, 0x50, PCSC_CAP_MSI, 0x0180);
	img_cap(img, 0x70, PCSC_CAP_EXP, 0x0002);
	img_cap(img, 0xb0, PCSC_CAP_MSIX, 0x0040);
	img_cap(img, 0xc0, PCSC_CAP_VPD, 0);
	img_cap(img, 0xd0, PCSC_CAP_VNDR, 0x10);
	img_cap(img, 0xe8, PCSC_CAP_AF, 0x0306);
	img_ecap(img, 0x100, PCSC_ECAP_AER, 2);
	img_ecap(img, 0x148, PCSC_ECAP_DSN, 1);
	img_ecap(img, 0x160, PCSC_ECAP_SRIOV, 1);
	img_ecap(img, 0x1a0, PCSC_ECAP_ATS, 1);
	img_ecap(img, 0x1b0, PCSC_ECAP_PRI, 1);
	img_ecap(img, 0x1c0, PCSC_ECAP_PASID, 1);
	img_ecap(img, 0x1d0, PCSC_ECAP_VNDR, 1);
	img_put32(img, 0x1d4, 0x020 << 20 | 0x1234);
	img_ecap(img, 0x200, PCSC_ECAP_DVSEC, 1);
	img_put32(img, 0x204, 0x024 << 20 | 0x1e98);
}

void img_port(struct img *img)
{
	img_init(img, 4096);
	img_put32(img, 0x08, 0x06040000);
	img_put32(img, 0x2c, 0);
	img_put8(img, 0x0e, 0x81);
	img_cap(img, 0x54, PCSC_CAP_EXP, 0x0142);
	img_cap(img, 0x90, PCSC_CAP_MSI, 0x0000);
	img_cap(img, 0xa0, PCSC_CAP_SSVID, 0);
	img_cap(img, 0xb0, PCSC_CAP_PM, 0x0003);
	img_ecap(img, 0x100, PCSC_ECAP_AER, 2);
	img_ecap(img, 0x148, PCSC_ECAP_ACS, 1);
	img_ecap(img, 0x160, PCSC_ECAP_DPC, 1);
	img_put32(img, 0x164, 0x0520);
}

static bool starts_device(const char *line)
{
	size_t n = strspn(line, "0123456789abcdefABCDEF:.");

	return n >= 7 && line[n] == ' ' && line[n - 2] == '.';
}

/* "1f0: 00 11 ..." into the image; other lines are words about it. */
static void take_line(struct img *img, const char *line)
{
	unsigned long offset;
	char *end;

	if (!isxdigit((unsigned char)line[0]))
		return;
	offset = strtoul(line, &end, 16);
	if (end[0] != ':' || end[1] != ' ')
		return;
	for (line = end + 1; offset < sizeof(img->bytes); line = end) {
		unsigned long byte = strtoul(line, &end, 16);

		if (end == line)
			break;
		img->bytes[offset++] = byte;
		if (img->known < offset)
			img->known = offset;
	}
}

static int finish(struct img *img, dump_fn each, void *ctx)
{
	if (!img->known)
		return 0;
	img->cfg_size = img->known > 256 ? 4096 : 256;
	each(img, ctx);
	return 1;
}

int dump_read(const char *path, dump_fn each, void *ctx)
{
	FILE *file = fopen(path, "r");
	struct img img = { .known = 0 };
	char line[512];
	int found = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (!starts_device(line)) {
			take_line(&img, line);
			continue;
		}
		found += finish(&img, each, ctx);
		memset(&img, 0, sizeof(img));
		snprintf(img.name, sizeof(img.name), "%.*s",
			 (int)strcspn(line, " "), line);
	}
	found += finish(&img, each, ctx);
	fclose(file);
	return found;
}

u32 img_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 2685821657736338717ull) >> 32;
}
