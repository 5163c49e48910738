/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was seen of one model, judged: rules by the register table where nothing
 * seen contradicts it, rules by evidence alone where nobody describes a byte,
 * and conflicts where something does contradict. docs/pcsc-profile.md has the rules.
 */
#ifndef PCSC_JUDGE_H
#define PCSC_JUDGE_H

#include "observe.h"
#include "profile.h"

/* Append a model to @prof for @seen, which has bytes. 0 or -ENOMEM. */
int judge_model(const struct observed_model *seen, struct profile *prof);

#endif
