// SPDX-License-Identifier: GPL-2.0-only
/* What one kernel leaves for the next: whole, damaged, or another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/handover.h"
#include "core/hash.h"
#include "core/regs.h"

#define FUNCTIONS 12
#define REGION (1u << 20)
#define SPEC 0x08 /* const by the table */
#define MIXED 0x44 /* by evidence only, and not zero */
#define RAW 0x80 /* zero by evidence */
#define RAW_LOW 0x4c
#define RAW_HIGH 0xffc

struct fixture {
	struct pcsc_map map;
	struct pcsc_line lines[FUNCTIONS];
	u8 *region;
	u8 *copy;
};

static struct pcsc_handover_header *header(struct fixture *f)
{
	return (void *)f->region;
}

static struct pcsc_handover_function *entry(struct fixture *f, int i)
{
	return &pcsc_handover_index(f->region, REGION)[i];
}

static struct pcsc_handover_restrictions *restrictions(struct fixture *f)
{
	return pcsc_handover_restrictions(f->region, REGION);
}

static struct pcsc_cells *cells(struct fixture *f, int i)
{
	return &pcsc_handover_cells(f->region, REGION)[i];
}

static void make_map(struct pcsc_map *map)
{
	map->cfg_size = 4096;
	for (int i = 0; i < PCSC_DWORDS; i++)
		map->dword[i].slot = PCSC_SLOT_NONE;
	map->dword[SPEC / 4] =
		(struct pcsc_map_entry){ .slot = 0, .mask = 0xf };
	map->dword[MIXED / 4] = (struct pcsc_map_entry){ .slot = 1,
							 .mask = 0xf,
							 .evidence = 0xf };
	map->dword[RAW / 4] = (struct pcsc_map_entry){ .slot = PCSC_SLOT_ZERO,
						       .mask = 0xf,
						       .evidence = 0xf };
	map->dword[RAW_LOW / 4] = map->dword[RAW / 4];
	map->dword[RAW_HIGH / 4] = map->dword[RAW / 4];
	map->is_vf = true;
	map->nr_slots = 2;
	map->slot_evidence[1] = 0xf;
	map->nr_evidence = 16;
}

static void fill(struct pcsc_line *line, u16 where, u32 value)
{
	struct pcsc_ticket ticket;
	u32 unused;

	pcsc_line_lookup(line, where, 4, &unused, &ticket);
	assert_true(pcsc_line_fill(line, &ticket, value) > 0);
}

static enum pcsc_answer ask(struct pcsc_line *line, u16 where, u32 *value)
{
	struct pcsc_ticket ticket;

	return pcsc_line_lookup(line, where, 4, value, &ticket);
}

static void fill_line(struct fixture *f, int i)
{
	struct pcsc_line *line = &f->lines[i];

	pcsc_line_init(line, cells(f, i));
	pcsc_line_assign(line, &f->map);
	pcsc_line_bypass(line, 0, ~0u);
	fill(line, SPEC, 0x1000 + i);
	fill(line, MIXED, 0x2000 + i);
	fill(line, RAW, 0);
	fill(line, RAW_LOW, 0);
	fill(line, RAW_HIGH, 0);
}

static void seal_line(struct fixture *f, int i)
{
	struct pcsc_handover_function *e = entry(f, i);

	*e = (struct pcsc_handover_function){
		.bus = 1,
		.devfn = i,
		.flags = PCSC_HANDOVER_HAS_LINE | (i ? PCSC_HANDOVER_VF : 0),
		.vf_first = i ? 0 : 0x101,
		.vf_stride = i ? 0 : 1,
		.vf_count = i ? 0 : FUNCTIONS - 1,
		.map_hash = pcsc_map_hash(&f->map),
	};
	e->seal = pcsc_line_seal(&f->lines[i], pcsc_handover_salt(e));
}

static void seal(struct fixture *f)
{
	struct pcsc_layout *layout = pcsc_handover_layouts(f->region, REGION);

	*layout = (struct pcsc_layout){
		.cfg_size = 4096,
		.nr_caps = 1,
		.caps = { { .id = 1, .offset = 0x40, .length = 8 } },
	};
	for (int i = 0; i < FUNCTIONS; i++)
		seal_line(f, i);
	*header(f) = (struct pcsc_handover_header){
		.magic = PCSC_HANDOVER_MAGIC,
		.version = PCSC_HANDOVER_VERSION,
		.size = REGION,
		.layout_size = sizeof(struct pcsc_layout),
		.function_size = sizeof(struct pcsc_handover_function),
		.cells_size = sizeof(struct pcsc_cells),
		.restrictions_size = sizeof(struct pcsc_handover_restrictions),
		.nr_layouts = 1,
		.nr_functions = FUNCTIONS,
		.table_hash = pcsc_regs_hash(),
		.walk_version = PCSC_WALK_VERSION,
	};
	pcsc_handover_sum(header(f));
}

/* What the next kernel may use of the lines. */
static const char *check(struct fixture *f)
{
	const char *reason = pcsc_handover_check_header(header(f), REGION);

	return reason ? reason : pcsc_handover_check_lines(header(f));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->region = calloc(1, REGION);
	f->copy = malloc(REGION);
	if (!f->region || !f->copy)
		return -1;
	make_map(&f->map);
	for (int i = 0; i < FUNCTIONS; i++)
		fill_line(f, i);
	seal(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->region);
	free(f->copy);
	free(f);
	return 0;
}

static enum pcsc_seal look(struct fixture *f, int i, bool zeroes,
			   struct pcsc_ticket *ticket)
{
	return pcsc_line_look(&f->lines[i], entry(f, i)->seal,
			      pcsc_handover_salt(entry(f, i)), zeroes, ticket);
}

/* The next kernel: all it has is the region. */
static void hand(struct fixture *f, int i)
{
	struct pcsc_line *line = &f->lines[i];

	memset(line, 0x55, sizeof(*line));
	pcsc_line_hand(line, cells(f, i));
	pcsc_line_lend(line, &f->map);
}

static bool adopt(struct fixture *f, int i, bool zeroes)
{
	struct pcsc_line *line = &f->lines[i];
	struct pcsc_ticket ticket;

	hand(f, i);
	assert_true(pcsc_line_return(line));
	return look(f, i, zeroes, &ticket) == PCSC_SEAL_WHOLE &&
	       pcsc_line_adopt(line, &ticket);
}

static void prove(struct pcsc_line *line)
{
	assert_int_equal(pcsc_line_bypassed(line), PCSC_BYPASS_PENDING);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_PENDING);
}

static void test_whole(void **state)
{
	struct fixture *f = *state;
	u32 value;

	assert_null(check(f));
	for (int i = 0; i < FUNCTIONS; i++) {
		assert_true(adopt(f, i, true));
		assert_int_equal(ask(&f->lines[i], SPEC, &value), PCSC_BYPASS);
		prove(&f->lines[i]);
		assert_int_equal(ask(&f->lines[i], SPEC, &value), PCSC_HIT);
		assert_int_equal(value, 0x1000 + i);
	}
}

/* Of what only evidence speaks for, zeroes cross, and only if told. */
static void test_evidence(void **state)
{
	struct fixture *f = *state;
	u32 value;

	assert_true(adopt(f, 1, true));
	prove(&f->lines[1]);
	assert_int_equal(ask(&f->lines[1], MIXED, &value), PCSC_MISS);
	assert_int_equal(ask(&f->lines[1], RAW, &value), PCSC_HIT);
	assert_int_equal(ask(&f->lines[1], RAW_LOW, &value), PCSC_HIT);
	assert_int_equal(ask(&f->lines[1], RAW_HIGH, &value), PCSC_HIT);
	assert_true(adopt(f, 2, false));
	prove(&f->lines[2]);
	assert_int_equal(ask(&f->lines[2], RAW, &value), PCSC_MISS);
	assert_int_equal(ask(&f->lines[2], RAW_LOW, &value), PCSC_MISS);
	assert_int_equal(ask(&f->lines[2], RAW_HIGH, &value), PCSC_MISS);
	assert_int_equal(ask(&f->lines[2], SPEC, &value), PCSC_HIT);
	assert_int_equal(value, 0x1002);
}

static void test_adopting_touches_its_cells_only(void **state)
{
	struct fixture *f = *state;
	const u8 *end = (const u8 *)cells(f, FUNCTIONS);
	const size_t rest = f->region + REGION - end;

	memset(f->region + REGION - rest, 0xff, rest);
	memset(f->copy, 0xff, rest);
	for (int i = 0; i < FUNCTIONS; i++)
		assert_true(adopt(f, i, i & 1));
	assert_memory_equal(end, f->copy, rest);
}

/* What was read under the last kernel's generation does not end this one's. */
static void test_adopted_is_the_next_generation(void **state)
{
	struct fixture *f = *state;
	const u64 sealed = cells(f, 1)->state >> 32;

	assert_true(adopt(f, 1, true));
	assert_int_equal(cells(f, 1)->state >> 32, sealed + 1);
}

static void test_adopted_once(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket unused;
	u32 value;

	assert_true(adopt(f, 1, true));
	prove(line);
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_UNSEEN);
	assert_int_equal(ask(line, SPEC, &value), PCSC_HIT);
}

/* It is as any line that has just got its map. */
static void assert_begins_empty(struct fixture *f, struct pcsc_line *line)
{
	struct pcsc_ticket ticket;
	u32 value;

	assert_ptr_equal(line->map, &f->map);
	assert_int_equal(pcsc_line_valid_bytes(line), 0);
	prove(line);
	assert_int_equal(pcsc_line_lookup(line, SPEC, 4, &value, &ticket),
			 PCSC_MISS);
	assert_int_not_equal(pcsc_line_fill(line, &ticket, 0x4711), 0);
	assert_int_equal(ask(line, SPEC, &value), PCSC_HIT);
	assert_int_equal(value, 0x4711);
}

static void test_a_broken_seal_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	entry(f, 1)->seal++;
	assert_false(adopt(f, 1, true));
	assert_begins_empty(f, &f->lines[1]);
}

/* It may be inside a bracket that nobody has joined, so a proof is not enough. */
static void test_what_is_no_vf_is_evaluated_after_a_broken_seal(void **state)
{
	struct fixture *f = *state;

	f->map.is_vf = false;
	entry(f, 1)->seal++;
	assert_false(adopt(f, 1, true));
	assert_int_equal(pcsc_line_bypassed(&f->lines[1]),
			 PCSC_BYPASS_PENDING | PCSC_BYPASS_GONE);
	pcsc_line_bypass(&f->lines[1], 0, PCSC_BYPASS_GONE);
	assert_begins_empty(f, &f->lines[1]);
}

/* Before its PF has brought it back a VF is not there. */
static void test_what_has_not_returned_is_not_looked_at(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket unused;
	u32 value;

	hand(f, 1);
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_UNSEEN);
	assert_int_equal(ask(&f->lines[1], SPEC, &value), PCSC_BYPASS);
	assert_true(pcsc_line_return(&f->lines[1]));
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_WHOLE);
	/* The second reader asks hardware. */
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_UNSEEN);
	assert_int_equal(ask(&f->lines[1], SPEC, &value), PCSC_BYPASS);
}

/* Another function of the model had a mismatch there, in this kernel. */
static void test_a_broken_seal_ends_no_demotion(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket unused;
	u32 value;

	hand(f, 1);
	pcsc_line_demote(&f->lines[1], SPEC, 1);
	pcsc_line_drop_evidence(&f->lines[1], PCSC_DROPPED_WRITTEN);
	assert_true(pcsc_line_return(&f->lines[1]));
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_BROKEN);
	prove(&f->lines[1]);
	assert_int_equal(ask(&f->lines[1], SPEC, &value), PCSC_UNCACHABLE);
	assert_int_equal(ask(&f->lines[1], RAW, &value), PCSC_UNCACHABLE);
}

/* Each ends the exemption of VFs that do not exist yet. */
static void test_what_happens_after_the_return_breaks_the_seal(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket unused;

	hand(f, 1);
	assert_true(pcsc_line_return(line));
	pcsc_line_lose(line, 0);
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_BROKEN);
	assert_begins_empty(f, line);
}

static void test_what_happens_after_the_look_breaks_it_too(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket ticket;

	hand(f, 1);
	assert_true(pcsc_line_return(line));
	assert_int_equal(look(f, 1, true, &ticket), PCSC_SEAL_WHOLE);
	pcsc_line_lose(line, 0);
	assert_false(pcsc_line_adopt(line, &ticket));
	assert_begins_empty(f, line);
}

/* A kexec is like a reset: what hangs on the layout waits until it was seen. */
static void test_rechecked_before_it_is_served(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[1];
	const u64 generation = cells(f, 1)->state >> PCSC_STATE_GEN_SHIFT;
	struct pcsc_ticket ticket;
	u32 value;

	/* The last kernel had seen all of it. */
	f->map.all = 1 << 1;
	f->map.dword[RAW / 4].guard = PCSC_GUARD_ALL;
	cells(f, 1)->seen = generation << PCSC_SEEN_GEN_SHIFT | f->map.all;
	seal(f);
	hand(f, 1);
	assert_true(pcsc_line_return(line));
	assert_int_equal(look(f, 1, true, &ticket), PCSC_SEAL_WHOLE);
	pcsc_line_recheck(line, &ticket);
	assert_true(pcsc_line_adopt(line, &ticket));
	assert_true(pcsc_line_proved(line, &ticket));
	assert_int_equal(ask(line, RAW_LOW, &value), PCSC_HIT);
	assert_int_equal(ask(line, RAW, &value), PCSC_MISS);
}

/* An event that sets no reason, between the look and the recheck. */
static void test_no_recheck_hides_an_event(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket ticket;

	hand(f, 1);
	assert_true(pcsc_line_return(line));
	assert_int_equal(look(f, 1, true, &ticket), PCSC_SEAL_WHOLE);
	pcsc_line_lose(line, 0);
	pcsc_line_recheck(line, &ticket);
	assert_false(pcsc_line_adopt(line, &ticket));
	assert_begins_empty(f, line);
}

/* A bracket that is open stays open. */
static void test_a_look_ends_no_bracket(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket unused;

	hand(f, 1);
	assert_true(pcsc_line_return(line));
	pcsc_line_bypass(line, PCSC_BYPASS_ABOVE, 0);
	assert_int_equal(look(f, 1, true, &unused), PCSC_SEAL_BROKEN);
	assert_int_equal(pcsc_line_bypassed(line),
			 PCSC_BYPASS_ABOVE | PCSC_BYPASS_PENDING);
}

static void test_what_has_changed_does_not_return(void **state)
{
	struct fixture *f = *state;

	hand(f, 1);
	pcsc_line_bypass(&f->lines[1], PCSC_BYPASS_DISABLED, 0);
	assert_false(pcsc_line_return(&f->lines[1]));
}

/* The next helper must come to the same, or nothing is ever adopted. */
static void test_a_seal_stays_what_it_is(void **state)
{
	struct fixture *f = *state;

	assert_true(pcsc_line_seal(&f->lines[1], 7) == 0xed584827b8c4fcdb);
}

static void test_handed_is_inert(void **state)
{
	struct fixture *f = *state;
	struct pcsc_line *line = &f->lines[3];
	u32 value;

	pcsc_line_hand(line, cells(f, 3));
	assert_int_equal(ask(line, SPEC, &value), PCSC_BYPASS);
	pcsc_line_lend(line, &f->map);
	assert_int_equal(ask(line, SPEC, &value), PCSC_BYPASS);
	pcsc_line_refuse(line);
	assert_int_equal(pcsc_line_bypassed(line), PCSC_BYPASS_GONE);
	assert_int_equal(pcsc_line_valid_bytes(line), 0);
	assert_null(line->map);
}

/* What happens to a line after it was sealed breaks its seal. */
static void test_late_invalidation(void **state)
{
	struct fixture *f = *state;

	pcsc_line_empty(&f->lines[0], false);
	pcsc_line_demote(&f->lines[1], SPEC, 1);
	pcsc_line_write(&f->lines[2], 0x200, 4, 0);
	pcsc_line_drop_evidence(&f->lines[3], PCSC_DROPPED_WRITTEN);
	pcsc_line_bypass(&f->lines[4], PCSC_BYPASS_PENDING, 0);
	for (int i = 0; i < 5; i++)
		assert_false(adopt(f, i, true));
	for (int i = 5; i < FUNCTIONS; i++)
		assert_true(adopt(f, i, true));
}

static void test_forget(void **state)
{
	struct fixture *f = *state;
	u32 value;

	assert_true(adopt(f, 1, true));
	prove(&f->lines[1]);
	pcsc_line_forget(&f->lines[1], SPEC, 8);
	assert_int_equal(ask(&f->lines[1], SPEC, &value), PCSC_MISS);
	assert_int_equal(ask(&f->lines[1], RAW, &value), PCSC_HIT);
}

static void test_demotions_cross(void **state)
{
	struct fixture *f = *state;
	u32 value;

	pcsc_line_demote(&f->lines[1], SPEC, 1);
	pcsc_line_drop_evidence(&f->lines[2], PCSC_DROPPED_WRITTEN);
	seal(f);
	assert_true(adopt(f, 1, true));
	prove(&f->lines[1]);
	assert_int_equal(ask(&f->lines[1], SPEC, &value), PCSC_UNCACHABLE);
	assert_true(adopt(f, 2, true));
	prove(&f->lines[2]);
	assert_int_equal(ask(&f->lines[2], RAW, &value), PCSC_UNCACHABLE);
}

static bool adopted_with(struct fixture *f, u64 *word, unsigned int shift)
{
	bool adopted;

	memcpy(f->copy, f->region, REGION);
	*word += 1ull << shift;
	seal(f);
	adopted = adopt(f, 1, true);
	memcpy(f->region, f->copy, REGION);
	return adopted;
}

/* A line never has words of a generation that it has not come to. */
static void test_words_of_the_future(void **state)
{
	struct fixture *f = *state;
	struct pcsc_cells *c = cells(f, 1);

	assert_false(adopted_with(f, &c->seen, PCSC_SEEN_GEN_SHIFT));
	for (int i = 0; i < PCSC_DWORDS / 32; i++)
		assert_false(adopted_with(f, &c->zero[i], 32));
	for (int i = 0; i < PCSC_MAX_SLOTS; i++)
		assert_false(
			adopted_with(f, &c->slots[i], PCSC_SLOT_GEN_SHIFT));
	assert_true(adopt(f, 1, true));
	assert_true(adopt(f, 2, true));
}

/* Sealed just after it was emptied: its words are of the generation before. */
static void test_emptied_stays_empty(void **state)
{
	struct fixture *f = *state;

	cells(f, 1)->state += 1ull << 32;
	seal(f);
	assert_true(adopt(f, 1, true));
	assert_int_equal(pcsc_line_valid_bytes(&f->lines[1]), 0);
}

static void test_another_map(void **state)
{
	struct fixture *f = *state;
	u64 hash = pcsc_map_hash(&f->map);

	f->map.dword[SPEC / 4].mask = 0x7;
	assert_true(pcsc_map_hash(&f->map) != hash);
	f->map.dword[SPEC / 4].mask = 0xf;
	f->map.model = 7;
	assert_true(pcsc_map_hash(&f->map) == hash);
}

static void test_another_owner(void **state)
{
	struct fixture *f = *state;

	entry(f, 1)->devfn = 0x55;
	assert_false(adopt(f, 1, true));
	entry(f, 2)->map_hash++;
	assert_false(adopt(f, 2, true));
}

#define says(reason, because)                           \
	do {                                            \
		const char *said = reason;              \
		assert_non_null(said);                  \
		assert_non_null(strstr(said, because)); \
	} while (0)

#define refused(because) says(check(f), because)

/* A lie whose sums are right. */
static void resum(struct fixture *f)
{
	pcsc_handover_sum(header(f));
}

/* Of the header alone: it may name more than there is. */
static void resum_header(struct fixture *f)
{
	const unsigned int skip = offsetof(struct pcsc_handover_header, size);

	header(f)->sum = pcsc_mix_words(
		PCSC_MIX_START, f->region + skip,
		(sizeof(struct pcsc_handover_header) - skip) / 8);
}

static void test_header(void **state)
{
	struct fixture *f = *state;

	header(f)->profile_crc32 ^= 1;
	refused("damaged");
	header(f)->profile_crc32 ^= 1;
	header(f)->table_hash ^= 1;
	resum(f);
	refused("register table");
	header(f)->table_hash ^= 1;
	for (unsigned int byte = 0x7f; byte != ' '; byte = (byte + 1) & 0xff) {
		header(f)->release[0] = byte;
		resum(f);
		if (byte)
			refused("damaged");
	}
	header(f)->release[0] = '6';
	memset(header(f)->helper, 'x', sizeof(header(f)->helper));
	resum(f);
	refused("damaged");
	header(f)->helper[0] = '\0';
	resum(f);
	assert_null(check(f));
	header(f)->walk_version++;
	resum(f);
	refused("register table");
	header(f)->reserved = 1;
	resum(f);
	refused("header is damaged");
	header(f)->reserved = 0;
	header(f)->nr_functions++;
	refused("header is damaged");
	header(f)->size = REGION / 2;
	refused("another size");
	header(f)->cells_size++;
	refused("another version");
	header(f)->cells_size--;
	header(f)->restrictions_size++;
	refused("another version");
	header(f)->restrictions_size--;
	refused("another size");
	header(f)->version = 1;
	refused("another version");
	header(f)->magic++;
	refused("nothing was ever");
}

static void index_fits(struct fixture *f)
{
	resum(f);
	assert_null(check(f));
}

static void index_refused(struct fixture *f)
{
	resum(f);
	refused("function");
}

static void test_index(void **state)
{
	struct fixture *f = *state;

	entry(f, 3)->pf = 4; /* a VF */
	index_refused(f);
	/* behind the last, even if it looks like a PF */
	*entry(f, FUNCTIONS) = *entry(f, 0);
	entry(f, 3)->pf = FUNCTIONS;
	index_refused(f);
	entry(f, 3)->pf = 0;
	entry(f, 3)->domain = 1; /* not the PF's */
	index_refused(f);
	entry(f, 3)->domain = 0;
	entry(f, 5)->layout = 1;
	index_refused(f);
	entry(f, 5)->layout = 0;
	entry(f, 5)->flags |= 1 << 7;
	index_refused(f);
	entry(f, 5)->flags &= ~(1 << 7);
	entry(f, 5)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_refused(f);
	entry(f, 5)->bridges = 0;
	index_fits(f);
}

static void test_the_index_from_end_to_end(void **state)
{
	struct fixture *f = *state;
	const u32 capacity = pcsc_handover_places(REGION).capacity;

	entry(f, FUNCTIONS)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_fits(f);
	header(f)->nr_functions = capacity;
	index_refused(f);
	entry(f, FUNCTIONS)->bridges = 0;
	index_fits(f);
	entry(f, capacity - 1)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_refused(f);
	entry(f, capacity - 1)->bridges = 0;
	entry(f, 0)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_refused(f);
	header(f)->nr_functions = capacity + 1;
	resum(f);
	refused("index are longer");
	header(f)->nr_functions = ~0u;
	resum_header(f);
	refused("index are longer");
}

/* Nobody adopts it: what it says of its layout is nobody's business. */
static void test_what_is_not_held_may_be_anything(void **state)
{
	struct fixture *f = *state;

	entry(f, 7)->flags = PCSC_HANDOVER_VF;
	entry(f, 7)->layout = 1000;
	entry(f, 7)->pf = 1000;
	index_fits(f);
	/* but nobody's PF */
	entry(f, 0)->flags = 0;
	index_refused(f);
}

static void test_domains_of_software_are_not_held(void **state)
{
	struct fixture *f = *state;

	header(f)->nr_functions = 1;
	entry(f, 0)->domain = PCSC_HANDOVER_SOFTWARE_DOMAINS - 1;
	index_fits(f);
	entry(f, 0)->domain = PCSC_HANDOVER_SOFTWARE_DOMAINS;
	index_refused(f);
}

/* The first at 1:01.0 + 2, each three further, four of them. */
static void test_vfs_are_where_their_pf_puts_them(void **state)
{
	static const u8 good[] = { 0x0a, 0x0d, 0x10, 0x13 };
	static const u8 bad[] = { 0x00, 0x07, 0x09, 0x0b, 0x0c, 0x14, 0x16 };
	struct fixture *f = *state;

	header(f)->nr_functions = 2;
	entry(f, 0)->vf_first = 0x10a;
	entry(f, 0)->vf_stride = 3;
	entry(f, 0)->vf_count = 4;
	for (size_t i = 0; i < sizeof(good); i++) {
		entry(f, 1)->devfn = good[i];
		index_fits(f);
	}
	for (size_t i = 0; i < sizeof(bad); i++) {
		entry(f, 1)->devfn = bad[i];
		index_refused(f);
	}
	entry(f, 1)->devfn = 0x0a;
	entry(f, 1)->bus = 2;
	index_refused(f);
}

static struct pcsc_layout *layout(struct fixture *f, int i)
{
	return &pcsc_handover_layouts(f->region, REGION)[i];
}

static void layout_fits(struct fixture *f)
{
	resum(f);
	assert_null(check(f));
}

static void layout_refused(struct fixture *f)
{
	resum(f);
	refused("layout in it");
}

static const struct edge {
	struct pcsc_cap cap;
	bool fits;
} edges[] = {
	{ { .offset = 0x40, .length = 0xc0 }, true },
	{ { .offset = 0x3c, .length = 4 }, false },
	{ { .offset = 0x42, .length = 4 }, false },
	{ { .offset = 0x44, .length = 4 }, true },
	{ { .offset = 0x44, .length = 0 }, false },
	{ { .offset = 0xfc, .length = 4 }, true },
	{ { .offset = 0xfc, .length = 5 }, false },
	{ { .offset = 0x100, .length = 4 }, false },
	{ { .offset = 0x100, .length = 0xf00, .ext = true }, true },
	{ { .offset = 0x100, .length = 0xf01, .ext = true }, false },
	{ { .offset = 0xfc, .length = 4, .ext = true }, false },
	{ { .offset = 0xffc, .length = 4, .ext = true, .opaque = true }, true },
	{ { .offset = 0xffc, .length = 5, .ext = true }, false },
	{ { .offset = 0xfffc, .length = 0xffff, .ext = true }, false },
};

/* In the last of two layouts, as the last of two capabilities. */
static void test_capabilities_lie_in_their_space(void **state)
{
	struct fixture *f = *state;

	header(f)->nr_layouts = 2;
	*layout(f, 1) = *layout(f, 0);
	layout(f, 1)->nr_caps = 2;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		layout(f, 1)->caps[1] = edges[i].cap;
		if (edges[i].fits)
			layout_fits(f);
		else
			layout_refused(f);
	}
	/* the space ends where the function's does */
	layout(f, 1)->caps[1] = edges[8].cap;
	layout(f, 1)->cfg_size = 256;
	layout_refused(f);
}

/* Neither true nor false: a compiler may take it for both. */
static void test_bools_are_bools(void **state)
{
	struct fixture *f = *state;
	struct pcsc_cap *cap = &layout(f, 0)->caps[0];

	memset(&cap->opaque, 2, 1);
	layout_refused(f);
	memset(&cap->opaque, 1, 1);
	layout_fits(f);
	memset(&cap->ext, 2, 1);
	layout_refused(f);
	cap->offset = 0x100;
	layout_refused(f);
	memset(&cap->ext, 1, 1);
	layout_fits(f);
}

static void test_layouts(void **state)
{
	struct fixture *f = *state;
	struct pcsc_layout *first = layout(f, 0);

	first->cfg_size = 256;
	layout_fits(f);
	first->cfg_size = 260;
	layout_refused(f);
	first->cfg_size = 4096;
	first->header_type = 1;
	layout_fits(f);
	first->header_type = 2;
	layout_refused(f);
	first->header_type = 0;
	first->cap_pointer = 0x41;
	layout_refused(f);
	first->cap_pointer = 0x44;
	layout_fits(f);
	first->status = PCSC_WALK_LOOP;
	layout_refused(f);
	first->status = PCSC_WALK_OK;
	first->nr_caps = PCSC_MAX_CAPS + 1;
	/* what would be the next one must not make the difference */
	for (int i = 1; i < PCSC_MAX_CAPS; i++)
		first->caps[i] = first->caps[0];
	memcpy(first + 1, first->caps, sizeof(first->caps[0]));
	layout_refused(f);
	first->nr_caps = PCSC_MAX_CAPS;
	layout_fits(f);
}

static void test_as_many_layouts_as_there_is_room_for(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i < PCSC_HANDOVER_MAX_LAYOUTS; i++)
		*layout(f, i) = *layout(f, 0);
	header(f)->nr_layouts = PCSC_HANDOVER_MAX_LAYOUTS;
	layout_fits(f);
	header(f)->nr_layouts = PCSC_HANDOVER_MAX_LAYOUTS + 1;
	resum(f);
	refused("index are longer");
	header(f)->nr_layouts = ~0u;
	resum_header(f);
	refused("index are longer");
}

/* Which of the parts a change is seen in: 1 header, 2 restrictions, 4 lines. */
static int seen_in(struct fixture *f, u64 offset)
{
	struct pcsc_handover_header *h = header(f);
	const u64 sum = h->sum, restrictions_sum = h->restrictions_sum;
	const u64 lines_sum = h->lines_sum;
	int seen = 0;

	f->region[offset] ^= 1;
	if (pcsc_handover_check_header(h, REGION))
		seen = 1;
	pcsc_handover_sum(h);
	seen |= h->restrictions_sum != restrictions_sum ? 2 : 0;
	seen |= h->lines_sum != lines_sum ? 4 : 0;
	f->region[offset] ^= 1;
	h->restrictions_sum = restrictions_sum;
	h->lines_sum = lines_sum;
	h->sum = sum;
	return seen;
}

/* The header from its sum on, restrictions, layouts and index: whole, and nothing else. */
static void test_every_word_is_summed(void **state)
{
	struct fixture *f = *state;
	const struct pcsc_handover_places p = pcsc_handover_places(REGION);
	u64 end = sizeof(struct pcsc_handover_header);
	u64 at;

	for (at = 24; at < offsetof(struct pcsc_handover_header, nr_layouts);
	     at += 8)
		assert_int_equal(seen_in(f, at) & 1, 1);
	for (at = offsetof(struct pcsc_handover_header, table_hash); at < end;
	     at += 4)
		assert_int_equal(seen_in(f, at) & 1, 1);
	for (at = end; at < p.restrictions; at += 8)
		assert_int_equal(seen_in(f, at), 0);
	end = p.restrictions + sizeof(struct pcsc_handover_restrictions);
	for (; at < p.layouts; at += 8)
		assert_int_equal(seen_in(f, at), at < end ? 2 : 0);
	end = p.layouts + sizeof(struct pcsc_layout);
	for (; at < p.index; at += 8)
		assert_int_equal(seen_in(f, at), at < end ? 4 : 0);
	end = p.index + FUNCTIONS * sizeof(struct pcsc_handover_function);
	for (; at < p.cells; at += 8)
		assert_int_equal(seen_in(f, at), at < end ? 4 : 0);
}

/* All of an entry but its seal. */
static void test_every_byte_is_salt(void **state)
{
	const unsigned int end = offsetof(struct pcsc_handover_function, seal);
	struct fixture *f = *state;
	struct pcsc_handover_function changed;

	for (unsigned int i = 0; i < sizeof(changed); i++) {
		changed = *entry(f, 1);
		((u8 *)&changed)[i] ^= 1;
		assert_int_equal(pcsc_handover_salt(&changed) ==
					 pcsc_handover_salt(entry(f, 1)),
				 i >= end);
	}
}

/* ---- restrictions: what must not be forgotten ---- */

static const char *check_restrictions(struct fixture *f)
{
	const char *reason = pcsc_handover_check_header(header(f), REGION);

	return reason ? reason : pcsc_handover_check_restrictions(header(f));
}

static void restrict_some(struct fixture *f)
{
	struct pcsc_handover_restrictions *r = restrictions(f);

	*r = (struct pcsc_handover_restrictions){
		.profile_crc32 = 7,
		.nr_mismatches = 2,
		.nr_quarantined = 2,
		.nr_limits = 2,
		.mismatches = { { 0x8086, 0x10d3, 0x3c, 1, 0 },
				{ 0x8086, 0x10ca, 0xffc, 4, 1 } },
		.quarantined = { { .bus = 1, .vendor = 0x8086 },
				 { .domain = 0x10000, .devfn = 0xff } },
		.limits = { { .scope = PCSC_HANDOVER_OF_MODEL,
			      .vendor = 0x8086,
			      .device = 0x10d3 },
			    { .scope = PCSC_HANDOVER_OF_FUNCTION,
			      .mode = 1,
			      .domain = 0x10000,
			      .bus = 8,
			      .devfn = 0x81 } },
	};
	resum(f);
	assert_null(check_restrictions(f));
}

/* Lines that are refused, for whatever reason, take nothing with them. */
static void test_restrictions_without_lines(void **state)
{
	struct fixture *f = *state;

	restrict_some(f);
	entry(f, 1)->devfn ^= 1;
	refused("index are damaged");
	assert_null(check_restrictions(f));
	layout(f, 0)->cfg_size++;
	refused("index are damaged");
	assert_null(check_restrictions(f));
	seal(f);
	header(f)->table_hash++;
	resum(f);
	refused("register table");
	assert_null(check_restrictions(f));
	header(f)->nr_functions = ~0u;
	resum_header(f);
	refused("longer");
	assert_null(check_restrictions(f));
	header(f)->nr_functions = 0;
	header(f)->nr_layouts = 0;
	header(f)->table_hash--;
	resum(f);
	assert_null(check(f));
	assert_null(check_restrictions(f));
}

/* And the other way round; a header that is damaged speaks for neither. */
static void test_lines_without_restrictions(void **state)
{
	struct fixture *f = *state;

	restrict_some(f);
	restrictions(f)->limits[0].mode = 1;
	says(check_restrictions(f), "limits are damaged");
	assert_null(check(f));
	resum(f);
	assert_null(check_restrictions(f));
	header(f)->sealed_at ^= 1;
	says(check_restrictions(f), "header is damaged");
	refused("header is damaged");
}

static void restrictions_refused(struct fixture *f, const char *because)
{
	resum(f);
	says(check_restrictions(f), because);
	assert_null(check(f));
}

static void test_restrictions_are_as_long_as_they_can_be(void **state)
{
	struct fixture *f = *state;
	struct pcsc_handover_restrictions *r = restrictions(f);
	u32 *const lengths[] = { &r->nr_mismatches, &r->nr_quarantined,
				 &r->nr_limits };

	restrict_some(f);
	for (int i = 0; i < PCSC_HANDOVER_RESTRICTIONS; i++) {
		r->mismatches[i] = r->mismatches[0];
		r->quarantined[i] = r->quarantined[0];
		r->limits[i] = r->limits[0];
	}
	for (int i = 0; i < 3; i++) {
		*lengths[i] = PCSC_HANDOVER_RESTRICTIONS;
		resum(f);
		assert_null(check_restrictions(f));
		*lengths[i] = PCSC_HANDOVER_RESTRICTIONS + 1;
		restrictions_refused(f, "longer than they can be");
		*lengths[i] = ~0u;
		restrictions_refused(f, "longer than they can be");
		*lengths[i] = 0;
		resum(f);
		assert_null(check_restrictions(f));
	}
}

/* The list is impossible, but not if it ends before that entry. */
static void shorter_fits(struct fixture *f, u32 *length, u32 impossible)
{
	restrictions_refused(f, "impossible");
	*length = impossible;
	resum(f);
	assert_null(check_restrictions(f));
}

/* First and last of each kind, with one field at a time that cannot be. */
static void test_impossible_restrictions(void **state)
{
	static const struct pcsc_handover_mismatch mismatches[] = {
		{ .size = 0 },
		{ .size = 3 },
		{ .size = 8 },
		{ .size = 4, .where = 0x3e },
		{ .size = 2, .where = 0x3d },
		{ .size = 1, .where = 0x1000 },
		{ .size = 4, .where = 0xfffc },
		{ .size = 1, .is_vf = 2 },
	};
	static const struct pcsc_handover_limit limits[] = {
		{ .scope = 0 },
		{ .scope = 3, .vendor = 1 },
		{ .scope = 1, .vendor = 1, .mode = 2 },
		{ .scope = 1, .vendor = 1, .domain = 1 },
		{ .scope = 1, .vendor = 1, .bus = 1 },
		{ .scope = 1, .vendor = 1, .devfn = 1 },
		{ .scope = 2, .bus = 1, .vendor = 1 },
		{ .scope = 2, .bus = 1, .device = 1 },
		{ .scope = 2, .bus = 1, .reserved = 1 },
	};
	struct fixture *f = *state;
	struct pcsc_handover_restrictions *r = restrictions(f);

	for (size_t i = 0; i < 2 * sizeof(mismatches) / sizeof(mismatches[0]);
	     i++) {
		restrict_some(f);
		r->mismatches[i % 2] = mismatches[i / 2];
		shorter_fits(f, &r->nr_mismatches, i % 2);
	}
	for (size_t i = 0; i < 2 * sizeof(limits) / sizeof(limits[0]); i++) {
		restrict_some(f);
		r->limits[i % 2] = limits[i / 2];
		shorter_fits(f, &r->nr_limits, i % 2);
	}
	for (int i = 0; i < 6; i++) {
		restrict_some(f);
		r->quarantined[i % 2].reserved[i / 2] = 1;
		shorter_fits(f, &r->nr_quarantined, i % 2);
	}
}

static void test_restrictions_say_whether_they_are_all(void **state)
{
	struct fixture *f = *state;

	restrict_some(f);
	restrictions(f)->incomplete = 1;
	resum(f);
	assert_null(check_restrictions(f));
	restrictions(f)->incomplete = 2;
	restrictions_refused(f, "impossible");
	restrictions(f)->incomplete = 0;
	restrictions(f)->reserved = 1;
	restrictions_refused(f, "impossible");
}

/* Restrictions of any writer: those that are taken stay within their readers' arrays. */
static void test_nothing_impossible_is_taken(void **state)
{
	struct fixture *f = *state;
	struct pcsc_handover_restrictions *r = restrictions(f);
	int taken = 0;

	srand(2);
	for (int round = 0; round < 20000; round++) {
		restrict_some(f);
		for (int n = 1 + rand() % 3; n; n--)
			((u8 *)r)[rand() % 64] = rand();
		resum(f);
		if (check_restrictions(f))
			continue;
		taken++;
		assert_true(r->nr_mismatches <= PCSC_HANDOVER_RESTRICTIONS);
		for (u32 i = 0; i < r->nr_mismatches; i++)
			assert_true(r->mismatches[i].size &&
				    r->mismatches[i].where / 4 ==
					    (r->mismatches[i].where +
					     r->mismatches[i].size - 1) /
						    4 &&
				    r->mismatches[i].where < 4096);
	}
	assert_in_range(taken, 100, 19900);
}

/* One bit anywhere: all is refused, or one line alone. */
static int adopted_after_flip(struct fixture *f, unsigned int bit)
{
	int n = 0;

	memcpy(f->copy, f->region, REGION);
	f->region[bit / 8] ^= 1 << bit % 8;
	if (!check(f))
		for (int i = 0; i < FUNCTIONS; i++)
			n += adopt(f, i, true);
	memcpy(f->region, f->copy, REGION);
	return n;
}

static void test_flips(void **state)
{
	struct fixture *f = *state;
	const struct pcsc_handover_places p = pcsc_handover_places(REGION);
	const unsigned int first = p.cells * 8;
	const unsigned int bits = FUNCTIONS * sizeof(struct pcsc_cells) * 8;
	unsigned int bit;
	int n;

	srand(1);
	for (int round = 0; round < 2000; round++) {
		/* armed and version are the caller's to look at */
		bit = 16 * 8 +
		      rand() % (sizeof(struct pcsc_handover_header) - 16) * 8;
		assert_int_equal(adopted_after_flip(f, bit + rand() % 8), 0);
		bit = p.restrictions * 8 +
		      rand() % (sizeof(struct pcsc_handover_restrictions) * 8);
		assert_int_equal(adopted_after_flip(f, bit), FUNCTIONS);
		bit = p.index * 8 +
		      rand() % (FUNCTIONS *
				sizeof(struct pcsc_handover_function) * 8);
		assert_int_equal(adopted_after_flip(f, bit), 0);
		n = adopted_after_flip(f, first + rand() % bits);
		/* Reasons to bypass and padding are not sealed. */
		assert_true(n == FUNCTIONS - 1 || n == FUNCTIONS);
	}
}

/* Every bit of every word that a hit may use. */
static void test_every_bit_of_a_line(void **state)
{
	struct fixture *f = *state;
	const struct pcsc_handover_places p = pcsc_handover_places(REGION);
	const unsigned int first = p.cells * 8;
	const unsigned int sealed = offsetof(struct pcsc_cells, seen);
	const unsigned int end =
		offsetof(struct pcsc_cells, slots[PCSC_MAX_SLOTS]);

	for (unsigned int bit = sealed * 8; bit < end * 8; bit++) {
		if (bit / 8 >= offsetof(struct pcsc_cells, pad) &&
		    bit / 8 < offsetof(struct pcsc_cells, zero))
			continue;
		assert_int_equal(adopted_after_flip(f, first + bit),
				 FUNCTIONS - 1);
	}
}

static void fits_together(u64 size)
{
	const struct pcsc_handover_places p = pcsc_handover_places(size);
	const u64 layouts = p.layouts + PCSC_HANDOVER_MAX_LAYOUTS *
						sizeof(struct pcsc_layout);
	const u64 index =
		p.index + p.capacity * sizeof(struct pcsc_handover_function);

	assert_true(sizeof(struct pcsc_handover_header) <= p.restrictions);
	assert_in_range(p.layouts,
			p.restrictions +
				sizeof(struct pcsc_handover_restrictions),
			p.restrictions +
				sizeof(struct pcsc_handover_restrictions) + 63);
	assert_in_range(p.index, layouts, layouts + 63);
	assert_in_range(p.cells, index, index + 63);
	assert_int_equal(p.index % 64, 0);
	assert_int_equal(p.cells % 64, 0);
	assert_true(p.cells + p.capacity * sizeof(struct pcsc_cells) <= size);
}

static void test_places(void **state)
{
	const u64 largest = 1ull << 30;

	(void)state;
	for (u32 n = 1; n < 5000; n += 7) {
		assert_true(
			pcsc_handover_places(pcsc_handover_size(n)).capacity >=
			n);
		fits_together(pcsc_handover_size(n));
		fits_together(pcsc_handover_size(n) + n);
	}
	assert_true(pcsc_handover_places(largest).capacity > 0);
	fits_together(largest);
}

static void test_no_room(void **state)
{
	const u64 sizes[] = { 0,
			      4096,
			      pcsc_handover_size(0) - 1,
			      pcsc_handover_size(0),
			      pcsc_handover_size(1) - 1,
			      (1ull << 30) + 1,
			      2ull << 30 };
	struct pcsc_handover_places p;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = pcsc_handover_places(sizes[i]);
		assert_int_equal(p.capacity, 0);
		assert_int_equal(p.cells, p.index);
	}
	assert_int_equal(pcsc_handover_places(pcsc_handover_size(1)).capacity,
			 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_evidence),
		TEST(test_adopting_touches_its_cells_only),
		TEST(test_adopted_is_the_next_generation),
		TEST(test_adopted_once),
		TEST(test_a_broken_seal_leaves_nothing),
		TEST(test_what_is_no_vf_is_evaluated_after_a_broken_seal),
		TEST(test_a_broken_seal_ends_no_demotion),
		TEST(test_what_has_not_returned_is_not_looked_at),
		TEST(test_what_happens_after_the_return_breaks_the_seal),
		TEST(test_what_happens_after_the_look_breaks_it_too),
		TEST(test_rechecked_before_it_is_served),
		TEST(test_no_recheck_hides_an_event),
		TEST(test_a_look_ends_no_bracket),
		TEST(test_what_has_changed_does_not_return),
		TEST(test_a_seal_stays_what_it_is),
		TEST(test_handed_is_inert),
		TEST(test_late_invalidation),
		TEST(test_forget),
		TEST(test_demotions_cross),
		TEST(test_words_of_the_future),
		TEST(test_emptied_stays_empty),
		TEST(test_another_map),
		TEST(test_another_owner),
		TEST(test_header),
		TEST(test_index),
		TEST(test_the_index_from_end_to_end),
		TEST(test_what_is_not_held_may_be_anything),
		TEST(test_domains_of_software_are_not_held),
		TEST(test_vfs_are_where_their_pf_puts_them),
		TEST(test_capabilities_lie_in_their_space),
		TEST(test_bools_are_bools),
		TEST(test_layouts),
		TEST(test_as_many_layouts_as_there_is_room_for),
		TEST(test_every_word_is_summed),
		TEST(test_every_byte_is_salt),
		TEST(test_restrictions_without_lines),
		TEST(test_lines_without_restrictions),
		TEST(test_restrictions_are_as_long_as_they_can_be),
		TEST(test_impossible_restrictions),
		TEST(test_restrictions_say_whether_they_are_all),
		TEST(test_nothing_impossible_is_taken),
		TEST(test_flips),
		TEST(test_every_bit_of_a_line),
		TEST(test_places),
		TEST(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
