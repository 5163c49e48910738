// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <string.h>

static const struct pcsc_map_entry *entry_of(const struct model *m, u16 byte)
{
	return &m->map->dword[byte / 4];
}

static bool is_const(const struct model *m, u16 byte)
{
	return entry_of(m, byte)->mask & (1u << byte % 4);
}

static bool by_evidence(const struct model *m, u16 byte)
{
	return entry_of(m, byte)->evidence & (1u << byte % 4);
}

static bool is_odd(const struct model *m, u16 where, u8 size)
{
	return where >= m->map->cfg_size || where % 4 + size > 4;
}

static bool is_seen(const struct model *m, u8 guard)
{
	unsigned int i;

	if (guard == PCSC_GUARD_NONE)
		return true;
	if (guard != PCSC_GUARD_ALL)
		return m->seen[guard];
	for (i = 0; i < m->map->nr_heads; i++)
		if (!m->seen[m->map->heads[i].guard])
			return false;
	return true;
}

static void expire(struct model *m)
{
	unsigned int i;

	for (i = 0; i < MODEL_TICKETS; i++)
		m->tickets[i].fresh = false;
}

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->bypass = PCSC_BYPASS_GONE;
}

static unsigned int only(enum pcsc_answer answer)
{
	return 1u << answer;
}

/* The bytes of a const dword, some of which may be dead or not here yet. */
static unsigned int answer_const(const struct model *m, u16 where, u8 size)
{
	const bool seen = is_seen(m, entry_of(m, where)->guard);
	bool held = true;
	u16 i;

	for (i = where; i < where + size; i++) {
		/* Both go to hardware: which comes first is nobody's promise. */
		if (m->dead[i])
			return only(PCSC_UNCACHABLE) |
			       (seen ? 0 : only(PCSC_MISS));
		held = held && m->held[i];
	}
	return only(seen && held ? PCSC_HIT : PCSC_MISS);
}

static unsigned int allowed(const struct model *m, u16 where, u8 size)
{
	u16 i;

	if (!m->map || m->bypass)
		return only(PCSC_BYPASS);
	if (is_odd(m, where, size))
		return only(PCSC_UNCACHABLE);
	for (i = where; i < where + size; i++)
		if (!is_const(m, i) || (by_evidence(m, i) && m->evidence_over))
			return only(PCSC_UNCACHABLE);
	return answer_const(m, where, size);
}

struct model_answer model_lookup(struct model *m, u16 where, u8 size,
				 unsigned int ticket)
{
	struct model_answer answer = { .allowed = allowed(m, where, size) };
	const bool ours = !(answer.allowed & only(PCSC_BYPASS)) &&
			  !is_odd(m, where, size);
	unsigned int i;

	m->tickets[ticket] = (struct model_ticket){
		.map = ours ? m->map : NULL,
		.where = where,
		.size = size,
		.fresh = true,
	};
	for (i = 0; ours && i < size; i++) {
		answer.value |= (u32)m->value[where + i] << (8 * i);
		answer.evidence |= by_evidence(m, where + i);
	}
	return answer;
}

bool model_current(const struct model *m, unsigned int ticket)
{
	return m->tickets[ticket].fresh && !m->bypass;
}

unsigned int model_drop_evidence(struct model *m)
{
	if (!m->map || m->evidence_over || !m->map->nr_evidence)
		return 0;
	m->evidence_over = true;
	return m->map->nr_evidence;
}

/* A dword that is zero by evidence is known to be zero as a whole, or not. */
static int keep_zero(struct model *m, u16 where, u8 size, u32 value)
{
	u16 i;

	if (m->evidence_over)
		return 0;
	if (value)
		return -(int)model_drop_evidence(m);
	if (size != 4)
		return 0;
	for (i = where; i < where + 4; i++) {
		m->held[i] = true;
		m->value[i] = 0;
	}
	return 4;
}

/* May what a read brought be kept of this byte? */
static bool takes(const struct model *m, u16 byte)
{
	return is_const(m, byte) && !m->dead[byte] &&
	       !(by_evidence(m, byte) && m->evidence_over);
}

/*
 * A read that contradicts what is held is doubted as a whole: what is held of
 * it is dead, the rest of it is not kept.
 */
static int keep_bytes(struct model *m, u16 where, u8 size, u32 value)
{
	int kept = 0, doubted = 0;
	bool contradicts = false;
	u16 i;

	for (i = where; i < where + size; i++) {
		if (!takes(m, i))
			continue;
		kept++;
		doubted += m->held[i];
		if (m->held[i] &&
		    m->value[i] != (u8)(value >> (8 * (i - where))))
			contradicts = true;
	}
	for (i = where; i < where + size; i++) {
		if (!takes(m, i))
			continue;
		if (contradicts) {
			m->dead[i] = m->held[i];
			m->held[i] = false;
			continue;
		}
		m->held[i] = true;
		m->value[i] = value >> (8 * (i - where));
	}
	return contradicts ? -doubted : kept;
}

/* Does the dword's header allow its bytes to be kept? May end in bypass. */
static bool head_allows(struct model *m, const struct pcsc_map_head *head,
			const struct model_ticket *t, u32 value)
{
	const unsigned int shift = 8 * (t->where % 4);
	const u64 touched = ((1ull << (8 * t->size)) - 1) << shift;

	if (((value << shift) ^ head->value) & head->mask & touched) {
		model_bypass(m, PCSC_BYPASS_LAYOUT, 0);
		return false;
	}
	if (m->seen[head->guard] || !(head->mask & touched))
		return true;
	if (head->mask & ~touched || !is_seen(m, head->needs))
		return false;
	m->seen[head->guard] = true;
	return true;
}

static bool all_heads_allow(struct model *m, const struct model_ticket *t,
			    u32 value)
{
	unsigned int i;

	for (i = 0; i < m->map->nr_heads; i++)
		if (m->map->heads[i].offset / 4 == t->where / 4 &&
		    !head_allows(m, &m->map->heads[i], t, value))
			return false;
	return true;
}

static bool is_all_ones(u32 value, u8 size)
{
	return value == (u32)((1ull << (8 * size)) - 1);
}

int model_fill(struct model *m, unsigned int ticket, u32 value)
{
	const struct model_ticket t = m->tickets[ticket];
	const struct pcsc_map_entry *entry;

	if (!t.fresh || !t.map || m->bypass)
		return 0;
	if (is_all_ones(value, t.size) && !(m->map->is_vf && t.where < 4))
		return 0;
	entry = entry_of(m, t.where);
	if (!all_heads_allow(m, &t, value))
		return 0;
	if (entry->slot == PCSC_SLOT_ZERO)
		return keep_zero(m, t.where, t.size, value);
	return keep_bytes(m, t.where, t.size, value);
}

/* How many bytes are alive that only evidence speaks for. */
static unsigned int evidence_alive(const struct model *m)
{
	unsigned int n = 0;
	u16 i;

	for (i = 0; !m->evidence_over && i < MODEL_BYTES; i++)
		n += by_evidence(m, i) && !m->dead[i];
	return n;
}

struct model_count model_demote(struct model *m, u16 where, u8 size)
{
	struct model_count n = { 0, 0 };
	bool touched = false;
	u16 i;

	if (!m->map || is_odd(m, where, size))
		return n;
	if (entry_of(m, where)->slot == PCSC_SLOT_ZERO) {
		n.least = evidence_alive(m);
		n.most = model_drop_evidence(m);
		return n;
	}
	for (i = where; i < where + size; i++)
		touched |= is_const(m, i);
	for (i = where & ~3; touched && i < (where & ~3) + 4; i++) {
		if (!is_const(m, i) || m->dead[i])
			continue;
		n.least += takes(m, i);
		n.most++;
		m->dead[i] = true;
		m->held[i] = false;
	}
	return n;
}

bool model_undescribed(const struct model *m, u16 where, u8 size)
{
	u16 i;

	if (!m->map || is_odd(m, where, size))
		return false;
	for (i = where; i < where + size; i++)
		if (!(entry_of(m, i)->described & (1u << i % 4)))
			return true;
	return false;
}

/* Do only bytes of it that the table calls read-only have anything at stake? */
static bool is_fixed(const struct model *m, u16 where, u8 size)
{
	bool any = false;
	u16 i;

	for (i = where; i < where + size; i++) {
		if (!is_const(m, i))
			continue;
		if (!(entry_of(m, i)->fixed & (1u << i % 4)))
			return false;
		any = true;
	}
	return any;
}

static bool differs(const struct model *m, u16 where, u8 size, u32 value)
{
	u16 i;

	for (i = where; i < where + size; i++)
		if (m->held[i] &&
		    m->value[i] != (u8)(value >> (8 * (i - where))))
			return true;
	return false;
}

/* A restore: it demotes nothing, but what was read before it is not kept. */
static bool restores(struct model *m, u16 where, u8 size, u32 value)
{
	u16 i;

	if (!m->map || is_odd(m, where, size) || !is_fixed(m, where, size) ||
	    differs(m, where, size, value))
		return false;
	for (i = where; i < where + size; i++)
		if (is_const(m, i) && !m->held[i] && !m->dead[i])
			expire(m);
	return true;
}

struct model_count model_write(struct model *m, u16 where, u8 size, u32 value)
{
	struct model_count n = { 0, 0 };

	if (!restores(m, where, size, value))
		n = model_demote(m, where, size);
	if (model_undescribed(m, where, size)) {
		n.least += evidence_alive(m);
		n.most += model_drop_evidence(m);
	}
	return n;
}

bool model_opaque(const struct model *m, u16 where, u8 size)
{
	u16 i;

	if (!m->map || is_odd(m, where, size))
		return false;
	for (i = where; i < where + size; i++)
		if (entry_of(m, i)->opaque & (1u << i % 4) ||
		    !(entry_of(m, i)->described & (1u << i % 4)))
			return true;
	return false;
}

bool model_denies_absence(const struct model *m, u16 where, u8 size)
{
	u16 i;

	if (!m->map || is_odd(m, where, size))
		return false;
	for (i = where; i < where + size; i++)
		if (m->held[i] && m->value[i] != 0xff &&
		    !(by_evidence(m, i) && m->evidence_over))
			return true;
	return false;
}

void model_lose(struct model *m, u32 set)
{
	model_empty(m, false);
	m->bypass |= set;
}

void model_end(struct model *m, u32 clear, u32 held, bool keep)
{
	expire(m);
	if (!keep)
		model_empty(m, false);
	m->bypass = (m->bypass & ~(clear & ~held)) | PCSC_BYPASS_PENDING;
}

void model_bypass(struct model *m, u32 set, u32 clear)
{
	m->bypass = (m->bypass & ~clear) | set;
	if (set)
		expire(m);
}

bool model_proved(struct model *m, unsigned int ticket)
{
	if (m->tickets[ticket].fresh)
		m->bypass &= ~(PCSC_BYPASS_PENDING | PCSC_BYPASS_ABSENT);
	return m->tickets[ticket].fresh;
}

void model_recheck(struct model *m)
{
	unsigned int i;

	if (!m->map)
		return;
	expire(m);
	memset(m->seen, 0, sizeof(m->seen));
	memset(&m->held[0x08], 0, 4);
	memset(&m->held[0x2c], 0, 4);
	for (i = 0; i < m->map->nr_heads; i++)
		memset(&m->held[m->map->heads[i].offset], 0, 4);
}

void model_empty(struct model *m, bool reborn)
{
	expire(m);
	memset(m->seen, 0, sizeof(m->seen));
	memset(m->held, 0, sizeof(m->held));
	if (!reborn)
		return;
	memset(m->dead, 0, sizeof(m->dead));
	m->evidence_over = false;
}

void model_assign(struct model *m, const struct pcsc_map *map)
{
	m->map = map;
	model_empty(m, true);
}

void model_trust_layout(struct model *m)
{
	unsigned int i;

	for (i = 0; m->map && i < m->map->nr_heads; i++)
		m->seen[m->map->heads[i].guard] = true;
}

unsigned int model_valid_bytes(const struct model *m)
{
	unsigned int i, n = 0;

	for (i = 0; i < MODEL_BYTES; i++)
		n += m->held[i];
	return n;
}
