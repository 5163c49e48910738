/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pci_pcsc */
#ifndef PCSC_CONTROL_H
#define PCSC_CONTROL_H

#include <linux/device.h>
#include <linux/fs.h>

int pcsc_control_create(void);
struct device *pcsc_control_device(void);
void pcsc_control_destroy(void);

/* Is @file the node, opened? */
bool pcsc_control_is(const struct file *file);

/*
 * The node, opened for a session of the live update orchestrator by somebody with the
 * rights to open it; or an ERR_PTR.
 */
struct file *pcsc_control_file(void);

#endif
