/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cache of PCI configuration space is told of: see drivers/pci/pcsc. */
#ifndef _LINUX_PCI_PCSC_H
#define _LINUX_PCI_PCSC_H

#include <linux/types.h>

struct pci_dev;
struct pcsc_function;

/* One call that may change what configuration space says, from its begin to its end. */
struct pci_pcsc_call {
	struct pci_dev *pdev;
	struct pcsc_function *function; /* NULL: the cache does not know it */
	u32 activation; /* in which it began, and @function is what it was */
	bool was_cold;
};

/* A write that does not come through the operations of a bus. */
struct pci_pcsc_write {
	u32 segment;
	u8 bus;
	u8 devfn;
	u32 where;
	u32 size; /* bytes */
	u32 value;
};

#ifdef CONFIG_PCI_PCSC
/* Before and after a reset of @pdev, or of all below it. Process context. */
void pci_pcsc_reset_begins(struct pci_pcsc_call *call, struct pci_dev *pdev);
void pci_pcsc_reset_ended(const struct pci_pcsc_call *call);

/* After the platform was told to put the function into D0 (@on) or another state. */
void pci_pcsc_power_ended(const struct pci_pcsc_call *call, bool on, int error);

/* Before and after @pdev is put into D0, from whatever state. */
void pci_pcsc_wake_begins(struct pci_pcsc_call *call, struct pci_dev *pdev);
void pci_pcsc_wake_ended(const struct pci_pcsc_call *call);

/* Before and after a write; any context. */
void pci_pcsc_write_begins(struct pci_pcsc_call *call,
			   const struct pci_pcsc_write *write);
void pci_pcsc_write_ended(const struct pci_pcsc_call *call,
			  const struct pci_pcsc_write *write);
#else
static inline void pci_pcsc_reset_begins(struct pci_pcsc_call *call,
					 struct pci_dev *pdev)
{
}

static inline void pci_pcsc_reset_ended(const struct pci_pcsc_call *call)
{
}

static inline void pci_pcsc_power_ended(const struct pci_pcsc_call *call,
					bool on, int error)
{
}

static inline void pci_pcsc_wake_begins(struct pci_pcsc_call *call,
					struct pci_dev *pdev)
{
}

static inline void pci_pcsc_wake_ended(const struct pci_pcsc_call *call)
{
}

static inline void pci_pcsc_write_begins(struct pci_pcsc_call *call,
					 const struct pci_pcsc_write *write)
{
}

static inline void pci_pcsc_write_ended(const struct pci_pcsc_call *call,
					const struct pci_pcsc_write *write)
{
}
#endif

#endif
