/* SPDX-License-Identifier: GPL-2.0-only */
/* A function of this host, as rules are matched with it. */
#ifndef PCSC_PROFILE_HOST_H
#define PCSC_PROFILE_HOST_H

#include "core/profile.h"
#include "core/walk.h"

struct host_function {
	u32 domain;
	u8 bus, devfn;
	struct pcsc_identity identity;
	/* Found in its configuration space; its status may be anything. */
	struct pcsc_layout layout;
};

/*
 * Look at the function in @devices, sysfs's directory: at its attributes, and at its
 * capability lists by reading `config`, which wakes a function that sleeps. 0 or a
 * negative errno, said: -ENODEV if there is no such function.
 */
int host_look(const char *devices, u32 domain, u8 bus, u8 devfn,
	      struct host_function *out);

typedef void (*host_fn)(const struct host_function *f, void *ctx);

typedef bool (*host_wanted)(u32 domain, u8 bus, u8 devfn, void *ctx);

/*
 * The same of all functions that have an identity, in the order of addresses. Those
 * that are not @wanted are not looked at, so they sleep on; NULL: all are.
 */
int host_each(const char *devices, host_wanted wanted, host_fn each, void *ctx);

#endif
