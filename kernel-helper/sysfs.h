/* SPDX-License-Identifier: GPL-2.0-only */
/* /sys/bus/pci/pcsc */
#ifndef PCSC_SYSFS_H
#define PCSC_SYSFS_H

int pcsc_sysfs_create(void);
void pcsc_sysfs_destroy(void);

#endif
