/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown, as text and as JSON, on standard output. */
#ifndef PCSC_TOP_BATCH_H
#define PCSC_TOP_BATCH_H

#include "top/model.h"
#include "top/table.h"

struct batch_style {
	double interval;
	const char *dir; /* of stats */
	uint32_t width; /* columns of text; 0: all there are */
	uint32_t lines; /* functions; 0: all that match */
};

void batch_text(const struct model *m, const struct table *t,
		const struct batch_style *style);

/* One line. */
void batch_json(const struct model *m, const struct table *t,
		const struct batch_style *style);

#endif
