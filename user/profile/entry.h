/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of a model as JSON, both ways: its layout's capabilities
 * (struct profile_cap), its rules (struct profile_rule) with their evidence, and its
 * conflicts (struct profile_conflict). docs/profile-format.md says what the keys mean.
 */
#ifndef PCSC_ENTRY_H
#define PCSC_ENTRY_H

#include "field.h"

extern const struct field_array entry_caps, entry_rules, entry_conflicts;

#endif
