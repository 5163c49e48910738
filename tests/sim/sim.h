/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcsc_sim: simulated PCI functions in a domain of their own.
 *
 * A model is what a description says once; a function is an instance of it.
 * All that accesses touch is under sim_lock; what builds and removes, and the
 * description, is under sim_mutex.
 */
#ifndef PCSC_SIM_H
#define PCSC_SIM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#define SIM_NAME 32
#define SIM_CONFIG 4096 /* of an extended function */
#define SIM_REGS 128 /* of a model */
#define SIM_RIDS 0x10000
#define SIM_ERROR 160

enum sim_kind {
	SIM_CONST,
	SIM_RW,
	SIM_RW1C,
	SIM_COUNTER,
	SIM_LATE,
	SIM_READCLEAR,
	SIM_READSTEP,
	SIM_MAILBOX,
	SIM_WINDOW,
	SIM_LINKED,
	SIM_STAMP,
	SIM_DESCRIBED, /* from here on: the specification's, not for reg */
	SIM_PMCSR = SIM_DESCRIBED,
	SIM_DEVCTL,
	SIM_LNKCTL,
	SIM_LNKSTA,
	SIM_AFCTL,
	SIM_BUSES,
	SIM_BRIDGE_CONTROL,
	SIM_SRIOV_CONTROL,
	SIM_NUM_VFS,
	SIM_KINDS,
};

enum sim_event {
	SIM_FLR,
	SIM_PM, /* D3hot to D0 without No_Soft_Reset */
	SIM_BUS, /* a reset or a link loss above */
	SIM_FW, /* another firmware is activated */
	SIM_COLD, /* power was gone */
	SIM_EVENTS,
};

struct sim_change {
	enum { SIM_KEEP, SIM_SET, SIM_ADD } how;
	u64 value;
};

struct sim_reg {
	u16 where;
	u16 len;
	u8 kind;
	bool sticky;
	u64 value;
	u64 mask; /* what software may write, or what has the behaviour */
	u64 arg;
	u64 arg2;
	struct sim_change on[SIM_EVENTS];
	u16 state; /* the first of its words in sim_function.state */
};

struct sim_model {
	struct list_head node;
	char name[SIM_NAME];
	u8 type;
	bool vf;
	u16 size;
	u16 last_cap, last_ecap; /* whose next pointer is to be filled in */
	u16 pcie, pm, sriov, ari; /* where they are, 0: not there */
	u16 vfs, vf_offset, vf_stride;
	struct sim_model *vf_model;
	u32 nr_regs, nr_states;
	struct sim_reg regs[SIM_REGS];
	u8 image[SIM_CONFIG];
	u8 writable[SIM_CONFIG];
	u8 clearable[SIM_CONFIG];
	bool structure[SIM_CONFIG]; /* how it is built: flip leaves it alone */
	u8 owner[SIM_CONFIG]; /* index into regs, plus one */
};

/* A function statement. */
struct sim_group {
	struct list_head node;
	struct sim_model *model;
	unsigned int line;
	u8 bus, devfn;
	u8 secondary, subordinate;
	u16 count, buses;
	u32 rrs_ms;
};

enum sim_away {
	SIM_REMOVED = 1,
	SIM_D3COLD = 2,
	SIM_LINK_DOWN = 4, /* of a port: what is below */
};

struct sim_function {
	struct sim_model *model;
	struct sim_function *port; /* the one above; none: the root bus */
	struct sim_function *pf;
	u8 *image;
	u64 *state;
	u64 reads, writes;
	u64 rrs_until;
	u32 rrs_ms;
	u32 delay_ns;
	u32 hold_ms; /* a write, before it takes effect */
	u32 slow_ms; /* one write, after that */
	u16 rid;
	u8 devfn;
	u8 away;
	bool enabled; /* of a VF */
	bool routed; /* some rid leads here */
	bool flips; /* with its next event */
	bool slow_next; /* the next write is the slow one */
};

struct sim {
	struct list_head models;
	struct list_head groups;
	struct sim_function *functions; /* a PF's VFs follow it */
	unsigned int nr;
	struct sim_function **map; /* by routing ID */
	void *memory; /* of the images, then of the states */
	bool reroute;
	u64 unclaimed_reads, unclaimed_writes;
};

struct sim_access {
	u16 rid;
	u16 where;
	u8 size;
	bool write;
	bool unanswered;
	u32 value;
};

extern struct sim sim;
extern raw_spinlock_t sim_lock;
extern struct mutex sim_mutex;
extern unsigned int sim_domain;
extern unsigned int sim_seed;

/* main.c */
struct pci_ops *sim_attach(void);
int sim_detach(void);
bool sim_attached(void);

/* bus.c */
int sim_read(struct pci_bus *bus, unsigned int devfn, int where, int size,
	     u32 *value);
int sim_write(struct pci_bus *bus, unsigned int devfn, int where, int size,
	      u32 value);
bool sim_is_ours(const struct pci_bus *bus);
int sim_bus_add(struct pci_ops *ops);
bool sim_bus_remove(void);
bool sim_bus_present(void);

/* route.c */
void sim_route(void);
struct sim_function *sim_below(struct sim_function *above,
			       struct sim_function *fn);
bool sim_reachable(const struct sim_function *fn);

/* build.c */
int sim_build(char *error);
void sim_unbuild(void);

/* parse.c */
int sim_parse(const char *text, char *error);
void sim_forget(void);

/* register.c: of one function, sim_lock held */
extern const char *const sim_kind_names[SIM_KINDS];
u64 sim_load(const u8 *image, unsigned int where, unsigned int len);
void sim_reg_store(struct sim_function *fn, const struct sim_reg *reg,
		   u64 value);
u32 sim_fn_read(struct sim_function *fn, unsigned int where, unsigned int size);
void sim_fn_write(struct sim_function *fn, unsigned int where,
		  unsigned int size, u32 value);
void sim_fn_refresh(struct sim_function *fn);
void sim_fn_snapshot(struct sim_function *fn, u8 *buffer);
const struct sim_reg *sim_owner(const struct sim_model *model,
				unsigned int where);
u64 sim_now(void);
void sim_speed_set(u32 speed);
void sim_time_pass(u32 ms);
u32 sim_speed(void);
u64 sim_ns(void);

/* event.c: likewise */
extern const char *const sim_event_names[SIM_EVENTS];
void sim_reg_reset(struct sim_function *fn, const struct sim_reg *reg,
		   enum sim_event event);
void sim_fn_flip(struct sim_function *fn);
void sim_fn_event(struct sim_function *fn, enum sim_event event);
void sim_below_event(struct sim_function *port, enum sim_event event);
void sim_vfs_update(struct sim_function *pf);

/* log.c */
extern bool sim_log_on;
int sim_log_init(void);
void sim_log_exit(void);
void sim_log_add(const struct sim_access *access, unsigned long irqs_off);
void sim_log_clear(void);
ssize_t sim_log_text(char *buffer, size_t size);
void sim_log_stats(struct seq_file *file);

/* control.c: one line, and what was wrong with it */
int sim_control(char *line, char *error);

/* debugfs.c */
extern char *sim_text;
int sim_debugfs_init(void);
void sim_debugfs_exit(void);

#endif
