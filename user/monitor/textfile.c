// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/textfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "monitor/exporter.h"
#include "save.h"
#include "talk.h"

static int write_once(const struct textfile *t, struct exporter *e)
{
	_cleanup_free_ char *text = NULL;
	struct iovec part;
	int err = exporter_scrape(e, METRICS_PROMETHEUS, &text, &part.iov_len);

	if (err)
		return err;
	part.iov_base = text;
	return pcsc_replace(t->path, &part, 1, 0644);
}

int textfile_start(struct textfile *t, const char *dir, struct exporter *e)
{
	int err;

	if (asprintf(&t->path, "%s/pcsc.prom", dir) < 0) {
		t->path = NULL;
		return pcsc_fail(-ENOMEM, "out of memory");
	}
	err = write_once(t, e);
	if (!err)
		return 0;
	pcsc_error(
		"--textfile: cannot write '%s': %s; give the directory of node_exporter's --collector.textfile.directory, which this user may write to",
		t->path, strerror(-err));
	free(TAKE_PTR(t->path));
	return err;
}

void textfile_write(struct textfile *t, struct exporter *e)
{
	int err = t->path ? write_once(t, e) : 0;

	if (err && !t->failing)
		pcsc_error(
			"cannot write '%s': %s; what is there is old until it can be written again",
			t->path, strerror(-err));
	else if (!err && t->failing)
		pcsc_warn("'%s' is written again", t->path);
	t->failing = err;
}

void textfile_end(struct textfile *t)
{
	if (t->path && unlink(t->path) && errno != ENOENT)
		pcsc_warn("cannot remove '%s': %s; remove it by hand", t->path,
			  strerror(errno));
	free(TAKE_PTR(t->path));
}
