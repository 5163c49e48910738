/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's notifications: devices come and go, and the host sleeps. */
#ifndef PCSC_NOTIFY_H
#define PCSC_NOTIFY_H

int pcsc_notify_register(void);
void pcsc_notify_unregister(void);

#endif
