// SPDX-License-Identifier: GPL-2.0-only
/* /metrics against `stats` files that are made up: SEED=N repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "cleanup.h"
#include "monitor/render.h"
#include "monitor/stats.h"

#define FILES 10000

static const char *const names[] = { PCSC_STATS(PCSC_STAT_NAME) };
static const char *const units[] = { PCSC_STATS(PCSC_STAT_UNIT) };

/* Reads by their answer: disjoint, and all reads together. */
static const char *const results[] = {
	"hit", "miss", "uncachable", "bypass", "would_be_hit", "verified",
};

#define RESULTS ARRAY_SIZE(results)

static char dir[] = "/dev/shm/pcsc-monitor.XXXXXX";
static uint64_t state;

static uint64_t random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Any size is as likely as any other, and none at all as any size. */
static uint64_t random_count(void)
{
	unsigned int bits = random64() % 48;

	return random64() & ((UINT64_C(1) << bits) - 1);
}

/* What the helper prints after @count reads of each result. */
static void make_lines(uint64_t *line, const uint64_t *count)
{
	for (int i = 0; i < PCSC_STATS_END; i++)
		line[i] = random_count();
	line[PCSC_STAT_HITS] = count[0];
	line[PCSC_STAT_MISSES] = count[1];
	line[PCSC_STAT_BYPASSED] = count[3];
	line[PCSC_STAT_WOULD_BE_HITS] = count[4];
	line[PCSC_STAT_VERIFIED] = count[5];
	line[PCSC_STAT_UNCACHABLE] = count[2] + count[3] + count[4] + count[5];
	line[PCSC_STAT_READS] =
		count[0] + count[1] + line[PCSC_STAT_UNCACHABLE];
	line[PCSC_STAT_HARDWARE_READS] = line[PCSC_STAT_READS] - count[0];
	line[PCSC_STAT_SHADOW_READS] = random64() % (line[PCSC_STAT_READS] + 1);
}

static FILE *open_in_dir(const char *name, const char *how)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, how);
	assert_non_null(file);
	return file;
}

static void write_stats(const uint64_t *line)
{
	FILE *file = open_in_dir("stats", "we");

	for (int i = PCSC_STAT_NONE + 1; i < PCSC_STATS_END; i++)
		fprintf(file, "%s: %" PRIu64 "%s\n", names[i], line[i],
			units[i]);
	assert_int_equal(fclose(file), 0);
}

static char *rendered(void)
{
	struct stats s;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(stats_read(&s, dir), 0);
	assert_true(s.up);
	render_metrics(out, &s);
	fclose(out);
	return text;
}

/* The samples by result, in @n; how many there are, of whatever result. */
static unsigned int samples(const char *text, uint64_t *n)
{
	static const char metric[] = "\npcsc_config_reads_total{result=\"";
	unsigned int count = 0;
	char form[80], *found;

	for (const char *at = text; (at = strstr(at, metric)); at++)
		count++;
	for (size_t i = 0; i < RESULTS; i++) {
		snprintf(form, sizeof(form), "%s%s\"} ", metric, results[i]);
		found = strstr(text, form);
		assert_non_null(found);
		n[i] = strtoull(found + strlen(form), NULL, 10);
	}
	return count;
}

static void one_file(void)
{
	uint64_t count[RESULTS], got[RESULTS], line[PCSC_STATS_END], sum = 0;
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < RESULTS; i++)
		count[i] = random_count();
	make_lines(line, count);
	write_stats(line);
	text = rendered();
	assert_int_equal(samples(text, got), RESULTS);
	for (size_t i = 0; i < RESULTS; i++)
		sum += got[i];
	assert_int_equal(sum, line[PCSC_STAT_READS]);
	assert_memory_equal(got, count, sizeof(count));
}

static void the_sum_over_result_is_all_reads(void **unused)
{
	(void)unused;
	for (int n = 0; n < FILES; n++)
		one_file();
}

/* A sample without a line of its own would be 0 whatever the helper says. */
static void no_sample_is_always_zero(void **unused)
{
	uint64_t line[PCSC_STATS_END];
	_cleanup_free_ char *text = NULL;

	(void)unused;
	for (int i = 0; i < PCSC_STATS_END; i++)
		line[i] = 1000000;
	line[PCSC_STAT_UNCACHABLE] = 4000000;
	line[PCSC_STAT_READS] = 6000000;
	write_stats(line);
	text = rendered();
	for (char *save, *at = strtok_r(text, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save))
		if (*at != '#' && strncmp(at, "pcsc_mode{", 10))
			assert_string_not_equal(strrchr(at, ' '), " 0");
}

static int set_up(void **unused)
{
	const char *seed = getenv("SEED");
	FILE *file;

	(void)unused;
	state = seed ? strtoull(seed, NULL, 0) :
		       (uint64_t)time(NULL) << 16 ^ getpid();
	printf("# SEED=%" PRIu64 "\n", state);
	state += !state;
	if (!mkdtemp(dir))
		return -1;
	file = open_in_dir("mode", "we");
	fputs("on\n", file);
	return fclose(file);
}

static int tear_down(void **unused)
{
	char path[64];

	(void)unused;
	snprintf(path, sizeof(path), "%s/stats", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/mode", dir);
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sum_over_result_is_all_reads),
		cmocka_unit_test(no_sample_is_always_zero),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
