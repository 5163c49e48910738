/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel tells: devices that come and go, sleep. */
#ifndef PCSC_NOTIFY_H
#define PCSC_NOTIFY_H

int pcsc_notify_register(void);
void pcsc_notify_unregister(void);

#endif
