// SPDX-License-Identifier: GPL-2.0-only
/*
 * stamps: no read is answered with something older than the last change that
 * had finished before the read began.
 *
 * Readers read registers of the simulator that rise by one with every change;
 * a profile that is wrong on purpose has the helper keep them. Changers change
 * them in every way after which the helper owes the new value: behind it, and
 * then by a flush; by a write. In between they reset the functions, and bring
 * what was demoted back into the cache.
 *
 * Every register has two counts: of changes that were begun, and of those that
 * are over. A reader takes the second before its read and the first after it:
 * what it has read lies between. Byte by byte: while a change is not over,
 * bytes of before and after it may stand side by side.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"
#include "uapi/pcsc.h"
#include "uapi/stats.h"

#define SIM "/sys/kernel/debug/pcsc_sim/"
#define DEVICES "/sys/bus/pci/devices/"
#define CONFIG 4096

/* examples/stamps.sim */
#define MODEL "stamp"
#define PCIE 0x60
/*
 * What shows the function to be itself: for what is described its header is
 * enough, where nothing is described it takes all of them, in their order.
 */
static const uint16_t identity[] = { 0x100, 0, PCI_CAPABILITY_LIST, 0x50,
				     PCIE };
#define STAMPS 2
static const uint16_t stamp_at[STAMPS] = { 0x108, 0x300 };
static const bool stamp_is_evidence[STAMPS] = { false, true };

#define FUNCTIONS 64
#define THREADS 32
#define SHOWN 20 /* violations that are told one by one */

struct stamp {
	atomic_ulong begun;
	atomic_ulong finished;
};

struct function {
	char address[20];
	uint32_t domain;
	uint8_t bus, devfn;
	atomic_bool demoted;
	atomic_uint readers; /* that are reading it right now */
	unsigned long
		reached; /* reads that the simulator had answered before */
	struct stamp stamps[STAMPS];
};

enum count { READS, FLUSHES, WRITES, RESETS, REVIVALS, MODES, COUNTS };

static const char *const count_names[COUNTS] = {
	[READS] = "reads",   [FLUSHES] = "flushes",   [WRITES] = "writes",
	[RESETS] = "resets", [REVIVALS] = "revivals", [MODES] = "modes",
};

static struct {
	unsigned long operations; /* to do */
	unsigned long readers, changers;
	unsigned long pace; /* operations for each turn of a changer */
	unsigned long writes; /* percent of the turns */
	unsigned long share; /* percent of the reads that must have been hits */
	unsigned long seed;
	struct function function[FUNCTIONS];
	unsigned int functions;
	atomic_ulong done, turns, violations, counts[COUNTS];
	atomic_bool broken; /* not the helper: the test */
	pthread_barrier_t start;
} test = {
	.operations = 20000,
	.readers = 6,
	.changers = 2,
	.pace = 12,
	.writes = 8,
	.share = 20,
	.seed = 1,
};

/* A thread's own descriptors: sysfs' are reopened when a function is back. */
struct thread {
	pthread_t id;
	unsigned int random;
	int config[FUNCTIONS];
	int driver, control, helper;
};

static unsigned int below(struct thread *t, unsigned int n)
{
	return rand_r(&t->random) % n;
}

static bool over(void)
{
	return atomic_load(&test.broken) ||
	       atomic_load(&test.done) >= test.operations;
}

static void counted(enum count what)
{
	atomic_fetch_add(&test.counts[what], 1);
	atomic_fetch_add(&test.done, 1);
}

static int trouble(const char *what)
{
	if (!atomic_exchange(&test.broken, true))
		pcsc_error("%s: %s", what, strerror(errno));
	return -1;
}

/* Half of the time the function that all are at for now. */
static unsigned int pick(struct thread *t)
{
	if (below(t, 2))
		return below(t, test.functions);
	return (atomic_load(&test.done) >> 9) % test.functions;
}

/* Better one that is being read: what is answered from memory does not take long. */
static unsigned int pick_busy(struct thread *t)
{
	const unsigned int first = pick(t);
	unsigned int i, n;

	for (i = 0; i < test.functions; i++) {
		n = (first + i) % test.functions;
		if (atomic_load(&test.function[n].readers))
			return n;
	}
	return first;
}

/* ---- accesses ---------------------------------------------------------------- */

enum way { SYSFS, DRIVER, WAYS };
static const char *const ways[WAYS] = { "sysfs", "a driver's way" };

static int config_of(struct thread *t, unsigned int n)
{
	char path[64];

	if (t->config[n] >= 0)
		return t->config[n];
	snprintf(path, sizeof(path), DEVICES "%s/config",
		 test.function[n].address);
	t->config[n] = open(path, O_RDWR | O_CLOEXEC);
	return t->config[n];
}

/* The function is removed: the file that it will have is another one. */
static bool gone(struct thread *t, unsigned int n)
{
	if (errno != ENODEV && errno != ENOENT && errno != ENXIO)
		trouble(test.function[n].address);
	if (t->config[n] >= 0)
		close(t->config[n]);
	t->config[n] = -1;
	return false;
}

static off_t ecam(const struct function *f, uint16_t where)
{
	return ((off_t)f->bus << 8 | f->devfn) * CONFIG + where;
}

static off_t place(unsigned int n, bool driver, uint16_t where)
{
	return driver ? ecam(&test.function[n], where) : where;
}

static bool get(struct thread *t, unsigned int n, enum way way, uint16_t where,
		uint8_t size, uint32_t *value)
{
	const bool driver = way == DRIVER;
	const int fd = driver ? t->driver : config_of(t, n);

	*value = 0;
	return (fd >= 0 &&
		pread(fd, value, size, place(n, driver, where)) == size) ||
	       gone(t, n);
}

static bool put(struct thread *t, unsigned int n, enum way way, uint16_t where,
		uint8_t size, uint32_t value)
{
	const bool driver = way == DRIVER;
	const int fd = driver ? t->driver : config_of(t, n);

	return (fd >= 0 &&
		pwrite(fd, &value, size, place(n, driver, where)) == size) ||
	       gone(t, n);
}

/* Without that nothing is kept after a flush or a reset. */
static void identify(struct thread *t, unsigned int n)
{
	const enum way way = below(t, WAYS);
	uint32_t value;
	size_t i;

	for (i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		if (!get(t, n, way, identity[i], 4, &value))
			return;
}

/* ---- readers ------------------------------------------------------------------ */

struct read {
	unsigned int n, stamp;
	enum way way;
	uint8_t at, size; /* in the register */
	unsigned long floor, ceiling;
	uint32_t value;
};

/* Is each byte that of some stamp between the two? */
static bool is_recent(const struct read *r)
{
	unsigned int i, shift;
	uint8_t ahead;

	for (i = 0; i < r->size; i++) {
		shift = 8 * (r->at + i);
		ahead = (r->value >> (8 * i)) - (r->floor >> shift);
		if (ahead > (r->ceiling >> shift) - (r->floor >> shift))
			return false;
	}
	return true;
}

static void violated(const struct read *r)
{
	if (atomic_fetch_add(&test.violations, 1) >= SHOWN)
		return;
	printf("violation: %s @0x%03x width %u by %s: 0x%x, of stamps 0x%lx to 0x%lx\n",
	       test.function[r->n].address, stamp_at[r->stamp] + r->at, r->size,
	       ways[r->way], r->value, r->floor, r->ceiling);
}

static void choose(struct thread *t, struct read *r)
{
	r->n = pick(t);
	r->stamp = below(t, STAMPS);
	r->way = below(t, WAYS);
	r->size = 1 << below(t, 3);
	/* Only low bytes are always told from older ones. */
	r->at = below(t, 4) ? 0 : below(t, 4) & ~(r->size - 1);
}

static void read_one(struct thread *t)
{
	struct function *f;
	struct stamp *stamp;
	struct read r;
	bool there;

	choose(t, &r);
	if (!below(t, 16))
		identify(t, r.n);
	f = &test.function[r.n];
	stamp = &f->stamps[r.stamp];
	atomic_fetch_add(&f->readers, 1);
	r.floor = atomic_load(&stamp->finished);
	there = get(t, r.n, r.way, stamp_at[r.stamp] + r.at, r.size, &r.value);
	r.ceiling = atomic_load(&stamp->begun);
	atomic_fetch_sub(&f->readers, 1);
	if (!there) {
		sched_yield();
		return;
	}
	counted(READS);
	if (!is_recent(&r))
		violated(&r);
}

/* Neither readers nor changers leave the others far behind, however fast a
 * read is at the moment. */
static void wait_until_done(unsigned long done)
{
	const struct timespec nap = { .tv_nsec = 20000 };

	while (!over() && atomic_load(&test.done) < done)
		nanosleep(&nap, NULL);
}

static void wait_for_changers(void)
{
	const struct timespec nap = { .tv_nsec = 20000 };
	const unsigned long slack = 2 * test.changers;

	while (!over() &&
	       atomic_load(&test.done) >
		       (atomic_load(&test.turns) + slack) * test.pace)
		nanosleep(&nap, NULL);
}

static void *reader(void *arg)
{
	pthread_barrier_wait(&test.start);
	while (!over()) {
		wait_for_changers();
		read_one(arg);
	}
	return NULL;
}

/* ---- changes after which the helper owes the new value -------------------------- */

static void begin(struct function *f, unsigned int stamp)
{
	atomic_fetch_add(&f->stamps[stamp].begun, 1);
}

static void finish(struct function *f, unsigned int stamp)
{
	atomic_fetch_add(&f->stamps[stamp].finished, 1);
}

static void command(struct thread *t, const char *text)
{
	if (write(t->control, text, strlen(text)) < 0)
		trouble(text);
}

static void delay(struct thread *t, unsigned int n, unsigned int ns)
{
	char text[64];

	snprintf(text, sizeof(text), "%s delay %u\n", test.function[n].address,
		 ns);
	command(t, text);
}

static unsigned int any_delay(struct thread *t)
{
	return 20000 + below(t, 180000);
}

/* -ENODEV: the helper has no line of it, so nothing is held. */
static void flush(struct thread *t, const struct function *f)
{
	struct pcsc_flush flush = {
		.size = sizeof(flush),
		.all = !below(t, 40),
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
	};

	if (ioctl(t->helper, PCSC_IOC_FLUSH, &flush) && errno != ENODEV)
		trouble("flush");
}

/*
 * Let readers miss, and be on their way with what is old soon, for 2 ms.
 * What such a reader must not do with it is seen the better the sooner others
 * are served again: so the rest is quick.
 */
static void lure(struct thread *t, unsigned int n)
{
	const struct timespec nap = { .tv_nsec = 1000 * below(t, 300) };
	uint32_t value;

	if (below(t, 2)) {
		delay(t, n, 2000000);
		flush(t, &test.function[n]);
		nanosleep(&nap, NULL);
	}
	delay(t, n, 0);
	get(t, n, DRIVER, identity[0], 4, &value);
}

static void change_behind(struct thread *t, unsigned int n)
{
	struct function *f = &test.function[n];
	char text[64];
	unsigned int i;

	lure(t, n);
	snprintf(text, sizeof(text), "%s stamp\n", f->address);
	for (i = 0; i < STAMPS; i++)
		begin(f, i);
	command(t, text);
	flush(t, f);
	for (i = 0; i < STAMPS; i++)
		finish(f, i);
	counted(FLUSHES);
	if (below(t, 8))
		identify(t, n);
	delay(t, n, any_delay(t));
}

/* What evidence speaks for goes with the first write, of the whole slot if it
 * was to function 0. */
static void now_demoted(unsigned int n, unsigned int stamp)
{
	const struct function *f = &test.function[n];
	struct function *other;

	for (other = test.function; other < test.function + test.functions;
	     other++)
		if (other == f || (stamp_is_evidence[stamp] &&
				   other->bus == f->bus && !(f->devfn & 7)))
			atomic_store(&other->demoted, true);
}

static void change_by_write(struct thread *t, unsigned int n)
{
	const unsigned int stamp = below(t, STAMPS);
	struct function *f = &test.function[n];
	/* A described register that is written in part is demoted in part. */
	const uint8_t size = stamp_is_evidence[stamp] ? 1 << below(t, 3) : 4;

	lure(t, n);
	now_demoted(n, stamp);
	begin(f, stamp);
	if (!put(t, n, below(t, WAYS), stamp_at[stamp], size,
		 rand_r(&t->random))) {
		/* A reader that has seen the stamp expects too much, which does no harm. */
		atomic_fetch_sub(&f->stamps[stamp].begun, 1);
		return;
	}
	finish(f, stamp);
	counted(WRITES);
	delay(t, n, any_delay(t));
}

/* ---- what happens in between ------------------------------------------------------ */

static void reset_by_write(struct thread *t, unsigned int n)
{
	if (put(t, n, below(t, WAYS), PCIE + PCI_EXP_DEVCTL, 2,
		PCI_EXP_DEVCTL_BCR_FLR))
		counted(RESETS);
}

/* A file of sysfs that is there or not: 1 is written to it. */
static bool tell(const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "1", 1) == 1;
}

static void reset_by_kernel(struct thread *t, unsigned int n)
{
	char path[64];

	(void)t;
	snprintf(path, sizeof(path), DEVICES "%s/reset",
		 test.function[n].address);
	if (tell(path))
		counted(RESETS);
}

/*
 * Removed and found again, a function is as new to the helper. What is demoted
 * without a write, since a read contradicts what is held while a change is not
 * over, has its turn too.
 */
static void revive(struct thread *t, unsigned int n)
{
	struct function *f = &test.function[n];
	char path[64];
	unsigned int i;

	(void)t;
	for (i = 0; i < test.functions; i++) {
		f = &test.function[(n + i) % test.functions];
		if (atomic_exchange(&f->demoted, false))
			break;
		f = &test.function[n];
	}
	snprintf(path, sizeof(path), DEVICES "%s/remove", f->address);
	tell(path);
	snprintf(path, sizeof(path), "/sys/class/pci_bus/%04x:%02x/rescan",
		 f->domain, f->bus);
	if (!tell(path))
		trouble(path);
	counted(REVIVALS);
}

static int set_mode(int helper, __u32 mode)
{
	struct pcsc_mode request = { .size = sizeof(request), .mode = mode };

	return ioctl(helper, PCSC_IOC_MODE, &request) ? trouble("mode") : 0;
}

/* Off and on: the helper begins anew. */
static void mode(struct thread *t, unsigned int n)
{
	(void)n;
	if (!set_mode(t->helper, PCSC_MODE_OFF) &&
	    !set_mode(t->helper, PCSC_MODE_ON))
		counted(MODES);
}

/* Of so many. */
#define EVENTS 4000

static const struct event {
	void (*act)(struct thread *t, unsigned int n);
	unsigned int weight;
} events[] = {
	{ reset_by_write, 20 },
	{ reset_by_kernel, 1 },
	{ revive, 300 },
	{ mode, 1 },
};

static void change_one(struct thread *t)
{
	const unsigned int n = pick_busy(t);
	unsigned int what = below(t, EVENTS);
	size_t i;

	if (below(t, 100) < test.writes) {
		change_by_write(t, n);
		return;
	}
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (what < events[i].weight) {
			events[i].act(t, n);
			return;
		}
		what -= events[i].weight;
	}
	change_behind(t, n);
}

static void *changer(void *arg)
{
	struct thread *t = arg;
	unsigned long turn;

	pthread_barrier_wait(&test.start);
	while (!over()) {
		turn = atomic_fetch_add(&test.turns, 1);
		wait_until_done(turn * test.pace + below(t, test.pace + 1));
		change_one(t);
	}
	return NULL;
}

/* ---- before and after --------------------------------------------------------------- */

/* What reached the simulator, function by function; adds those it does not know. */
static int functions_look(unsigned long *reached, bool add)
{
	_cleanup_fclose_ FILE *file = fopen(SIM "functions", "re");
	unsigned int bus, device, function, n = 0;
	unsigned long reads;
	struct function *f;
	char address[20];
	uint32_t domain;
	char line[128];

	if (!file)
		return trouble(SIM "functions");
	*reached = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%19s " MODEL " %*s %lu", address, &reads) !=
			    2 ||
		    n == FUNCTIONS ||
		    sscanf(address, "%x:%x:%x.%x", &domain, &bus, &device,
			   &function) != 4)
			continue;
		f = &test.function[n++];
		if (add) {
			strcpy(f->address, address);
			f->domain = domain;
			f->bus = bus;
			f->devfn = device << 3 | function;
			f->reached = reads;
		}
		*reached += reads - f->reached;
	}
	test.functions = n;
	return 0;
}

/* The stamps as they are, without asking. */
static int stamps_begin(void)
{
	_cleanup_close_ int truth = open(SIM "truth", O_RDONLY | O_CLOEXEC);
	struct function *f;
	uint32_t value;
	unsigned int i;

	for (f = test.function; f < test.function + test.functions; f++) {
		for (i = 0; i < STAMPS; i++) {
			if (pread(truth, &value, 4, ecam(f, stamp_at[i])) != 4)
				return trouble(SIM "truth");
			atomic_store(&f->stamps[i].begun, value);
			atomic_store(&f->stamps[i].finished, value);
		}
	}
	return 0;
}

static int thread_open(struct thread *t, unsigned int number)
{
	*t = (struct thread){ .random = test.seed * 1000 + number };
	memset(t->config, 0xff, sizeof(t->config));
	t->driver = open(SIM "driver", O_RDWR | O_CLOEXEC);
	t->control = open(SIM "control", O_WRONLY | O_CLOEXEC);
	t->helper = open(PCSC_DEVICE, O_RDWR | O_CLOEXEC);
	if (t->driver < 0 || t->control < 0)
		return trouble(SIM);
	return t->helper < 0 ? trouble(PCSC_DEVICE) : 0;
}

static void thread_close(struct thread *t)
{
	unsigned int n;

	for (n = 0; n < test.functions; n++)
		if (t->config[n] >= 0)
			close(t->config[n]);
	close(t->driver);
	close(t->control);
	close(t->helper);
}

/* Read twice, every stamp must have reached the simulator once at most. */
static int all_are_kept(struct thread *t)
{
	unsigned long before, after;
	unsigned int n, i, stamps = 0;
	uint32_t value;

	for (n = 0; n < test.functions; n++)
		for (i = 0; i < STAMPS; i++)
			get(t, n, SYSFS, stamp_at[i], 4, &value);
	if (functions_look(&before, false))
		return -1;
	for (n = 0; n < test.functions; n++)
		for (i = 0; i < STAMPS; i++, stamps++)
			get(t, n, DRIVER, stamp_at[i], 4, &value);
	if (functions_look(&after, false))
		return -1;
	if (stamps && before == after)
		return 0;
	atomic_store(&test.broken, true);
	pcsc_error(
		"of %u stamps, %lu are not kept: is the helper on, with the wrong profile?",
		stamps, after - before);
	return -1;
}

static int threads_run(struct thread *threads, unsigned int nr)
{
	unsigned int i;

	errno = pthread_barrier_init(&test.start, NULL, nr);
	for (i = 0; i < nr && !errno; i++)
		errno = pthread_create(&threads[i].id, NULL,
				       i < test.readers ? reader : changer,
				       &threads[i]);
	/* The others wait for who is not there: leave them to exit(). */
	if (errno)
		return trouble("threads");
	while (i--)
		pthread_join(threads[i].id, NULL);
	return atomic_load(&test.broken) ? -1 : 0;
}

/* The helper's count, since it was loaded: nobody else reads what it keeps. */
static unsigned long hits_look(void)
{
	static const char *const names[] = { PCSC_STATS(PCSC_STAT_NAME) };
	_cleanup_fclose_ FILE *file = fopen("/sys/bus/pci/pcsc/stats", "re");
	unsigned long value;
	char name[80];

	while (file && fscanf(file, " %79[^:]:%lu%*[^\n]", name, &value) >= 1)
		if (!strcmp(name, names[PCSC_STAT_HITS]))
			return value;
	errno = EIO;
	trouble("/sys/bus/pci/pcsc/stats");
	return 0;
}

/* What was read without a hit has reached the simulator, with what else did. */
static int verdict(unsigned long hits, unsigned long reached)
{
	const unsigned long reads = atomic_load(&test.counts[READS]);
	const unsigned long violations = atomic_load(&test.violations);
	unsigned int i;

	printf("operations %lu\n", atomic_load(&test.done));
	for (i = 0; i < COUNTS; i++)
		printf("%s %lu\n", count_names[i],
		       atomic_load(&test.counts[i]));
	printf("hits %lu\nviolations %lu\n", hits, violations);
	if (hits > reads || reads - hits > reached)
		pcsc_error(
			"the helper's hits cannot be right: %lu reads reached the simulator",
			reached);
	else if (hits * 100 < reads * test.share)
		pcsc_error("hits were less than %lu%% of the reads",
			   test.share);
	else if (!violations)
		return PCSC_EXIT_OK;
	return PCSC_EXIT_DIFFERS;
}

static int run(void)
{
	const unsigned int nr = test.readers + test.changers;
	static struct thread threads[2 * THREADS];
	unsigned long reached, hits;
	unsigned int i;

	if (functions_look(&reached, true) || stamps_begin())
		return PCSC_EXIT_TROUBLE;
	for (i = 0; i < nr; i++)
		if (thread_open(&threads[i], i))
			return PCSC_EXIT_TROUBLE;
	if (all_are_kept(&threads[0]) || functions_look(&reached, true))
		return PCSC_EXIT_TROUBLE;
	hits = hits_look();
	if (threads_run(threads, nr) || functions_look(&reached, false))
		return PCSC_EXIT_TROUBLE;
	for (i = 0; i < nr; i++)
		thread_close(&threads[i]);
	return verdict(hits_look() - hits, reached);
}

/* ---- options -------------------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "operations", 'n', "N", 0, "How many reads and changes (20000)", 0 },
	{ "readers", 'r', "N", 0, "Threads that read (6)", 0 },
	{ "changers", 'c', "N", 0, "Threads that change (2)", 0 },
	{ "pace", 'p', "N", 0,
	  "Operations for each turn of a changer, in the mean (12)", 0 },
	{ "writes", 'w', "PERCENT", 0, "How many of the changes are writes (8)",
	  0 },
	{ "share", 's', "PERCENT", 0, "How many of the reads must be hits (20)",
	  0 },
	{ "seed", 'S', "N", 0, "Of the random numbers (1)", 0 },
	{ 0 },
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		unsigned long *value;
		unsigned long max;
	} numbers[] = {
		{ 'n', &test.operations, 1ul << 31 },
		{ 'r', &test.readers, THREADS },
		{ 'c', &test.changers, THREADS },
		{ 'p', &test.pace, 1000000 },
		{ 'w', &test.writes, 100 },
		{ 's', &test.share, 100 },
		{ 'S', &test.seed, 1000000 },
	};
	char *end;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].key != key)
			continue;
		*numbers[i].value = strtoul(arg, &end, 10);
		if (!*arg || *end || *numbers[i].value > numbers[i].max)
			argp_error(state, "-%c wants a number up to %lu", key,
				   numbers[i].max);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = option,
		.doc = "Nobody may read a stamp older than the last change that was over.",
	};

	pcsc_program = "stamps";
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return PCSC_EXIT_USAGE;
	return run();
}
