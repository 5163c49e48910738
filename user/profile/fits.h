/* SPDX-License-Identifier: GPL-2.0-only */
/* Which functions of this host a profile's models are for, and which not, and why. */
#ifndef PCSC_PROFILE_FITS_H
#define PCSC_PROFILE_FITS_H

#include "core/walk.h"
#include "host.h"
#include "profile.h"

/* Which keys of @m are not the function's, in a line. */
void fits_print_differences(const struct pcsc_profile_model *m,
			    const struct pcsc_identity *id,
			    const struct pcsc_layout *layout, FILE *out);

/* The model that the helper would take for @f, of a sorted profile; NULL: none. */
const struct profile_model *fits_model(const struct profile *prof,
				       const struct host_function *f);

/*
 * Print how many functions of @devices, sysfs's directory, each model is for, and the
 * functions without one. How many these are, or a negative errno, said.
 */
ssize_t fits_host(struct profile *prof, const char *devices, FILE *out);

#endif
