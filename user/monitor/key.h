/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key to what is root's. Every user of this host can reach a loopback port, so
 * state of single functions is answered only to a peer who knows what root alone
 * can read: a random word in a file of mode 0600.
 */
#ifndef PCSC_MONITOR_KEY_H
#define PCSC_MONITOR_KEY_H

#include <stdbool.h>

#define KEY_FILE "/run/pci-pcsc/monitor.key"
#define KEY_CHARS 32 /* 128 bits */

struct key {
	char text[KEY_CHARS +
		  1]; /* "": there is none, and nothing matches it */
};

/* A new one. 0, or a negative errno after a sentence. */
int key_make(struct key *key);

/* 0, or a negative errno after a sentence. */
int key_write(const struct key *key, const char *path);
int key_read(struct key *key, const char *path);

/* Whether an Authorization header has it. Takes as long for any wrong one. */
bool key_opens(const struct key *key, const char *authorization);

#endif
