// SPDX-License-Identifier: GPL-2.0-only
#include "recording.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "recording_rows.h"
#include "recording_tables.h"
#include "save.h"

void pcsc_rec_free(struct pcsc_rec *rec)
{
	struct pcsc_rec_table t[PCSC_TABLES];

	if (!rec)
		return;
	pcsc_rec_tables(rec, t);
	for (int i = 0; i < PCSC_TABLES; i++)
		free(*t[i].rows);
	pcsc_rec_file_free(rec->file);
	free(rec);
}

int pcsc_rec_save(struct pcsc_rec *rec, const char *path)
{
	struct pcsc_rec_header *h = &rec->header;
	struct iovec parts[1 + PCSC_TABLES] = { { h, sizeof(*h) } };
	struct pcsc_rec_table t[PCSC_TABLES];

	memset(h->magic, 0, sizeof(h->magic));
	memcpy(h->magic, PCSC_REC_MAGIC, sizeof(PCSC_REC_MAGIC));
	h->version = PCSC_REC_VERSION;
	pcsc_rec_tables(rec, t);
	h->file_size = pcsc_rec_table_at(h, t, PCSC_TABLES);
	h->crc32 = pcsc_rec_header_checksum(*h);
	for (int i = 0; i < PCSC_TABLES; i++) {
		struct iovec *part = &parts[1 + i];

		*part = (struct iovec){ *t[i].rows, t[i].nr * t[i].size };
		if (part->iov_len)
			h->crc32 = crc32_z(h->crc32, part->iov_base,
					   part->iov_len);
	}
	return pcsc_save(path, parts, 1 + PCSC_TABLES, PCSC_SAVE_PRIVATE);
}
