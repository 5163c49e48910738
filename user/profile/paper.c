// SPDX-License-Identifier: GPL-2.0-only
#include "paper.h"

#include "core/meaning.h"
#include "core/template.h"
#include "paper_function.h"

/*
 * PCIe 6.6.1, 5.3.1.4: the helper waits 100 ms and 10 ms before it believes an identity.
 * It counts them in ticks as the kernel's own msleep() does, and ticks that were late come
 * together, in a guest above all: by the clock such a wait of 100 ms took 78. Half of it
 * tells whether the kernel has waited.
 */
#define QUIET_NS 50000000ull
#define QUIET_POWER_NS 10000000ull

/* ---- what reaches which function ---- */

typedef void (*visit)(struct paper *paper, struct paper_function *f);

static void each_vf(struct paper *paper, const struct paper_function *pf,
		    visit visit)
{
	unsigned int rid = paper_rid(pf->rec) + pf->vf_first;
	struct paper_function *vf;

	for (u16 n = 0; n < pf->vf_count; n++, rid += pf->vf_stride ?: 1) {
		vf = paper_find(paper, pf->rec->domain, rid);
		if (vf)
			visit(paper, vf);
	}
}

static void each_below(struct paper *paper, const struct paper_function *port,
		       visit visit)
{
	for (u32 i = 0; port->secondary && i < paper->rec->header.nr_functions;
	     i++) {
		struct paper_function *f = &paper->fn[i];

		if (f->rec->domain == port->rec->domain &&
		    f->rec->bus >= port->secondary &&
		    f->rec->bus <= port->subordinate)
			visit(paper, f);
	}
}

static void be_quiet(struct paper *paper, struct paper_function *f, u64 ns)
{
	if (f->quiet_until < paper->now + ns)
		f->quiet_until = paper->now + ns;
}

static void drop_template(struct paper_function *pf)
{
	pcsc_line_lose(&pf->template, PCSC_BYPASS_GONE);
}

static void lose(struct paper *paper, struct paper_function *f)
{
	be_quiet(paper, f, QUIET_NS);
	f->user_filled = false;
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING);
	drop_template(f);
}

static void hold_from_above(struct paper *paper, struct paper_function *f)
{
	lose(paper, f);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_ABOVE, 0);
}

static void let_go(struct paper *paper, struct paper_function *f)
{
	be_quiet(paper, f, QUIET_NS);
	pcsc_line_end(&f->line, PCSC_BYPASS_ABOVE, NULL, false);
}

static void vf_goes(struct paper *paper, struct paper_function *f)
{
	(void)paper;
	if (!f->handed)
		pcsc_line_lose(&f->line,
			       PCSC_BYPASS_GONE | PCSC_BYPASS_PENDING);
}

static void vf_comes(struct paper *paper, struct paper_function *f)
{
	be_quiet(paper, f, QUIET_NS);
	pcsc_line_end(&f->line, PCSC_BYPASS_GONE | PCSC_BYPASS_ABOVE, NULL,
		      f->handed);
	f->handed = false;
}

/* Its own reset: a VF's values are its PF's firmware's, and stay. */
static void reset_own(struct paper *paper, struct paper_function *f, u64 quiet,
		      u8 which)
{
	const bool vf = f->rec->flags & PCSC_REC_FN_VF;
	const bool keeps = vf && !f->user_filled;

	if (vf && f->map && !(f->map->survives & which))
		pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET);

	be_quiet(paper, f, quiet);
	f->user_filled = false;
	pcsc_line_end(&f->line, PCSC_BYPASS_POWER, NULL, keeps);
}

/* ---- siblings ---- */

/* As if the helper had read all of it: what was seen of it is in its line then. */
static void read_whole(struct paper *paper, struct paper_function *vf)
{
	struct pcsc_ticket ticket;
	u32 unused;

	for (u16 at = 0; vf->values && at < vf->map->cfg_size; at += 4) {
		pcsc_line_lookup(&vf->line, at, 4, &unused, &ticket);
		paper->own_reads++;
		if (paper_is_known(vf->values, at, 4))
			pcsc_line_fill(&vf->line, &ticket,
				       paper_dword(vf->values, at));
	}
}

/* What three VFs have shown in the dword, if they agree. */
static void learn_dword(struct paper *paper, struct paper_function *pf, u16 at)
{
	const struct pcsc_line *lines[PCSC_TEMPLATE_VFS];
	struct pcsc_ticket ticket;
	u32 unused, dword;
	u8 agreed;

	for (unsigned int i = 0; i < PCSC_TEMPLATE_VFS; i++)
		lines[i] = &paper->fn[pf->donors[i]].line;
	pcsc_line_lookup(&pf->template, at, 4, &unused, &ticket);
	agreed = ticket.map ? pcsc_template_agreed(lines, PCSC_TEMPLATE_VFS,
						   ticket.map, at, &dword) :
			      0;
	if (agreed)
		pcsc_line_put(&pf->template, &ticket, agreed, dword);
}

/* The first three of VFs that were just created, if they have one map. */
static bool find_donors(struct paper *paper, struct paper_function *pf)
{
	const struct pcsc_map *map = NULL;
	struct paper_function *vf;

	for (u16 n = 0; n < PCSC_TEMPLATE_VFS; n++) {
		vf = n < pf->vf_count ?
			     paper_find(paper, pf->rec->domain,
					paper_rid(pf->rec) + pf->vf_first +
						n * (pf->vf_stride ?: 1)) :
			     NULL;
		if (!vf || !vf->map || (map && vf->map != map))
			return false;
		map = vf->map;
		pf->donors[n] = vf - paper->fn;
	}
	return true;
}

/* VFs were created: what the first three show may answer for the others. */
static void open_template(struct paper *paper, struct paper_function *pf)
{
	struct pcsc_ticket opened;
	u32 unused;

	pf->taught = !find_donors(paper, pf);
	if (pf->taught)
		return;
	pcsc_line_bypass(&pf->template, 0, PCSC_BYPASS_GONE);
	pcsc_line_assign(&pf->template, paper->fn[pf->donors[0]].map);
	pcsc_line_lookup(&pf->template, 0, 4, &unused, &opened);
	pcsc_line_proved(&pf->template, &opened);
}

/*
 * User space is about to have a VF: the three are read as a whole before. The helper is told
 * when a driver binds. A recording does not have that moment, but the driver lets the VF sleep
 * until it is opened, and that write is there.
 */
static void teach_all(struct paper *paper, struct paper_function *pf)
{
	const u16 size = paper->fn[pf->donors[0]].map ?
				 paper->fn[pf->donors[0]].map->cfg_size :
				 0;

	if (pf->taught || pcsc_line_bypassed(&pf->template))
		return;
	pf->taught = true;
	for (unsigned int i = 0; i < PCSC_TEMPLATE_VFS; i++)
		read_whole(paper, &paper->fn[pf->donors[i]]);
	for (u16 at = 0; at < size; at += 4)
		learn_dword(paper, pf, at);
}

static enum pcsc_shared ask_siblings(struct paper *paper,
				     struct paper_function *vf,
				     const struct pcsc_ticket *ticket)
{
	struct paper_function *pf = vf->pf == NONE ? NULL : &paper->fn[vf->pf];
	enum pcsc_shared answer;
	u32 unused;

	if (!pf || !ticket->map ||
	    !ticket->map->dword[ticket->where / 4].shared)
		return PCSC_SHARED_NONE;
	answer =
		pcsc_template_answer(&pf->template, &vf->line, ticket, &unused);
	if (answer != PCSC_SHARED_NONE || pf->taught)
		return answer;
	learn_dword(paper, pf, ticket->where & ~3);
	return pcsc_template_answer(&pf->template, &vf->line, ticket, &unused);
}

/* ---- what a write does ---- */

static void open_brackets(struct paper *paper, struct paper_function *f,
			  u32 means)
{
	const u8 opens =
		means >> PCSC_MEANS_OPEN_SHIFT & PCSC_MEANS_CLOSE & ~f->open;

	f->open |= opens;
	if (opens & ~PCSC_OPEN_POWER) {
		each_below(paper, f, hold_from_above);
		pcsc_line_lose(&f->line, 0);
	}
	if (opens & PCSC_OPEN_POWER) {
		pcsc_line_bypass(&f->line, PCSC_BYPASS_POWER, 0);
		each_below(paper, f, hold_from_above);
		each_vf(paper, f, hold_from_above);
	}
}

static void close_brackets(struct paper *paper, struct paper_function *f,
			   u32 means)
{
	const u8 closes = means & PCSC_MEANS_CLOSE & f->open;

	f->open &= ~closes;
	if (closes & ~PCSC_OPEN_POWER) {
		pcsc_line_lose(&f->line, 0);
		each_below(paper, f, let_go);
	}
	if (closes & PCSC_OPEN_POWER) {
		reset_own(paper, f, QUIET_POWER_NS, PCSC_SURVIVES_D3HOT);
		each_below(paper, f, let_go);
		each_vf(paper, f, let_go);
	}
}

static void act(struct paper *paper, struct paper_function *f, u32 means)
{
	open_brackets(paper, f, means);
	if (means &
	    (PCSC_MEANS_RESET | PCSC_MEANS_BIST | PCSC_MEANS_RESET_ALL)) {
		reset_own(paper, f, QUIET_NS,
			  means & PCSC_MEANS_RESET ? PCSC_SURVIVES_FLR : 0);
		each_below(paper, f, lose);
		each_vf(paper, f, lose);
		drop_template(f);
	}
	if (means & PCSC_MEANS_LOSE) {
		pcsc_line_lose(&f->line, 0);
		each_below(paper, f, lose);
		each_vf(paper, f, lose);
		drop_template(f);
	}
	if (means & PCSC_MEANS_NO_VFS) {
		f->vfs_enabled = false;
		each_vf(paper, f, vf_goes);
		drop_template(f);
	}
	close_brackets(paper, f, means);
}

#define POWER_OPENS ((u32)PCSC_OPEN_POWER << PCSC_MEANS_OPEN_SHIFT)

/* A VF that a user-space driver had in the end. */
static bool is_for_users(const struct paper_function *f)
{
	return f->pf != NONE && f->rec->flags & PCSC_REC_FN_USER_DRIVER;
}

static void write_to(struct paper *paper, struct paper_function *f, u16 where,
		     u8 size, u32 value)
{
	u32 means;

	if (!f->map)
		return;
	means = pcsc_meaning(f->map, f->secondary, where, size, value);
	if (means & POWER_OPENS && is_for_users(f))
		teach_all(paper, &paper->fn[f->pf]);
	pcsc_line_write(&f->line, where, size, value);
	act(paper, f, means);
	/* VFs that are enabled once more are not created anew. */
	if (!(means & PCSC_MEANS_VFS) || f->vfs_enabled)
		return;
	f->vfs_enabled = true;
	each_vf(paper, f, vf_comes);
	open_template(paper, f);
}

/* ---- what a read gets ---- */

static u32 all_ones(u8 size)
{
	return ~0u >> (32 - 8 * size);
}

/* Has the answer shown that the function is there, and itself? */
static bool is_proof(const struct paper *paper, const struct paper_function *f,
		     u16 where, u8 size, u32 value)
{
	if (pcsc_line_bypassed(&f->line) != PCSC_BYPASS_PENDING ||
	    paper->now < f->quiet_until)
		return false;
	if (f->rec->flags & PCSC_REC_FN_VF)
		return where >= 4 && value != all_ones(size);
	return !where && size == 4 && value == f->ids;
}

static enum paper_answer missed(struct paper *paper, struct paper_function *f,
				const struct pcsc_ticket *ticket, u32 value,
				bool user)
{
	switch (ask_siblings(paper, f, ticket)) {
	case PCSC_SHARED_HIT:
		return PAPER_SIBLING;
	case PCSC_SHARED_UNCHECKED:
		pcsc_template_checked(&f->line, ticket);
		return PAPER_MISS;
	default:
		break;
	}
	if (pcsc_line_fill(&f->line, ticket, value) > 0 && ticket->evidence &&
	    user)
		f->user_filled = true;
	return PAPER_MISS;
}

static enum paper_answer read_from(struct paper *paper,
				   struct paper_function *f, u16 where, u8 size,
				   u32 value, bool user)
{
	struct pcsc_ticket ticket;
	u32 cached;

	switch (pcsc_line_lookup(&f->line, where, size, &cached, &ticket)) {
	case PCSC_HIT:
		return PAPER_HIT;
	case PCSC_MISS:
		return missed(paper, f, &ticket, value, user);
	case PCSC_BYPASS:
		if (is_proof(paper, f, where, size, value))
			pcsc_line_proved(&f->line, &ticket);
		return PAPER_BYPASS;
	default:
		pcsc_line_fill(&f->line, &ticket, value);
		return PAPER_UNCACHABLE;
	}
}

enum paper_answer paper_event(struct paper *paper,
			      const struct pcsc_rec_event *e)
{
	struct paper_function *f = &paper->fn[e->function];
	const bool user = e->where & PCSC_REC_EVENT_USER &&
			  f->rec->flags & PCSC_REC_FN_USER_DRIVER;
	const u16 where = e->where & PCSC_REC_EVENT_OFFSET;
	const u8 size = pcsc_rec_event_width(e);

	paper->now = e->begin_ns;
	if (user && is_for_users(f))
		teach_all(paper, &paper->fn[f->pf]);
	if (e->where & PCSC_REC_EVENT_WRITE) {
		write_to(paper, f, where, size, e->value);
		return PAPER_WRITE;
	}
	if (!f->map || e->caller & PCSC_REC_EVENT_FAILED)
		return PAPER_UNCACHABLE;
	return read_from(paper, f, where, size, e->value, user);
}

/* ---- a kexec ---- */

void paper_kexec(struct paper *paper)
{
	for (u32 i = 0; i < paper->rec->header.nr_functions; i++) {
		struct paper_function *f = &paper->fn[i];

		f->open = 0;
		f->quiet_until = 0;
		f->vfs_enabled = false;
		f->handed = f->rec->flags & PCSC_REC_FN_VF;
		drop_template(f);
		pcsc_line_end(&f->line, ~0u & ~PCSC_BYPASS_PENDING, NULL, true);
		if (f->handed)
			pcsc_line_bypass(&f->line, PCSC_BYPASS_GONE, 0);
	}
	paper->now = 0;
}

u64 paper_own_reads(const struct paper *paper)
{
	return paper->own_reads;
}
