/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types as far as our BPF programs use them. libbpf relocates
 * every member to where the running kernel has it, so only names and kinds
 * matter here. `make vmlinux` brings them up to date.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
typedef int pid_t;
typedef int pci_power_t;
typedef u64 phys_addr_t;
typedef phys_addr_t resource_size_t;

enum {
	false = 0,
	true = 1,
};

/* UAPI: these never change. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

enum {
	BPF_F_NO_PREALLOC = 1,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
};

/* How kprobes see registers: these never change either. */
struct pt_regs { /* x86 */
	unsigned long r15;
	unsigned long r14;
	unsigned long r13;
	unsigned long r12;
	unsigned long bp;
	unsigned long bx;
	unsigned long r11;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long ip;
	unsigned long cs;
	unsigned long flags;
	unsigned long sp;
	unsigned long ss;
};

struct user_pt_regs { /* arm64 */
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)

struct list_head {
	struct list_head *next;
};

struct task_struct {
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	u64 start_time;
	char comm[16];
	u64 self_exec_id;
};

struct resource {
	resource_size_t start;
	resource_size_t end;
};

struct pci_dev;

struct pci_bus {
	struct pci_bus *parent;
	struct list_head devices;
	struct pci_dev *self;
	struct resource busn_res;
	void *sysdata;
	unsigned char number;
	int domain_nr;
};

/* What pci_bus.sysdata points to on x86. */
struct pci_sysdata {
	int domain;
};

struct device_driver {
	const char *name;
};

struct bus_type {
	const char *name;
};

struct attribute {
	const char *name;
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
	const struct bus_type *bus;
	struct device_driver *driver;
};

struct pci_sriov {
	int pos;
};

struct pci_vpd {
	u8 cap;
};

struct pci_dev {
	struct list_head bus_list;
	struct pci_bus *bus;
	struct pci_bus *subordinate;
	unsigned int devfn;
	short unsigned int vendor;
	short unsigned int device;
	short unsigned int subsystem_vendor;
	short unsigned int subsystem_device;
	unsigned int class;
	u8 revision;
	u8 hdr_type;
	u16 aer_cap;
	u8 pcie_cap;
	u8 msi_cap;
	u8 msix_cap;
	u8 pm_cap;
	pci_power_t current_state;
	u16 l1ss;
	struct device dev;
	int cfg_size;
	unsigned int is_physfn : 1;
	unsigned int is_virtfn : 1;
	u16 ptm_cap;
	struct pci_vpd vpd;
	u16 dpc_cap;
	struct pci_sriov *sriov;
	u16 ats_cap;
	u16 pri_cap;
	u16 pasid_cap;
};

#pragma clang attribute pop

#endif
