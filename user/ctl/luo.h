/* SPDX-License-Identifier: GPL-2.0-only */
/* An agent of the live update orchestrator (LUO), for the helper's lines alone. */
#ifndef PCSC_CTL_LUO_H
#define PCSC_CTL_LUO_H

/*
 * Preserve the node @fd in a session, and run @command with that session open: it is over
 * when the command ends. Returns only after a failure: a negative errno after a sentence.
 */
int luo_preserve(int fd, char **command);

/* Retrieve the node from the session of the last kernel, and finish that session. */
int luo_retrieve(void);

/* Finish that session without retrieving anything. */
int luo_finish(void);

#endif
