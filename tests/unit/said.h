/* SPDX-License-Identifier: GPL-2.0-only */
/* What a tool said on stderr, for tests of its messages. */
#ifndef PCSC_SAID_H
#define PCSC_SAID_H

/* From here on stderr is kept, and not shown. */
void said_start(void);

/* Stop; what was said, in a static buffer. */
const char *said_stop(void);

#endif
