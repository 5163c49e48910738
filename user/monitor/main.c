// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcsc-monitor: the helper's totals, as lines, as Prometheus metrics, as a page.
 * It only reads, needs no rights, and nothing depends on it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "cleanup.h"
#include "monitor/clock.h"
#include "monitor/detail.h"
#include "monitor/exporter.h"
#include "monitor/history.h"
#include "monitor/http.h"
#include "monitor/key.h"
#include "monitor/lines.h"
#include "monitor/listen.h"
#include "monitor/privileges.h"
#include "monitor/service.h"
#include "totals.h"
#include "monitor/textfile.h"
#include "monitor/tracer.h"
#include "monitor/url.h"
#include "options.h"
#include "talk.h"

#define LEAST_INTERVAL 0.1
#define MOST_INTERVAL 86400

struct options {
	struct pcsc_call call;
	const char *dir;
	const char *listen[LISTEN_MAX];
	const char *textfile; /* a directory, or NULL */
	const char *user; /* whom to become, or NULL */
	const char *key; /* the file of it */
	const char *
		state; /* a file in the place of the helper's device, or NULL */
	bool url;
	bool trace;
	bool no_http;
	bool quiet;
	double interval;
	uint32_t count; /* lines; 0: until told to stop */
};

struct monitor {
	const struct options *o;
	struct exporter exporter;
	struct listener listeners[LISTEN_MAX];
	int nr_listeners;
	struct http *http;
	struct history *history; /* only if HTTP is served */
	struct detail *detail; /* NULL: there is no way to it */
	struct tracer *tracer; /* NULL: nobody has asked for it */
	struct lines lines;
	struct textfile textfile;
	int timer; /* of lines and of the textfile */
	int history_timer;
	int watchdog_timer;
	int signals;
};

static void remember(struct monitor *m)
{
	struct stats s;

	stats_read(&s, m->o->dir);
	history_add(m->history, &s, now_ms());
}

/* ---- waiting --------------------------------------------------------------- */

static int make_timer(double interval)
{
	struct itimerspec every = { 0 };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	every.it_interval.tv_sec = (time_t)interval;
	every.it_interval.tv_nsec = (long)((interval - (time_t)interval) * 1e9);
	every.it_value = every.it_interval;
	if (fd >= 0 && timerfd_settime(fd, 0, &every, NULL)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int make_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool expired(int timer)
{
	uint64_t ticks;

	return read(timer, &ticks, sizeof(ticks)) == sizeof(ticks);
}

static bool done(const struct monitor *m)
{
	return m->o->count && m->lines.printed >= m->o->count;
}

/* It ends at a signal, after one more line, or with enough lines, or at an error. */
static int loop(struct monitor *m)
{
	struct pollfd fds[] = {
		{ .fd = m->signals, .events = POLLIN },
		{ .fd = m->timer, .events = POLLIN },
		{ .fd = m->history_timer, .events = POLLIN },
		{ .fd = m->watchdog_timer, .events = POLLIN },
		{ .fd = m->http ? http_fd(m->http) : -1, .events = POLLIN },
		{ .fd = detail_fd(m->detail), .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	struct pollfd *const tracer = &fds[ARRAY_SIZE(fds) - 1];
	int err = lines_sample(&m->lines);

	while (!err && !done(m)) {
		tracer->fd = tracer_fd(m->tracer);
		if (poll(fds, ARRAY_SIZE(fds),
			 m->http ? http_timeout_ms(m->http) : -1) < 0)
			return errno == EINTR ? 0 : -errno;
		if (fds[0].revents)
			return lines_sample(&m->lines);
		if (expired(m->history_timer))
			remember(m);
		if (expired(m->watchdog_timer))
			service_tell("WATCHDOG=1");
		tracer_run(m->tracer);
		if (m->detail)
			detail_run(m->detail);
		if (m->http)
			http_run(m->http);
		if (expired(m->timer)) {
			err = lines_sample(&m->lines);
			textfile_write(&m->textfile, &m->exporter);
		}
	}
	return err;
}

static void monitor_end(struct monitor *m)
{
	http_stop(m->http);
	detail_stop(m->detail);
	tracer_stop(m->tracer);
	for (int i = 0; i < m->nr_listeners; i++)
		listen_close(&m->listeners[i]);
	textfile_end(&m->textfile);
	history_free(m->history);
	profile_watch_stop(m->exporter.profile);
	pcsc_closep(&m->history_timer);
	pcsc_closep(&m->watchdog_timer);
	pcsc_closep(&m->timer);
	pcsc_closep(&m->signals);
}

/*
 * The helper's own directory comes and goes with the helper. Another one that
 * has no numbers at the start was named by mistake.
 */
static int check_dir(const char *dir)
{
	struct stats s;
	int err;

	if (!strcmp(dir, PCSC_STATS_DIR))
		return 0;
	err = stats_read(&s, dir);
	if (err)
		return stats_explain(err, dir);
	if (!s.up)
		return pcsc_fail(
			-ENODEV,
			"%s: there is no readable file 'stats' in it; give a directory that is a copy of " PCSC_STATS_DIR,
			dir);
	return 0;
}

/* Another host's totals have no functions here. */
static bool has_detail(const struct options *o)
{
	if (o->no_http || (!o->state && strcmp(o->dir, PCSC_STATS_DIR)))
		return false;
	if (o->state || !geteuid())
		return true;
	pcsc_info(
		"there are totals only: which functions they are of is root's to see");
	return false;
}

static void tell_page(struct monitor *m)
{
	char where[LISTEN_NAME], url[URL_SIZE];

	for (int i = 0; i < m->nr_listeners; i++)
		if (!m->listeners[i].local)
			pcsc_info(
				"the page, with the key to what is root's: %s",
				url_of(url,
				       listen_name(&m->listeners[i], where),
				       detail_key(m->detail)));
}

/* Once we listen: a daemon that cannot must leave the other's key alone. */
static void lock(struct monitor *m)
{
	if (!m->detail)
		return;
	if (detail_lock(m->detail, m->o->key)) {
		pcsc_warn("so there are totals only, and nothing of functions");
		return;
	}
	url_leave(m->listeners, m->nr_listeners, m->o->key);
	tell_page(m);
}

static int serve(struct monitor *m)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	m->history =
		history_new((uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	if (!m->history)
		return pcsc_fail(-ENOMEM, "out of memory");
	m->history_timer = make_timer(HISTORY_INTERVAL);
	if (m->history_timer < 0)
		return pcsc_fail(-errno, "cannot wait: %s", strerror(errno));
	remember(m);
	return http_start(&m->http, m->listeners, m->nr_listeners, &m->exporter,
			  m->history, m->detail);
}

static int open_listeners(struct monitor *m)
{
	const int n = listen_all(m->listeners, m->o->listen, URL_LISTEN);

	if (n < 0)
		return n;
	m->nr_listeners = n;
	return 0;
}

static int start(struct monitor *m)
{
	const struct options *o = m->o;
	int err = 0;

	if (!o->no_http)
		err = open_listeners(m);
	if (!err)
		lock(m);
	if (!err && o->user)
		err = privileges_drop(o->user);
	if (err || (o->no_http && !o->textfile))
		return err;
	m->exporter.profile = profile_watch_start(o->dir);
	if (!m->exporter.profile)
		return -EAGAIN;
	if (!o->no_http)
		err = serve(m);
	if (!err && o->textfile)
		err = textfile_start(&m->textfile, o->textfile, &m->exporter);
	return err;
}

static int run(const struct options *o)
{
	_cleanup_(monitor_end) struct monitor m = {
		.o = o,
		.exporter.dir = o->dir,
		.lines = { .dir = o->dir, .quiet = o->quiet },
		.timer = -1,
		.history_timer = -1,
		.watchdog_timer = -1,
		.signals = -1,
	};
	const double watchdog = service_watchdog_interval();
	int err = check_dir(o->dir);

	/* Before anything is opened that these two would inherit. */
	if (!err && has_detail(o))
		err = detail_start(&m.detail, o->state);
	if (!err && o->trace)
		err = tracer_start(&m.tracer);
	if (err)
		return err;
	m.exporter.tracer = m.tracer;
	m.signals = make_signals();
	m.timer = make_timer(o->interval);
	if (watchdog > 0)
		m.watchdog_timer = make_timer(watchdog);
	if (m.signals < 0 || m.timer < 0)
		return pcsc_fail(-errno, "cannot wait: %s", strerror(errno));
	err = start(&m);
	if (err)
		return err;
	service_tell("READY=1");
	err = loop(&m);
	service_tell("STOPPING=1");
	return err;
}

/* ---- the command line ------------------------------------------------------ */

static int set_listen(void *field, const char *text)
{
	const char **listen = field;
	int n = 0;

	if (listen_check(text))
		return pcsc_fail(
			-EINVAL,
			"'%s' is neither an address and a port, such as " URL_LISTEN
			", nor unix:/PATH",
			text);
	while (n < LISTEN_MAX && listen[n])
		n++;
	if (n == LISTEN_MAX)
		return pcsc_fail(-EINVAL,
				 "'%s' is one too many: %d may be given", text,
				 LISTEN_MAX);
	listen[n] = text;
	return 0;
}

static const struct pcsc_option options[] = {
	{ .name = "key",
	  .key = 'k',
	  .argument = "FILE",
	  .help = "the key to functions' state is in that file (" KEY_FILE ")",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, key) },
	{ .name = "listen",
	  .key = 'l',
	  .argument = "WHERE",
	  .help = "serve HTTP there: ADDR:PORT of loopback, or unix:/PATH (" URL_LISTEN
		  "); may be repeated",
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, listen),
	  .set = set_listen },
	{ .name = "no-http",
	  .key = 'n',
	  .help = "no HTTP, only lines",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, no_http) },
	{ .name = "quiet",
	  .key = 'q',
	  .help = "no lines",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, quiet) },
	{ .name = "state",
	  .key = 'S',
	  .argument = "FILE",
	  .help = "read functions' state there and not from the helper: for tests",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, state) },
	{ .name = "stats",
	  .key = 's',
	  .argument = "DIR",
	  .help = "read stats and mode there (" PCSC_STATS_DIR
		  "): for tests, and for copies of another host's",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, dir) },
	{ .name = "textfile",
	  .key = 't',
	  .argument = "DIR",
	  .help = "write the metrics to DIR/pcsc.prom at each interval, for node_exporter",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, textfile) },
	{ .name = "trace",
	  .key = 'T',
	  .help = "measure how long accesses take, by pcsc-trace, with or without the helper; as root",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, trace) },
	{ .name = "url",
	  .key = 'u',
	  .help = "print the address of the page with the key in it, as root, and end",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, url) },
	{ .name = "user",
	  .key = 256,
	  .argument = "NAME",
	  .help = "become that user, without any rights, once the sockets are open",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, user) },
	{ .name = "verbose",
	  .key = 'v',
	  .help = "say where HTTP is served",
	  .kind = PCSC_VERBOSE },
};

static const struct pcsc_command command = {
	.arguments = "[INTERVAL [COUNT]]",
	.most = 2,
};

static const struct pcsc_tool tool = {
	.name = "pcsc-monitor",
	.help = "Show the kernel helper's totals, as lines and by HTTP on loopback",
	.more = "There is a line every INTERVAL seconds (10), and the program ends after COUNT lines. While the helper is not loaded it waits.",
	.options = options,
	.nr_options = ARRAY_SIZE(options),
	.commands = &command,
	.nr_commands = 1,
};

/* 0 or an exit status. */
static int check_usage(struct options *o)
{
	if (pcsc_interval(&o->call, LEAST_INTERVAL, MOST_INTERVAL, &o->interval,
			  &o->count))
		return PCSC_EXIT_USAGE;
	if (o->quiet && (o->count || (o->no_http && !o->textfile)))
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--quiet leaves nothing to do with a COUNT, or with --no-http and no --textfile: leave one of them out");
	if (o->no_http && (o->listen[0] || o->url))
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--no-http leaves nothing to do with --listen or --url: leave one of them out");
	if (o->trace && o->no_http && !o->textfile)
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--trace: latencies are told by HTTP and in metrics, not in lines: leave out --no-http, or give --textfile");
	if (o->url && o->listen[0] && !url_where(o->listen))
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--url: a browser reaches no Unix socket: give the address and port at which the daemon serves by --listen, or leave it out");
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.dir = PCSC_STATS_DIR,
		.key = KEY_FILE,
		.interval = 10,
	};
	int status =
		pcsc_options(&tool, argc, argv, &o.call) ?: check_usage(&o);

	if (status)
		return status;
	return pcsc_exit_of(o.url ? url_tell(o.listen, o.key) : run(&o));
}
