// SPDX-License-Identifier: GPL-2.0-only
/*
 * precision PCSC-PROFILE BEHAVIOURS [SEED]: simulated functions are recorded for a
 * minute, `PCSC-PROFILE generate` makes a profile of the recording, and what that calls
 * constant is held against what the simulator knows. TAP on stdout. Without SEED it is
 * another one each time.
 */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "compare.h"
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

static bool run(const char *program, char *const *argv)
{
	int status;
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid)
		return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static struct profile *generate(const char *program, struct pcsc_rec *rec,
				const char *dir)
{
	char recording[256], json[256];
	char *argv[] = {
		(char *)program, "generate", recording, "-o", json, NULL
	};
	struct profile *prof = NULL;

	path_of(recording, dir, "minute.rec");
	path_of(json, dir, "minute.json");
	if (!pcsc_rec_save(rec, recording) && run(program, argv) &&
	    !profile_load(json, false, &prof, NULL))
		profile_sort(prof);
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
	ok(recall(&s) >= LEAST_RECALL,
	   "99 of 100 bytes that it may call constant, it does");
	ok(every_kind_occurs(&s), "every reason to be silent occurs");
}

static void test_naive(const struct pcsc_rec *rec)
{
	const struct sums s = compare_naive(rec);

	printf("# whoever believes what he sees: precision %.4f %%, %" PRIu64
	       " bytes wrong\n",
	       precision(&s), wrong(&s));
	ok(s.bytes[WRONG] && s.bytes[WRONG_OVER_RESET],
	   "whoever believes what he sees is found out");
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

int main(int argc, char **argv)
{
	_cleanup_free_ char *text = NULL;
	char error[160], *end = "";
	uint32_t seed;
	size_t size;

	pcsc_program = "precision";
	seed = argc == 4 ? strtoul(argv[3], &end, 0) : new_seed();
	if (argc < 3 || argc > 4 || *end) {
		fputs("usage: precision PCSC-PROFILE BEHAVIOURS [SEED]\n",
		      stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (profile_read_file(argv[2], MOST_TEXT, &text, &size))
		return 1;
	printf("# SEED=%" PRIu32 "\n", seed);
	if (!world_build(text, seed, error)) {
		pcsc_error("%s: %s", argv[2], error);
		return 1;
	}
	if (ok(count_functions() == FUNCTIONS, "there are 2,000 functions"))
		test_all(argv[1], seed);
	world_end();
	printf("1..%u\n", count);
	return failed ? 1 : 0;
}
