/* SPDX-License-Identifier: GPL-2.0-only */
/* The helper's node in a session of the live update orchestrator (LUO). */
#ifndef PCSC_LUO_H
#define PCSC_LUO_H

/* Once the node can be opened. Never fails: without LUO a kexec hands over as ever. */
void pcsc_luo_register(void);

#endif
