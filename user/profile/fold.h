/* SPDX-License-Identifier: GPL-2.0-only */
/* One function after the other, folded into what is known of their model. */
#ifndef PCSC_PROFILE_FOLD_H
#define PCSC_PROFILE_FOLD_H

#include "observe.h"

/* Add @fn of @host, which lasts as long as @model, to a model with bytes. */
void fold(struct observed_model *model, const struct image *image,
	  const struct pcsc_layout *layout, const struct pcsc_rec_function *fn,
	  const char *host);

#endif
