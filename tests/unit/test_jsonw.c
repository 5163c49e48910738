// SPDX-License-Identifier: GPL-2.0-only
/* JSON as it is written, byte by byte, and as a parser reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "jsonw.h"

static struct pcsc_jsonw w;
static char *text;
static size_t size;

static int begin(void **state)
{
	(void)state;
	w = (struct pcsc_jsonw){ .file = open_memstream(&text, &size) };
	return w.file ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	fclose(w.file);
	free(text);
	return 0;
}

static const char *written(void)
{
	fflush(w.file);
	return text;
}

static json_t *parsed(void)
{
	json_t *json = json_loads(written(), JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	return json;
}

static void test_every_kind(void **state)
{
	(void)state;
	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_uint(&w, "zero", 0);
	pcsc_jsonw_uint(&w, "ten", 10);
	pcsc_jsonw_uint(&w, "most", UINT64_MAX);
	pcsc_jsonw_double(&w, "half", 0.5);
	pcsc_jsonw_bool(&w, "yes", true);
	pcsc_jsonw_bool(&w, "no", false);
	pcsc_jsonw_string(&w, "text", "word");
	pcsc_jsonw_array(&w, "empty");
	pcsc_jsonw_end(&w);
	pcsc_jsonw_array(&w, "array");
	pcsc_jsonw_uint(&w, NULL, 1);
	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_uint(&w, "a", 2);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_string(&w, NULL, "");
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
	assert_string_equal(written(), "{\n"
				       "  \"zero\": 0,\n"
				       "  \"ten\": 10,\n"
				       "  \"most\": 18446744073709551615,\n"
				       "  \"half\": 0.500,\n"
				       "  \"yes\": true,\n"
				       "  \"no\": false,\n"
				       "  \"text\": \"word\",\n"
				       "  \"empty\": [],\n"
				       "  \"array\": [\n"
				       "    1,\n"
				       "    {\n"
				       "      \"a\": 2\n"
				       "    },\n"
				       "    \"\"\n"
				       "  ]\n"
				       "}\n");
}

static void test_escapes(void **state)
{
	(void)state;
	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "s", "\"a\\b\x01\x1b~\x7f\xe4\n </script>");
	pcsc_jsonw_end(&w);
	assert_string_equal(written(),
			    "{\n  \"s\": \"\\\"a\\\\b\\u0001\\u001b~\\u007f"
			    "\\u00e4\\u000a \\u003c/script>\"\n}\n");
}

static void test_utf8(void **state)
{
	(void)state;
	pcsc_jsonw_object(&w, NULL);
	/* Two, three and four bytes; one cut off, one too long, a surrogate, a control. */
	pcsc_jsonw_string(&w, "s",
			  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|\xc3|\xc0\xaf|"
			  "\xed\xa0\x80|\xc2\x85");
	pcsc_jsonw_end(&w);
	assert_string_equal(
		written(),
		"{\n  \"s\": \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|\\u00c3|"
		"\\u00c0\\u00af|\\u00ed\\u00a0\\u0080|\\u00c2\\u0085\"\n}\n");
	json_decref(parsed());
}

/* Longer than any buffer, at every place in it. */
static void test_long_strings(void **state)
{
	json_t *json;

	(void)state;
	pcsc_jsonw_array(&w, NULL);
	for (int n = 0; n < 20000; n = n * 5 / 4 + 1) {
		char *s = malloc(n + 1);

		for (int i = 0; i < n; i++)
			s[i] = i % 7 ? 'x' : '"';
		s[n] = '\0';
		pcsc_jsonw_string(&w, NULL, s);
		free(s);
	}
	pcsc_jsonw_end(&w);
	json = parsed();
	for (size_t i = 0, n = 0; i < json_array_size(json);
	     i++, n = n * 5 / 4 + 1) {
		const char *s = json_string_value(json_array_get(json, i));

		assert_int_equal(strlen(s), n);
		for (size_t at = 0; at < n; at++)
			assert_int_equal(s[at], at % 7 ? 'x' : '"');
	}
	json_decref(json);
}

static void test_many_numbers(void **state)
{
	uint64_t value = 1;
	json_t *json;

	(void)state;
	pcsc_jsonw_array(&w, NULL);
	for (int i = 0; i < 20000; i++) {
		pcsc_jsonw_uint(&w, NULL, value >> i % 63);
		value = (value * 6364136223846793005 + 1) & INT64_MAX;
	}
	pcsc_jsonw_end(&w);
	json = parsed();
	value = 1;
	assert_int_equal(json_array_size(json), 20000);
	for (int i = 0; i < 20000; i++) {
		assert_true((uint64_t)json_integer_value(json_array_get(
				    json, i)) == value >> i % 63);
		value = (value * 6364136223846793005 + 1) & INT64_MAX;
	}
	json_decref(json);
}

/* The same without blanks, and with keys that are anything. */
static void test_compact(void **state)
{
	char *key = malloc(20001);

	(void)state;
	w.compact = true;
	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_uint(&w, "one", 1);
	pcsc_jsonw_key(&w, "a \"b\\\x01");
	pcsc_jsonw_uint(&w, NULL, 2);
	pcsc_jsonw_key(&w, "");
	pcsc_jsonw_array(&w, NULL);
	pcsc_jsonw_string(&w, NULL, "x y");
	pcsc_jsonw_bool(&w, NULL, true);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_object(&w, "empty");
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
	assert_string_equal(written(), "{\"one\":1,\"a \\\"b\\\\\\u0001\":2,"
				       "\"\":[\"x y\",true],\"empty\":{}}\n");
	memset(key, '"', 20000);
	key[20000] = '\0';
	w.compact = false;
	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_key(&w, key);
	pcsc_jsonw_uint(&w, NULL, 3);
	pcsc_jsonw_key(&w, "next");
	pcsc_jsonw_uint(&w, NULL, 4);
	pcsc_jsonw_end(&w);
	assert_string_equal(strchr(strstr(written(), "{\n  \""), ':'),
			    ": 3,\n  \"next\": 4\n}\n");
	free(key);
}

/* One text a line, as events are written: nothing stays behind. */
static void test_texts_in_a_row(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		pcsc_jsonw_object(&w, NULL);
		pcsc_jsonw_uint(&w, "n", i);
		pcsc_jsonw_end(&w);
		fprintf(w.file, "-- %d\n", i);
	}
	assert_string_equal(written(), "{\n  \"n\": 0\n}\n-- 0\n"
				       "{\n  \"n\": 1\n}\n-- 1\n"
				       "{\n  \"n\": 2\n}\n-- 2\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_every_kind),	   TEST(test_escapes),
		TEST(test_utf8),	   TEST(test_long_strings),
		TEST(test_many_numbers),   TEST(test_compact),
		TEST(test_texts_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
