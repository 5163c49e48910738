// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "monitor/key.h"
#include "talk.h"

const char *url_of(char url[static URL_SIZE], const char *where,
		   const char *key)
{
	snprintf(url, URL_SIZE, "http://%s/#key=%s", where, key);
	return url;
}

const char *url_where(const char *const listen[LISTEN_MAX])
{
	if (!listen[0])
		return URL_LISTEN;
	for (int i = 0; i < LISTEN_MAX && listen[i]; i++)
		if (strncmp(listen[i], "unix:", 5))
			return listen[i];
	return NULL;
}

int url_tell(const char *const listen[LISTEN_MAX], const char *file)
{
	const char *where = url_where(listen);
	char url[URL_SIZE];
	struct key key;
	int err = key_read(&key, file);

	if (err)
		return err;
	/* A daemon that was killed leaves its key. */
	if (!listen_answers(where))
		return pcsc_fail(
			-ECONNREFUSED,
			"%s: nobody answers there: start pcsc-monitor as root, or give the address at which it serves by --listen",
			where);
	puts(url_of(url, where, key.text));
	return pcsc_flush_stdout();
}
