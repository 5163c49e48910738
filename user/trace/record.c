// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "boot.h"
#include "cleanup.h"
#include "command.h"
#include "marks.h"
#include "self.h"
#include "talk.h"

/* ---- the recording ---- */

#define USUAL_EVENTS (16u << 20)

/* What is recorded, and where it goes. */
struct session {
	struct pcsc_tracer tracer;
	struct pcsc_inventory inv;
	struct pcsc_served served;
	struct pcsc_boot boot;
	struct pcsc_marks marks;
	int self; /* while it is open the kernel measures our programs; -1: not */
	const struct pcsc_record_options *options;
	pid_t flusher; /* writes what there was at flush_ns; 0: nobody does */
	uint64_t flush_ns; /* CLOCK_MONOTONIC, as next_flush */
	uint64_t next_flush;
};

static void session_end(struct session *s)
{
	pcsc_tracer_close(&s->tracer);
	pcsc_inv_free(&s->inv);
	pcsc_boot_end(&s->boot);
	pcsc_marks_close(&s->marks);
	if (s->self >= 0)
		close(s->self);
}

/* Found out before an hour is spent on it. */
static int check_path(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	struct stat st;

	if (pcsc_is_standard(path))
		return 0;
	if (!copy)
		return pcsc_fail(-ENOMEM, "no memory left");
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return pcsc_fail(-EINVAL, "'%s' is not a regular file", path);
	if (access(dirname(copy), W_OK | X_OK))
		return pcsc_fail(-errno, "cannot write '%s': %s", path,
				 strerror(errno));
	return 0;
}

static void say_served(void)
{
	pcsc_warn(
		"the helper's mode was 'on' while this was recorded, so memory may have answered: pcsc-profile generate takes no evidence from it; to make a profile, record in mode 'off' or 'shadow'");
}

static void say_summary(const struct pcsc_rec *rec, const char *path)
{
	const struct pcsc_rec_header *h = &rec->header;
	uint64_t accesses = 0;
	uint32_t functions = 0, last = UINT32_MAX;

	for (uint32_t i = 0; i < h->nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];

		accesses += r->reads + r->writes + r->errors;
		functions += r->function != last;
		last = r->function;
	}
	fprintf(stderr, "%s: %llu %s to %u %s of %u %s in %.3f s, %s: %s\n",
		pcsc_program, (unsigned long long)accesses,
		pcsc_noun(accesses, "access", "accesses"), h->nr_registers,
		pcsc_noun(h->nr_registers, "register", "registers"), functions,
		pcsc_noun(functions, "function", "functions"),
		h->duration_ns / 1e9,
		h->flags & PCSC_REC_INCOMPLETE ? "some lost" : "none lost",
		path);
	if (h->flags & PCSC_REC_INCOMPLETE)
		pcsc_say_losses("the recording", &h->losses);
	if (h->events_lost)
		pcsc_warn(
			"%llu of these accesses are counted, but could not be kept one by one (see --max-events)",
			(unsigned long long)h->events_lost);
	if (h->flags & PCSC_REC_SERVED)
		say_served();
}

static int compare_marks(const void *pa, const void *pb)
{
	const struct pcsc_rec_mark *a = pa, *b = pb;

	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Those that were made while the accesses were counted. */
static int copy_marks(const struct session *s, struct pcsc_rec *rec)
{
	const struct pcsc_tracer *t = &s->tracer;

	rec->marks = calloc(s->marks.nr + 1, sizeof(*rec->marks));
	if (!rec->marks)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < s->marks.nr; i++) {
		struct pcsc_rec_mark mark = s->marks.rows[i];

		if (mark.ns < t->started_ns || mark.ns > t->stopped_ns)
			continue;
		mark.ns -= t->started_ns;
		rec->marks[rec->header.nr_marks++] = mark;
	}
	qsort(rec->marks, rec->header.nr_marks, sizeof(*rec->marks),
	      compare_marks);
	return 0;
}

static int save(struct session *s, uint32_t flags, struct pcsc_rec **out)
{
	int err = pcsc_collect(&s->tracer, &s->inv, out);

	if (!err)
		err = copy_marks(s, *out);
	if (err)
		return err;
	(*out)->header.flags |= flags;
	pcsc_boot_fill(&s->boot, &(*out)->header);
	if (s->served.yes)
		(*out)->header.flags |= PCSC_REC_SERVED;
	return pcsc_rec_save(*out, s->options->path);
}

static int finish(struct session *s)
{
	struct pcsc_rec *rec = NULL;
	int err;

	/* What it writes is older, and must not come last. */
	if (s->flusher)
		waitpid(s->flusher, NULL, 0);
	pcsc_boot_follow(&s->boot, s->tracer.stopped_ns - s->tracer.started_ns);
	err = pcsc_inv_scan(&s->inv, PCSC_DEVICES) ?: save(s, 0, &rec);
	if (!err)
		say_summary(rec, s->options->path);
	pcsc_rec_free(rec);
	return err;
}

/* ---- while it runs ---- */

/* A large recording takes long to write: at most a hundredth of the time goes there. */
#define FLUSH_SHARE 100

/*
 * What there is now; if we are killed, it is what remains. In a process of its own, for
 * accesses that are kept one by one have to be fetched meanwhile.
 */
static void flush(struct session *s, uint64_t now)
{
	struct pcsc_rec *rec = NULL;

	s->flush_ns = now;
	s->next_flush = UINT64_MAX;
	s->flusher = fork();
	if (s->flusher > 0)
		return;
	if (!s->flusher) {
		s->tracer.stopped_ns = now;
		_exit(save(s, PCSC_REC_INCOMPLETE | PCSC_REC_UNFINISHED, &rec) ?
			      PCSC_EXIT_TROUBLE :
			      PCSC_EXIT_OK);
	}
	pcsc_warn(
		"nothing is written before the end: cannot make a process: %s",
		strerror(errno));
	s->flusher = 0;
}

static void plan_flush(struct session *s, uint64_t now)
{
	uint64_t interval = s->options->flush_seconds * 1e9;

	if (!s->flusher || waitpid(s->flusher, NULL, WNOHANG) != s->flusher)
		return;
	s->flusher = 0;
	if (interval < FLUSH_SHARE * (now - s->flush_ns))
		interval = FLUSH_SHARE * (now - s->flush_ns);
	s->next_flush = now + interval;
}

#define LOOK_NS 1000000000ull

static void look_around(struct session *s, uint64_t now)
{
	pcsc_boot_follow(&s->boot, now - s->tracer.started_ns);
	/* Drivers come and go, too; those of user space are worth a note. */
	pcsc_tracer_look_around(&s->tracer, &s->inv, now);
	pcsc_events_fetch(&s->tracer.events);
	pcsc_marks_fetch(&s->marks);
	plan_flush(s, now);
	if (now >= s->next_flush && !pcsc_is_standard(s->options->path))
		flush(s, now);
}

/* Until the time is over, the command has ended or a signal says so. */
static void watch(struct session *s, struct pcsc_command_run *c,
		  const sigset_t *signals)
{
	const double seconds = s->options->seconds;
	uint64_t deadline = seconds > 0 ? pcsc_now_ns(CLOCK_MONOTONIC) +
						  (uint64_t)(seconds * 1e9) :
					  UINT64_MAX;
	bool has_command = c->pid;

	for (;;) {
		uint64_t now = pcsc_now_ns(CLOCK_MONOTONIC);
		uint64_t pause =
			s->options->wanted.events ? PCSC_EVENTS_NS : LOOK_NS;
		int sig;

		if (now >= deadline)
			return;
		if (deadline - now < pause)
			pause = deadline - now;
		sig = pcsc_wait_a_while(signals, pause);
		if (sig > 0 && sig != SIGCHLD)
			return;
		if (has_command && pcsc_command_ended(c))
			return;
		if (sig < 0 && errno == EAGAIN)
			look_around(s, pcsc_now_ns(CLOCK_MONOTONIC));
		pcsc_served_look(&s->served);
	}
}

static int record(struct session *s, struct pcsc_command_run *c,
		  const sigset_t *signals)
{
	const struct pcsc_record_options *o = s->options;
	int err = pcsc_inv_scan(&s->inv, PCSC_DEVICES) ?:
			  pcsc_tracer_open(&s->tracer, &s->inv, &o->wanted,
					   o->max_registers);

	if (!err && o->wanted.events)
		err = pcsc_events_open(&s->tracer.events, s->tracer.skel,
				       o->max_events ?: USUAL_EVENTS);
	if (!err && o->self_stats)
		err = s->self = pcsc_self_measure();
	if (err < 0)
		return err;
	pcsc_served_begin(&s->served, PCSC_HELPER_DIR);
	pcsc_marks_open(&s->marks);
	pcsc_tracer_start(&s->tracer);
	pcsc_boot_recording(&s->boot);
	s->next_flush = s->tracer.started_ns + o->flush_seconds * 1e9;
	err = pcsc_command_go(c, signals);
	if (err)
		return err;
	watch(s, c, signals);
	pcsc_tracer_stop(&s->tracer);
	pcsc_events_fetch(&s->tracer.events);
	pcsc_marks_end(&s->marks);
	pcsc_served_look(&s->served);
	if (s->self >= 0)
		pcsc_self_say(&s->tracer);
	return finish(s);
}

static int check_options(const struct pcsc_record_options *o)
{
	/* A boot is recorded to a file that another process can find. */
	if (o->boot && (o->command || pcsc_is_standard(o->path)))
		pcsc_error(
			"--boot goes neither with a COMMAND nor with '-o -'");
	else if (o->max_events && !o->wanted.events)
		pcsc_error(
			"--max-events means nothing without --events, which keeps each access on its own");
	else
		return PCSC_EXIT_OK;
	return PCSC_EXIT_USAGE;
}

int pcsc_record(const struct pcsc_record_options *options)
{
	struct pcsc_record_options o = *options;
	_cleanup_(session_end) struct session s = {
		.options = &o,
		.boot = { .ready = -1, .proc = -1 },
		.marks = { .fd = -1 },
		.self = -1,
	};
	_cleanup_(
		pcsc_command_cleanup) struct pcsc_command_run c = { .go = -1 };
	int err, status = check_options(&o);
	sigset_t signals, before;

	if (status)
		return status;
	err = pcsc_tracer_check()		   ?:
		      pcsc_wanted_check(&o.wanted) ?:
						     check_path(o.path);
	if (!err && o.boot)
		err = pcsc_boot_begin(&s.boot, o.title, &o.path, &status);
	if (err)
		return err < 0 ? pcsc_exit_of(err) : status;
	pcsc_block_signals(&signals, &before);
	if (o.command)
		err = pcsc_command_fork(&c, o.command, &before);
	if (!err)
		err = record(&s, &c, &signals);
	if (err)
		return pcsc_exit_of(err);
	return o.command ? pcsc_command_status(&c, o.command[0]) : PCSC_EXIT_OK;
}
