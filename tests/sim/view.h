/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulated functions as a test sees them: what is read of them through the
 * kernel, what they really are, what the helper holds of them.
 */
#ifndef PCSC_VIEW_H
#define PCSC_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#define VIEW_CONFIG 4096
#define VIEW_FUNCTIONS 32
#define VIEW_SRIOV 0x140 /* where examples/survival.sim has it */

/* User space's way, under a lock that all share; and drivers', without it. */
enum view_reader { VIEW_SYSFS, VIEW_DRIVER, VIEW_READERS };

/* An access that can be answered from memory, or that what it is for needs. */
struct view_read {
	uint16_t where;
	uint8_t size;
	bool held; /* all of its bytes are, once they were read */
	uint32_t held_bits; /* of its value; 0: none of its bytes is */
	bool flips; /* all of its bytes change with flip */
};

struct view_function {
	char address[16]; /* BUS:DEVICE.FUNCTION */
	uint16_t rid;
	bool port;
	struct view_function *above; /* the port, if there is one */
	struct view_function *pf; /* a VF's */
	unsigned int vfs; /* a PF's, enabled */
	uint32_t buses; /* a port's: the dword of their numbers */
	int config;
	struct view_read *reads;
	unsigned int nr_reads;
	unsigned int registers; /* dwords with bytes that are held, and flip */
	unsigned int full; /* bytes held when all is */
	/* By the last view_state() */
	unsigned int held;
	uint32_t why; /* PCSC_WHY_* */
};

extern struct view_function view_function[VIEW_FUNCTIONS];
extern unsigned int view_functions;

/* Behind the last of them; the place of one among them. */
static inline struct view_function *view_end(void)
{
	return view_function + view_functions;
}

static inline unsigned int view_number(const struct view_function *f)
{
	return f - view_function;
}

void view_nap(unsigned int ms);

/* All return 0, or -1 after a sentence, where nothing else is said. */
int view_open(void);
void view_close(void);

/* NULL after a sentence, if there is none. */
struct view_function *view_find(const char *address);

/* Is @f below the port @on, or its VF? */
bool view_hangs_on(const struct view_function *f,
		   const struct view_function *on);

/* False: there is no such device at the moment. */
bool view_get(struct view_function *f, enum view_reader reader, uint16_t where,
	      uint8_t size, uint32_t *value);
int view_put(struct view_function *f, uint16_t where, uint8_t size,
	     uint32_t value);

/* The device was removed: its file is another one when it is back. */
void view_reopen(struct view_function *f);

/* A command to the simulator; of a function; 1 written to a file of sysfs. */
int view_command(const char *command);
int view_command_of(const struct view_function *f, const char *command);
int view_tell(const char *path, const char *text);
int view_tell_of(const struct view_function *f, const char *file,
		 const char *text);

/*
 * As the kernel would: bridges that were reset have no bus numbers, PFs no VFs.
 */
int view_enable_vfs(struct view_function *pf);
int view_restore(void);

int view_truth(const struct view_function *f, uint8_t *bytes);
uint32_t view_value(const uint8_t *bytes, uint16_t where, uint8_t size);

/* How many reads of it have reached the simulator. */
unsigned long view_reached(const struct view_function *f);

/* The helper: PCSC_MODE_*; what it holds; forget (@f NULL: all). */
int view_mode(uint32_t mode);
int view_state(void);
int view_flush(const struct view_function *f);

/* Find out what can be held of each function, and what flips. */
int view_learn(void);

/*
 * Read until all is held again and nothing is bypassed. -1, after a sentence, if that
 * takes too long.
 */
int view_warm(void);

/*
 * Read identities, and nothing that can be held, until every function is served again,
 * or for some time: a function that is not served is no error.
 */
int view_prove(void);

#endif
