// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "monitor/clock.h"
#include "talk.h"

#define LINE 32768 /* longer than any that pcsc-trace writes */
#define SILENT_MS 5000 /* it writes a line each second */

/* [is a write] */
struct second {
	struct pcsc_rec_hist of[2];
	uint64_t ms; /* that it lasted: a busy host may be late */
};

/* The members of struct pcsc_rec_losses, as JSON names them. */
const char *const tracer_losses[TRACER_LOSSES] = { "map_full", "inflight",
						   "recursion" };

struct tracer {
	pid_t pid; /* 0: it has been waited for */
	int fd; /* -1: it has ended */
	uint64_t lines; /* that it has told, each of about a second */
	uint64_t ms; /* that they lasted */
	int64_t told_ms; /* when it told the last, since 1970 */
	uint64_t heard_ms; /* when that came, by our clock */
	uint64_t lost[TRACER_LOSSES];
	struct pcsc_latencies all[2];
	struct second recent[TRACER_RECENT];
	size_t used;
	char line[LINE];
	char reason[160]; /* empty: it runs */
};

/* ---- the process ---- */

static void __attribute__((noreturn)) begin(int fd, pid_t parent)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	dup2(null, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	execlp("pcsc-trace", "pcsc-trace", "hist", "-j", "1", NULL);
	pcsc_error(
		"--trace: pcsc-trace cannot be run: %s: it is to be in a directory of PATH",
		strerror(errno));
	_exit(127);
}

int tracer_start(struct tracer **tracer)
{
	_cleanup_free_ struct tracer *t = calloc(1, sizeof(*t));
	const pid_t parent = getpid();
	int ends[2];

	if (!t || pipe2(ends, O_CLOEXEC))
		return pcsc_fail(-errno, "cannot start pcsc-trace: %s",
				 strerror(errno));
	t->pid = fork();
	if (!t->pid)
		begin(ends[1], parent);
	close(ends[1]);
	if (t->pid < 0) {
		close(ends[0]);
		return pcsc_fail(-EAGAIN, "cannot start pcsc-trace");
	}
	t->fd = ends[0];
	fcntl(t->fd, F_SETFL, O_NONBLOCK);
	*tracer = TAKE_PTR(t);
	return 0;
}

/*
 * Its standard output ends before it does: what it attached takes the kernel seconds to take
 * away, for which nobody is kept waiting.
 */
static void bury(struct tracer *t)
{
	int status;

	if (t->pid <= 0 || waitpid(t->pid, &status, WNOHANG) != t->pid)
		return;
	t->pid = 0;
	if (WIFEXITED(status))
		snprintf(t->reason, sizeof(t->reason),
			 "pcsc-trace has ended with status %d",
			 WEXITSTATUS(status));
	else
		snprintf(t->reason, sizeof(t->reason),
			 "pcsc-trace was ended by signal %d", WTERMSIG(status));
	pcsc_warn("%s: latencies are not measured any more", t->reason);
}

/* One that has more rights than we have ends when it writes next. */
void tracer_stop(struct tracer *t)
{
	if (!t)
		return;
	if (t->pid > 0)
		kill(t->pid, SIGTERM);
	pcsc_closep(&t->fd);
	free(t);
}

/* ---- what it says ---- */

static bool take_slot(struct pcsc_rec_hist *h, const json_t *slot)
{
	json_int_t from, count;

	if (json_unpack((json_t *)(uintptr_t)slot, "{s:I, s:I}", "from_ns",
			&from, "count", &count) ||
	    from < 0 || count < 0 || count > UINT32_MAX)
		return false;
	h->slots[pcsc_slot_of(from)] += count;
	return true;
}

static bool take_hist(struct pcsc_rec_hist *h, const json_t *from)
{
	json_int_t count, sum, max;
	json_t *slots;
	size_t i;

	if (json_unpack((json_t *)(uintptr_t)from, "{s:I, s:I, s:I, s:o}",
			"count", &count, "sum_ns", &sum, "max_ns", &max,
			"slots", &slots) ||
	    count < 0 || sum < 0 || max < 0)
		return false;
	h->count = count;
	h->sum_ns = sum;
	h->max_ns = max;
	for (i = 0; i < json_array_size(slots); i++)
		if (!take_slot(h, json_array_get(slots, i)))
			return false;
	return true;
}

static void take_losses(struct tracer *t, const json_t *from)
{
	for (int i = 0; i < TRACER_LOSSES; i++)
		t->lost[i] = json_integer_value(
			json_object_get(from, tracer_losses[i]));
}

/* How long it lasted; a clock that was set is not believed. */
static uint64_t take_time(struct tracer *t, const json_t *stamp)
{
	const int64_t now = json_integer_value(stamp),
		      ms = t->lines ? now - t->told_ms : 0;

	t->told_ms = now;
	return ms > 0 && ms < TRACER_RECENT * 1000 ? ms : 1000;
}

static bool take_second(struct tracer *t, struct second *now, const json_t *all)
{
	static const char *const keys[2] = { "reads", "writes" };

	for (int w = 0; w < 2; w++) {
		const json_t *of = json_object_get(all, keys[w]);

		now->of[w].is_write = w;
		if (!of || !take_hist(&now->of[w], of))
			return false;
	}
	now->ms = take_time(t, json_object_get(all, "time_ms"));
	take_losses(t, json_object_get(all, "losses"));
	return true;
}

static void take_line(struct tracer *t, const char *line, size_t size)
{
	struct second now = {};
	json_t *all = json_loadb(line, size, 0, NULL);
	const bool good = all && take_second(t, &now, all);

	json_decref(all);
	if (!good) {
		pcsc_warn("pcsc-trace has written what is no histogram");
		return;
	}
	for (int w = 0; w < 2; w++)
		pcsc_latencies_add(&t->all[w], &now.of[w]);
	t->heard_ms = now_ms();
	t->ms += now.ms;
	t->recent[t->lines++ % TRACER_RECENT] = now;
}

static void take_lines(struct tracer *t)
{
	char *begin = t->line, *newline;
	char *const stop = t->line + t->used;

	while ((newline = memchr(begin, '\n', stop - begin))) {
		take_line(t, begin, newline - begin);
		begin = newline + 1;
	}
	t->used = stop - begin;
	memmove(t->line, begin, t->used);
	/* No line of ours is so long: what it was is not told. */
	if (t->used == LINE)
		t->used = 0;
}

void tracer_run(struct tracer *t)
{
	ssize_t n;

	if (!t)
		return;
	if (t->fd < 0) {
		bury(t);
		return;
	}
	n = read(t->fd, t->line + t->used, LINE - t->used);
	if (n > 0) {
		t->used += n;
		take_lines(t);
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		close(TAKE_FD(t->fd));
		snprintf(t->reason, sizeof(t->reason), "pcsc-trace ends");
	}
}

int tracer_fd(const struct tracer *t)
{
	return t ? t->fd : -1;
}

/* ---- what is told of it ---- */

const char *tracer_reason(const struct tracer *t)
{
	if (!t)
		return "nobody has asked for it: pcsc-monitor --trace, as root, measures latencies";
	if (t->reason[0])
		return t->reason;
	if (!t->lines)
		return "pcsc-trace begins";
	if (now_ms() - t->heard_ms > SILENT_MS)
		return "pcsc-trace has said nothing for more than 5 seconds";
	return NULL;
}

const struct pcsc_latencies *tracer_all(const struct tracer *t, bool is_write)
{
	return &t->all[is_write];
}

uint64_t tracer_lost(const struct tracer *t, unsigned int reason)
{
	return t->lost[reason];
}

static void put_losses(struct pcsc_jsonw *w, const struct tracer *t)
{
	pcsc_jsonw_object(w, "losses");
	for (int i = 0; i < TRACER_LOSSES; i++)
		pcsc_jsonw_uint(w, tracer_losses[i], t->lost[i]);
	pcsc_jsonw_end(w);
}

static void put(struct pcsc_jsonw *w, const char *key,
		const struct pcsc_latencies of[2])
{
	pcsc_jsonw_object(w, key);
	for (int i = 0; i < 2; i++) {
		pcsc_jsonw_object(w, i ? "writes" : "reads");
		pcsc_latencies_json(w, &of[i]);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_end(w);
}

static void put_seconds(struct pcsc_jsonw *w, const struct tracer *t)
{
	struct pcsc_latencies recent[2] = {};
	uint64_t n = t->lines < TRACER_RECENT ? t->lines : TRACER_RECENT;
	uint64_t ms = 0;

	for (uint64_t i = 0; i < n; i++) {
		ms += t->recent[i].ms;
		for (int of = 0; of < 2; of++)
			pcsc_latencies_add(&recent[of], &t->recent[i].of[of]);
	}
	pcsc_jsonw_uint(w, "seconds", (t->ms + 500) / 1000);
	pcsc_jsonw_uint(w, "recent_seconds", (ms + 500) / 1000);
	put_losses(w, t);
	put(w, "recent", recent);
	put(w, "all", t->all);
}

void tracer_json(FILE *out, const struct tracer *t)
{
	struct pcsc_jsonw w = { .file = out, .compact = true };
	const char *reason = tracer_reason(t);

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_bool(&w, "asked", t);
	pcsc_jsonw_bool(&w, "traced", !reason);
	if (reason)
		pcsc_jsonw_string(&w, "reason", reason);
	if (t && t->lines)
		put_seconds(&w, t);
	pcsc_jsonw_end(&w);
}
