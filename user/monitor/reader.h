/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that asks the helper for what is root's. It is apart for three
 * reasons. The process that reads requests needs no rights then. A helper that is
 * busy keeps nobody waiting: only this process sleeps. And it opens the device for each
 * question, because an open one keeps the module from being unloaded.
 */
#ifndef PCSC_MONITOR_READER_H
#define PCSC_MONITOR_READER_H

/*
 * Start it, before rights are dropped. It answers each struct sample_ask with a
 * sample; it ends when the descriptor is closed. @file: of --state, read in the
 * place of the device, or NULL. A descriptor, or a negative errno after a sentence.
 */
int reader_start(const char *file);

#endif
