// SPDX-License-Identifier: GPL-2.0-only
/*
 * KHO keeps pages that one kernel names, and gives the next one a tree of names. Ours has
 * one blob, which says where the pages are. A kernel that has no use for it does not
 * keep it, so what is there has come from the very last kernel.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "core/handover.h"
#include "kho.h"

#if PCSC_KHO_KEEPS_VMALLOC

#define SUBTREE "pci_pcsc"
#define COMPATIBLE "pci_pcsc-kho-v1"

struct blob {
	char compatible[16];
	u64 bytes;
	struct kho_vmalloc pages;
};

static_assert(sizeof(COMPATIBLE) == sizeof_field(struct blob, compatible));

static struct blob *outgoing;

/* In the place of the name, once a helper has taken the pages */
#define TAKEN ""
#define LOST "-" /* and what it knew went with it */

static struct blob *incoming;

static const char *look(void)
{
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(SUBTREE, &phys, &size);
	if (err)
		return err == -ENOENT ?
			       NULL :
			       "what the last kernel has kept is damaged";
	if (size != sizeof(*incoming))
		return "it was written by another version of the helper";
	incoming = phys_to_virt(phys);
	if (!memcmp(incoming->compatible, LOST, sizeof(LOST)))
		return "a helper that was then not loaded has taken it";
	if (incoming->compatible[0] &&
	    memcmp(incoming->compatible, COMPATIBLE, sizeof(COMPATIBLE)))
		return "it was written by another version of the helper";
	return NULL;
}

/*
 * kho_restore_vmalloc() may take pages once: later they may be anybody's. So the blob
 * is left in place with its name erased, for a helper that is loaded again. NULL: there is
 * nothing, or nothing of use, and *@unusable says why.
 */
static void *take(u64 *bytes, const char **unusable)
{
	void *memory;

	*unusable = look();
	if (*unusable || !incoming || !incoming->compatible[0])
		return NULL;
	memcpy(incoming->compatible, TAKEN, sizeof(TAKEN));
	*bytes = incoming->bytes;
	if (*bytes != (u64)incoming->pages.total_pages << PAGE_SHIFT ||
	    !pcsc_handover_places(*bytes).capacity) {
		*unusable = "its size is none that a helper gives";
		return NULL;
	}
	memory = kho_restore_vmalloc(&incoming->pages);
	if (!memory)
		*unusable = "its pages could not be restored";
	return memory;
}

/* Name the pages for the next kernel. */
static int keep(void *memory, u64 bytes)
{
	struct blob *blob = kho_alloc_preserve(sizeof(*blob));
	int err;

	if (IS_ERR(blob))
		return PTR_ERR(blob);
	memcpy(blob->compatible, COMPATIBLE, sizeof(COMPATIBLE));
	blob->bytes = bytes;
	err = kho_preserve_vmalloc(memory, &blob->pages);
	if (err)
		goto free_blob;
	err = kho_add_subtree(SUBTREE, blob, sizeof(*blob));
	if (err)
		goto unpreserve;
	outgoing = blob;
	return 0;

unpreserve:
	kho_unpreserve_vmalloc(&blob->pages);
free_blob:
	kho_unpreserve_free(blob);
	return err;
}

const char *pcsc_kho_open(u64 bytes, void **memory, u64 *got,
			  const char **unusable)
{
	if (!kho_is_enabled())
		return "this kernel's kexec handover is off: kho=on is missing, or CONFIG_KEXEC_HANDOVER";
	*got = bytes;
	*memory = take(got, unusable);
	if (!*memory) {
		*got = bytes;
		*memory = vzalloc(bytes);
	}
	return *memory ? NULL : "out of memory";
}

const char *pcsc_kho_keep(void *memory, u64 bytes)
{
	return keep(memory, bytes) ? "kexec handover does not take its pages" :
				     NULL;
}

void pcsc_kho_close(void *memory, bool missing)
{
	if (missing && incoming)
		memcpy(incoming->compatible, LOST, sizeof(LOST));
	if (outgoing) {
		kho_remove_subtree(outgoing);
		kho_unpreserve_vmalloc(&outgoing->pages);
		kho_unpreserve_free(outgoing);
		outgoing = NULL;
	}
	vfree(memory);
}

#else

const char *pcsc_kho_open(u64 bytes, void **memory, u64 *got,
			  const char **unusable)
{
	return "this kernel has no kexec handover that modules can use: it needs 7.3 or later";
}

const char *pcsc_kho_keep(void *memory, u64 bytes)
{
	return NULL;
}

void pcsc_kho_close(void *memory, bool missing)
{
}

#endif
