/* SPDX-License-Identifier: GPL-2.0-only */
/* Events for user space, posted without a lock; see uapi/pcsc.h. */
#ifndef PCSC_EVENTS_H
#define PCSC_EVENTS_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/types.h>

#include "object.h"
#include "uapi/pcsc.h"

/* Any context. */
void pcsc_event_post(const struct pcsc_event *event);
void pcsc_event(u32 kind, u32 detail);
void pcsc_event_of(u32 kind, const struct pcsc_function *f, u32 detail);

/* Readers of the device node. */
int pcsc_events_open(struct file *file);
void pcsc_events_close(struct file *file);
ssize_t pcsc_events_read(struct file *file, char __user *to, size_t size);
__poll_t pcsc_events_poll(struct file *file, struct poll_table_struct *table);
void pcsc_events_stop(void);

#endif
