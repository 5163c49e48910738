/* SPDX-License-Identifier: GPL-2.0-only */
/* The profile in force. */
#ifndef PCSC_PROFILE_H
#define PCSC_PROFILE_H

#include <linux/device.h>

#include "uapi/pcsc.h"

/* Takes the locks itself, once the file is read and found good. */
int pcsc_profile_load(int fd, struct pcsc_load *load);
/* Load the one that the module's parameter names; logs why if it is refused. */
void pcsc_profile_from_firmware(struct device *device);
/* Built in: the one that the kernel was built with (image.S). The same. */
extern const char pcsc_image[], pcsc_image_end[];
void pcsc_profile_from_image(void);
void pcsc_profile_destroy(void);

#endif
