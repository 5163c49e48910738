// SPDX-License-Identifier: GPL-2.0-only
/*
 * precision [--seed N] PCSC-PROFILE BEHAVIOURS: simulated functions are recorded for a
 * minute, `PCSC-PROFILE generate` makes a profile of the recording, and what that calls
 * constant is held against what the simulator knows. TAP on stdout. Without --seed
 * it is another one each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "compare.h"
#include "describe.h"
#include "profile/profile.h"
#include "recorder.h"
#include "talk.h"
#include "truth.h"
#include "workload.h"

#define FUNCTIONS 2000
#define LEAST_RECALL 99.0
#define MOST_TEXT (1u << 20)

extern char **environ;

static unsigned int count, failed;

static bool ok(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++count, what);
	failed += !good;
	return good;
}

/* ---- the recording, and the profile that is made of it --------------------------- */

static void path_of(char out[256], const char *dir, const char *name)
{
	snprintf(out, 256, "%s/%s", dir, name);
}

/* What it says of conflicts is not of interest unless it fails. */
static bool run(const char *program, char *const *argv, const char *said)
{
	posix_spawn_file_actions_t actions;
	int status, err;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, said,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	err = posix_spawn(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void show(const char *path)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	size_t size;

	if (profile_read_file(path, MOST_TEXT, &text, &size))
		return;
	for (rest = text; (line = strsep(&rest, "\n"));)
		printf("# %s\n", line);
}

static struct profile *generate(const char *program, struct pcsc_rec *rec,
				const char *dir)
{
	char recording[256], json[256], said[256];
	char *argv[] = {
		(char *)program, "generate", recording, "-o", json, NULL
	};
	struct profile *prof = NULL;

	path_of(recording, dir, "minute.rec");
	path_of(json, dir, "minute.json");
	path_of(said, dir, "said");
	if (!pcsc_rec_save(rec, recording) && run(program, argv, said) &&
	    !profile_load(json, false, &prof, NULL))
		profile_sort(prof);
	else
		show(said);
	unlink(said);
	unlink(recording);
	unlink(json);
	return prof;
}

static struct profile *generate_apart(const char *program, struct pcsc_rec *rec)
{
	const char *tmp = getenv("TMPDIR") ?: "/tmp";
	struct profile *prof;
	char dir[200];

	snprintf(dir, sizeof(dir), "%s/precision.XXXXXX", tmp);
	if (!mkdtemp(dir)) {
		pcsc_error("cannot make a directory in %s: %s", tmp,
			   strerror(errno));
		return NULL;
	}
	prof = generate(program, rec, dir);
	rmdir(dir);
	return prof;
}

/* ---- how good it is --------------------------------------------------------------- */

static double percent(uint64_t part, uint64_t rest)
{
	return part + rest ? 100.0 * part / (part + rest) : 0;
}

static uint64_t wrong(const struct sums *s)
{
	uint64_t bytes = 0;

	for (enum verdict v = WRONG; v <= WRONG_SIBLING; v++)
		bytes += s->bytes[v];
	return bytes;
}

static double precision(const struct sums *s)
{
	return percent(s->bytes[RIGHT], wrong(s));
}

static double recall(const struct sums *s)
{
	return percent(s->bytes[RIGHT], s->bytes[MISSED]);
}

static void print_sums(const struct sums *s)
{
	for (enum verdict v = 0; v < VERDICTS; v++)
		printf("# %12" PRIu64 " bytes %s\n", s->bytes[v],
		       verdict_words[v]);
}

static struct sums compare_profile(const struct profile *prof)
{
	struct sums sums = {};
	struct says says;

	for (unsigned int i = 0; i < groups_count(); i++) {
		says_profile(prof, group_at(i), &says);
		compare_group(group_at(i), &says, &sums, stdout);
	}
	return sums;
}

static struct sums compare_naive(const struct pcsc_rec *rec)
{
	struct sums sums = {};
	struct says says;

	for (unsigned int i = 0; i < groups_count(); i++) {
		says_naive(rec, group_at(i), &says);
		compare_group(group_at(i), &says, &sums, NULL);
	}
	return sums;
}

/* What never happens in a test says nothing about it. */
static bool every_kind_occurs(const struct sums *s)
{
	bool all = s->bytes[LATE] && s->bytes[SHOWN] && s->bytes[SELDOM_READ];

	for (enum verdict v = FORBIDDEN; v < VERDICTS; v++)
		all &= !!s->bytes[v];
	return all;
}

static void test_profile(const struct profile *prof)
{
	const struct sums s = compare_profile(prof);

	print_sums(&s);
	printf("# %12" PRIu64 " bytes by which one VF may speak for another\n",
	       s.shared);
	printf("# precision %.4f %%, recall %.4f %%\n", precision(&s),
	       recall(&s));
	ok(s.bytes[RIGHT] && !s.bytes[WRONG],
	   "what it calls constant did not change while it was recorded");
	ok(!s.bytes[WRONG_OVER_RESET],
	   "what it calls constant is the same after an FLR");
	ok(!s.bytes[WRONG_REGISTER],
	   "no register that hardware may change is called constant");
	ok(s.shared && !s.bytes[WRONG_SIBLING],
	   "where one VF may speak for another, they agree");
	ok(!s.bytes[AGAINST_RULES],
	   "it calls nothing constant that the design forbids");
	ok(recall(&s) >= LEAST_RECALL,
	   "99 of 100 bytes that it may call constant, it does");
	ok(every_kind_occurs(&s), "every reason to be silent occurs");
}

static void test_naive(const struct pcsc_rec *rec)
{
	const struct sums s = compare_naive(rec);

	printf("# a naive generator: precision %.4f %%, %" PRIu64
	       " bytes wrong\n",
	       precision(&s), wrong(&s));
	ok(s.bytes[WRONG] && s.bytes[WRONG_OVER_RESET],
	   "a naive generator is found out");
}

/* ---- the whole -------------------------------------------------------------------- */

static unsigned int count_functions(void)
{
	unsigned int n = 0;

	for (unsigned int fn = 0; fn < world_count(); fn++)
		n += !world_function(fn).header_type;
	return n;
}

static void test_all(const char *program, uint32_t seed)
{
	struct profile *prof;
	struct pcsc_rec *rec;

	workload_personal(seed);
	truth_begin();
	recorder_begin(world_count());
	workload_minute();
	groups_make();
	rec = recorder_recording(WORKLOAD_NS);
	recorder_end();
	if (!rec)
		abort();
	printf("# %u functions in %u groups, %u registers\n", world_count(),
	       groups_count(), rec->header.nr_registers);
	prof = generate_apart(program, rec);
	workload_afterwards();
	truth_find_out();
	groups_learn();
	if (ok(prof, "a profile is generated"))
		test_profile(prof);
	test_naive(rec);
	profile_free(prof);
	pcsc_rec_free(rec);
	groups_end();
	truth_end();
}

static uint32_t new_seed(void)
{
	uint32_t seed = getpid();

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		pcsc_warn("no random seed: this one is the process's ID");
	return seed;
}

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{},
};

/* False: not as it is to be used. */
static bool parse(int argc, char **argv, uint32_t *seed)
{
	char *end = "";
	int option;

	*seed = new_seed();
	while ((option = getopt_long(argc, argv, "s:", options, NULL)) == 's')
		*seed = strtoul(optarg, &end, 0);
	return option == -1 && !*end && argc - optind == 2;
}

static bool build(const char *path, uint32_t seed)
{
	_cleanup_free_ char *text = NULL, *described = NULL;
	char error[160];
	size_t size;

	if (profile_read_file(path, MOST_TEXT, &text, &size))
		return false;
	described = describe(text, seed);
	if (!described)
		abort();
	if (world_build(described, seed, error))
		return true;
	pcsc_error("%s: as it is for this seed: %s", path, error);
	return false;
}

int main(int argc, char **argv)
{
	uint32_t seed;

	pcsc_program = "precision";
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse(argc, argv, &seed)) {
		fputs("usage: precision [--seed N] PCSC-PROFILE BEHAVIOURS\n",
		      stderr);
		return 2;
	}
	printf("# SEED=%" PRIu32 "\n", seed);
	if (!build(argv[optind + 1], seed))
		return 1;
	if (ok(count_functions() == FUNCTIONS, "there are 2,000 functions"))
		test_all(argv[optind], seed);
	world_end();
	printf("1..%u\n", count);
	return failed ? 1 : 0;
}
