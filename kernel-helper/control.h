/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pci_pcsc */
#ifndef PCSC_CONTROL_H
#define PCSC_CONTROL_H

#include <linux/device.h>

int pcsc_control_create(void);
struct device *pcsc_control_device(void);
void pcsc_control_destroy(void);

#endif
