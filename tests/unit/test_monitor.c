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
#include "monitor/exporter.h"
#include "totals.h"

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

static char *rendered(enum metrics_format format)
{
	struct exporter e = { .dir = dir };
	char *text = NULL;
	size_t size;

	assert_int_equal(exporter_scrape(&e, format, &text, &size), 0);
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
	text = rendered(METRICS_PROMETHEUS);
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
	line[PCSC_STAT_RESTORE_TIME] = 2000000;
	write_stats(line);
	text = rendered(METRICS_PROMETHEUS);
	for (char *save, *at = strtok_r(text, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save))
		if (*at != '#' && strncmp(at, "pcsc_mode{", 10) &&
		    strncmp(at, "pcsc_exporter_", 14))
			assert_string_not_equal(strrchr(at, ' '), " 0");
}

/* The samples of @text that are not of the daemon itself, in a text of their own. */
static char *samples_of(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *out = calloc(1, strlen(text) + 1), *save;

	assert_non_null(copy);
	assert_non_null(out);
	for (char *at = strtok_r(copy, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save))
		if (*at != '#' && strncmp(at, "pcsc_exporter_", 14))
			strcat(strcat(out, at), "\n");
	return out;
}

/* These follow from others, which have metrics. */
static bool follows(int line)
{
	return line == PCSC_STAT_HIT_RATE || line == PCSC_STAT_MISS_TIME ||
	       line == PCSC_STAT_RESTORED_ENTRIES;
}

static void every_line_is_in_a_metric(void **unused)
{
	_cleanup_free_ char *base = NULL, *base_samples = NULL;
	uint64_t line[PCSC_STATS_END];

	(void)unused;
	for (int i = 0; i < PCSC_STATS_END; i++)
		line[i] = 1000000;
	line[PCSC_STAT_UNCACHABLE] = 4000000;
	write_stats(line);
	base = rendered(METRICS_PROMETHEUS);
	base_samples = samples_of(base);
	for (int i = PCSC_STAT_NONE + 1; i < PCSC_STATS_END; i++) {
		_cleanup_free_ char *text = NULL, *text_samples = NULL;

		line[i] += 77;
		write_stats(line);
		text = rendered(METRICS_PROMETHEUS);
		text_samples = samples_of(text);
		if (follows(i) != !strcmp(base_samples, text_samples))
			fail_msg("'%s'", names[i]);
		line[i] -= 77;
	}
}

/* The rules of OpenMetrics 1.0 that the older format does not have. */
static void openmetrics_is_well_formed(void **unused)
{
	_cleanup_free_ char *open = NULL, *text = NULL, *a = NULL, *b = NULL;
	static const char *const has[] = {
		"# TYPE pcsc_config_reads counter\npcsc_config_reads_total{",
		"# TYPE pcsc_build info\npcsc_build_info{",
		"# TYPE pcsc_mode gauge\npcsc_mode{",
		"# TYPE pcsc_cache_access_seconds gauge\n# UNIT pcsc_cache_access_seconds seconds\npcsc_cache_access_seconds ",
		"# UNIT pcsc_exporter_scrape_duration_seconds seconds\n",
	};

	(void)unused;
	open = rendered(METRICS_OPENMETRICS);
	text = rendered(METRICS_PROMETHEUS);
	a = samples_of(open);
	b = samples_of(text);
	assert_string_equal(a, b);
	assert_string_equal(open + strlen(open) - 6, "# EOF\n");
	assert_null(strstr(text, "# EOF"));
	assert_null(strstr(text, "# UNIT"));
	assert_null(strstr(open, "# TYPE pcsc_config_reads_total"));
	for (size_t i = 0; i < ARRAY_SIZE(has); i++)
		if (!strstr(open, has[i]))
			fail_msg("%s", has[i]);
}

static void a_request_has_the_format_it_likes(void **unused)
{
	static const struct {
		const char *accept;
		bool open;
	} cases[] = {
		{ NULL, false },
		{ "", false },
		{ "*/*", false },
		{ "text/html", false },
		{ "text/plain", false },
		{ "application/openmetrics-text", true },
		{ "APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\"", true },
		{ "application/openmetrics-text, */*", true },
		{ "*/*, application/openmetrics-text", true },
		{ "application/*", true },
		{ "application/*;q=0.1, text/*", false },
		{ "application/openmetrics-text;version=0.0.1", false },
		{ "application/openmetrics-text;q=0", false },
		{ "application/openmetrics-text;q=0, */*", false },
		{ "application/openmetrics-text;q=nonsense, text/plain;q=0.1",
		  false },
		{ "application/openmetrics-text;q=1.5, text/plain;q=0.1",
		  false },
		{ "application/openmetrics-text, text/plain", false },
		{ "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3",
		  true },
		{ "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5",
		  false },
		/* Prometheus 2.42, 3.0, and one that was told PrometheusText0.0.4 */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  true },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		  true },
		{ "text/plain;version=0.0.4;q=0.5,*/*;q=0.4", false },
		{ ",,;;=;q,application/openmetrics-text", true },
		{ ";q=1;;;version=", false },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (metrics_accepted(cases[i].accept) !=
		    (cases[i].open ? METRICS_OPENMETRICS : METRICS_PROMETHEUS))
			fail_msg("%s", cases[i].accept ?: "none");
}

static void a_profile_is_named_by_both_words(void **unused)
{
	struct profile_id p = profile_id_parse("a \"b\" c 00c0ffee\n");
	static const char *const none[] = { "",
					    "\n",
					    "name",
					    " ",
					    "name ",
					    "name 00C0FFEE",
					    "name 0123456789abcdef0",
					    "name\n00c0ffee\n" };

	(void)unused;
	assert_string_equal(p.name, "a \"b\" c");
	assert_string_equal(p.digest, "00c0ffee");
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_string_equal(profile_id_parse(none[i]).digest, "");
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
		cmocka_unit_test(every_line_is_in_a_metric),
		cmocka_unit_test(openmetrics_is_well_formed),
		cmocka_unit_test(a_request_has_the_format_it_likes),
		cmocka_unit_test(a_profile_is_named_by_both_words),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
