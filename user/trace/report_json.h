/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a report in JSON. */
#ifndef PCSC_REPORT_JSON_H
#define PCSC_REPORT_JSON_H

#include "jsonw.h"

struct pcsc_rec_caller;
struct pcsc_rec_losses;
struct pcsc_view;

/* ---- json_waits.c ---- */

/* Its name, and the attribute that it used, if there is one. */
void pcsc_json_put_caller(struct pcsc_jsonw *w,
			  const struct pcsc_rec_caller *c);
/* How many accesses there were, and how long they took. */
void pcsc_json_put_counts(struct pcsc_jsonw *w, uint64_t reads, uint64_t writes,
			  uint64_t errors, uint64_t read_ns, uint64_t write_ns);
/* "visits", "waits", "slowest" and "paths". */
void pcsc_json_put_waits(struct pcsc_jsonw *w, const struct pcsc_view *view);

/* ---- answer_phases.c ---- */

/* "phases", if there are marks. 0 or -ENOMEM. */
int pcsc_json_put_phases(struct pcsc_jsonw *w, const struct pcsc_view *view);

/* ---- report_json.c ---- */

/* "losses" */
void pcsc_losses_json(struct pcsc_jsonw *w, const struct pcsc_rec_losses *l);

#endif
