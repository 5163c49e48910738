// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/key.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "save.h"
#include "talk.h"

#define SCHEME "Bearer "

int key_make(struct key *key)
{
	uint8_t random[KEY_CHARS / 2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		key->text[0] = '\0';
		return pcsc_fail(-EIO, "cannot make a key: %s",
				 strerror(errno));
	}
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(key->text + 2 * i, 3, "%02x", random[i]);
	return 0;
}

int key_write(const struct key *key, const char *path)
{
	const struct iovec line[] = {
		{ (void *)(uintptr_t)key->text, KEY_CHARS },
		{ (void *)(uintptr_t) "\n", 1 },
	};

	/* The directory of the default is ours; of another path it is the user's. */
	if (!strcmp(path, KEY_FILE))
		mkdir("/run/pci-pcsc", 0755);
	return pcsc_save(path, line, 2, PCSC_SAVE_PRIVATE);
}

int key_read(struct key *key, const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file && errno == ENOENT)
		return pcsc_fail(
			-ENOENT,
			"%s is not there: start pcsc-monitor as root, which writes it",
			path);
	if (!file)
		return pcsc_fail(-errno, "%s: %s%s", path, strerror(errno),
				 errno == EACCES ? ": run as root" : "");
	if (fscanf(file, "%32[0-9a-f]", key->text) != 1 ||
	    strlen(key->text) != KEY_CHARS)
		return pcsc_fail(
			-EIO,
			"%s has no key in it: start pcsc-monitor again, which writes it",
			path);
	return 0;
}

bool key_opens(const struct key *key, const char *authorization)
{
	const size_t scheme = strlen(SCHEME);
	unsigned int wrong;
	const char *given;
	size_t n;

	if (!key->text[0] || !authorization ||
	    strncasecmp(authorization, SCHEME, scheme))
		return false;
	given = authorization + scheme;
	n = strlen(given);
	wrong = n != KEY_CHARS;
	/* All of it is looked at, so that the time does not tell how much is right. */
	for (size_t i = 0; i < KEY_CHARS; i++)
		wrong |= (unsigned char)key->text[i] ^
			 (unsigned char)(i < n ? given[i] : 0);
	return !wrong;
}
