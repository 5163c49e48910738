// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/url.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "cleanup.h"
#include "monitor/key.h"
#include "save.h"
#include "talk.h"

const char *url_of(char url[static URL_SIZE], const char *where,
		   const char *key)
{
	snprintf(url, URL_SIZE, "http://%s/#key=%s", where, key);
	return url;
}

const char *url_where(const char *const listen[LISTEN_MAX])
{
	for (int i = 0; i < LISTEN_MAX && listen[i]; i++)
		if (strncmp(listen[i], "unix:", 5))
			return listen[i];
	return NULL;
}

/* The file beside the key in @file, to be freed. */
static char *places_of(const char *file)
{
	char *path;

	return asprintf(&path, "%s.served", file) < 0 ? NULL : path;
}

int url_leave(const struct listener *listeners, int nr, const char *file)
{
	_cleanup_free_ char *path = places_of(file);
	char names[LISTEN_MAX][LISTEN_NAME];
	struct iovec lines[2 * LISTEN_MAX];
	int n = 0;

	if (!path)
		return pcsc_fail(-ENOMEM, "out of memory");
	for (int i = 0; i < nr; i++) {
		if (listeners[i].local)
			continue;
		listen_name(&listeners[i], names[i]);
		lines[n++] = (struct iovec){ names[i], strlen(names[i]) };
		lines[n++] = (struct iovec){ (void *)(uintptr_t) "\n", 1 };
	}
	return pcsc_save(path, lines, n, PCSC_SAVE_PRIVATE);
}

/* All lines of the file beside the key in @file, to be freed; NULL after a sentence. */
static char *read_places(const char *file)
{
	_cleanup_free_ char *path = places_of(file), *text = NULL;
	_cleanup_fclose_ FILE *places = path ? fopen(path, "re") : NULL;
	size_t room = 0;

	if (places && getdelim(&text, &room, '\0', places) > 0)
		return TAKE_PTR(text);
	pcsc_error(
		"%s.served does not say where a browser reaches the daemon: start pcsc-monitor again, with an address and a port",
		file);
	return NULL;
}

/* @where, if it is one of @places, or, if it is NULL, the first of these. */
static const char *place_among(char *places, const char *where)
{
	char *save = NULL, *place = strtok_r(places, "\n", &save);

	while (place && where && strcmp(place, where))
		place = strtok_r(NULL, "\n", &save);
	return place;
}

int url_tell(const char *const listen[LISTEN_MAX], const char *file)
{
	_cleanup_free_ char *places = NULL;
	const char *where = url_where(listen);
	char url[URL_SIZE];
	struct key key;
	int err = key_read(&key, file);

	if (err)
		return err;
	places = read_places(file);
	if (!places)
		return -EIO;
	where = place_among(places, where) ?: "";
	/* Another user's server may be at any other address. */
	if (!*where)
		return pcsc_fail(
			-ECONNREFUSED,
			"the daemon whose key is in %s does not serve at %s: leave out --listen, or start pcsc-monitor as root with it",
			file, url_where(listen));
	/* A daemon that was killed leaves its key. */
	if (!listen_answers(where))
		return pcsc_fail(
			-ECONNREFUSED,
			"%s: nobody answers there any more: start pcsc-monitor as root",
			where);
	puts(url_of(url, where, key.text));
	return pcsc_flush_stdout();
}
