/* SPDX-License-Identifier: GPL-2.0-only */
/* How functions are named, and chosen: as lspci does both. */
#ifndef PCSC_BDF_H
#define PCSC_BDF_H

#include <pci/pci.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pcsc_rec_function;

#define PCSC_BDF_SIZE sizeof("10000000:00:00.0")

/* As large as lspci 3.13's: some of pci.ids' names are longer than 128 bytes. */
#define PCSC_NAME_SIZE 256

#define PCSC_SLOT(devfn) ((devfn) >> 3)
#define PCSC_FUNC(devfn) ((devfn)&7)

/* domain:bus:device.function into @buf, which is returned. */
const char *pcsc_bdf_format(char buf[static PCSC_BDF_SIZE], uint32_t domain,
			    uint8_t bus, uint8_t devfn);

/* The whole of @text, the domain in it. 0 or -EINVAL, silently. */
int pcsc_bdf_parse(const char *text, uint32_t *domain, uint8_t *bus,
		   uint8_t *devfn);

/*
 * Vendor and device in words, from what this host has of pci.ids and of udev's
 * hardware database, never from the network. NULL if there is no memory.
 */
struct pci_access *pcsc_names_open(void);
const char *pcsc_names_device(struct pci_access *names, uint16_t vendor,
			      uint16_t device, char *buf, size_t size);
/* Without the vendor. */
const char *pcsc_names_short(struct pci_access *names, uint16_t vendor,
			     uint16_t device, char *buf, size_t size);
void pcsc_names_closep(struct pci_access **names);

/* lspci's -s and -d. Parsers return 0 or -EINVAL after a sentence. */
void pcsc_filter_init(struct pci_filter *filter);
int pcsc_filter_slot(struct pci_filter *filter, const char *text);
int pcsc_filter_id(struct pci_filter *filter, const char *text);

/* A function whose identity is not known matches no -d. */
bool pcsc_filter_match(const struct pci_filter *filter,
		       const struct pcsc_rec_function *f);

#endif
