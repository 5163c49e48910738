// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/profile_id.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "talk.h"

#define EVERY_SECONDS 5
#define FIRST_SECONDS 1
#define STACK_BYTES (128 * 1024)

struct profile_watch {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* it was read, or is to be read no more */
	pthread_t thread;
	const char *dir;
	struct profile_id last;
	bool read, stop;
};

/* The name may have blanks; the digest is the last word, and hexadecimal. */
struct profile_id profile_id_parse(const char *text)
{
	const size_t size = strcspn(text, "\n");
	const char *blank = memrchr(text, ' ', size);
	struct profile_id p = { "", "" };
	size_t name, digest;

	if (!blank)
		return p;
	name = blank - text;
	digest = size - name - 1;
	if (!digest || digest >= sizeof(p.digest) || name >= sizeof(p.name) ||
	    strspn(blank + 1, "0123456789abcdef") != digest)
		return p;
	memcpy(p.name, text, name);
	memcpy(p.digest, blank + 1, digest);
	return p;
}

static struct profile_id read_profile(const char *dir)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *path = NULL;
	char text[128] = "";

	if (asprintf(&path, "%s/profile", dir) < 0) {
		path = NULL;
		return profile_id_parse("");
	}
	file = fopen(path, "re");
	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	return profile_id_parse(text);
}

static struct timespec after(time_t seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	return t;
}

static void *watch(void *data)
{
	struct profile_watch *w = data;
	struct profile_id p;
	struct timespec next;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		pthread_mutex_unlock(&w->lock);
		p = read_profile(w->dir);
		pthread_mutex_lock(&w->lock);
		w->last = p;
		w->read = true;
		pthread_cond_broadcast(&w->changed);
		next = after(EVERY_SECONDS);
		while (!w->stop &&
		       !pthread_cond_timedwait(&w->changed, &w->lock, &next))
			;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static int start_thread(struct profile_watch *w)
{
	pthread_attr_t attr;
	int err = pthread_attr_init(&attr);

	if (err)
		return err;
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	err = pthread_create(&w->thread, &attr, watch, w);
	pthread_attr_destroy(&attr);
	return err;
}

static void init_lock(struct profile_watch *w)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->changed, &attr);
	pthread_condattr_destroy(&attr);
}

struct profile_watch *profile_watch_start(const char *dir)
{
	struct profile_watch *w = calloc(1, sizeof(*w));
	const struct timespec first = after(FIRST_SECONDS);
	int err = ENOMEM;

	if (w) {
		w->dir = dir;
		init_lock(w);
		err = start_thread(w);
	}
	if (err) {
		pcsc_error("cannot watch %s/profile: %s", dir, strerror(err));
		free(w);
		return NULL;
	}
	pthread_mutex_lock(&w->lock);
	while (!w->read &&
	       !pthread_cond_timedwait(&w->changed, &w->lock, &first))
		;
	pthread_mutex_unlock(&w->lock);
	return w;
}

/* A thread that waits in the kernel cannot be waited for: it ends with the program. */
void profile_watch_stop(struct profile_watch *w)
{
	const struct timespec end = after(FIRST_SECONDS);

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (!pthread_clockjoin_np(w->thread, NULL, CLOCK_MONOTONIC, &end))
		free(w);
}

struct profile_id profile_watch_last(struct profile_watch *w)
{
	struct profile_id p = profile_id_parse("");

	if (!w)
		return p;
	pthread_mutex_lock(&w->lock);
	p = w->last;
	pthread_mutex_unlock(&w->lock);
	return p;
}
