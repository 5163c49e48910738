/* SPDX-License-Identifier: GPL-2.0-only */
/* What models are matched with, from what was recorded of a function. */
#ifndef PCSC_PROFILE_IDENTITY_H
#define PCSC_PROFILE_IDENTITY_H

#include "core/profile.h"
#include "recording.h"

static inline struct pcsc_identity
identity_of(const struct pcsc_rec_function *rec)
{
	return (struct pcsc_identity){
		.vendor = rec->vendor,
		.device = rec->device,
		.subvendor = rec->subvendor,
		.subdevice = rec->subdevice,
		.class_code = rec->class_code,
		.revision = rec->revision,
		.is_vf = rec->flags & PCSC_REC_FN_VF,
		.on_root_bus = rec->flags & PCSC_REC_FN_ROOT_BUS,
	};
}

#endif
