/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of tables that are not allocated beforehand are taken from a list of spare ones
 * that each processor has. The kernel begins with one of the large ones (its
 * prefill_mem_cache()), and makes more when one was taken, but not while interrupts are
 * off: a processor whose first accesses are an interrupt's would have no room for them.
 */
#ifndef PCSC_BPF_SPARES_H
#define PCSC_BPF_SPARES_H

#include "accesses.bpf.h"

/* One is taken, and given back: no register has a key of ones only. */
#define MAKE_SPARES(table, key_type, value)                             \
	do {                                                            \
		key_type key;                                           \
                                                                        \
		__builtin_memset(&key, 0xff, sizeof(key));              \
		if (!bpf_map_update_elem(&table, &key, value, BPF_ANY)) \
			bpf_map_delete_elem(&table, &key);              \
	} while (0)

/* Run by pcsc-trace on each processor; of the tables that accesses in interrupts need. */
SEC("raw_tp")
int make_spares(void *ctx)
{
	MAKE_SPARES(registers, struct pcsc_reg_key, &new_register);
	MAKE_SPARES(uses, struct pcsc_use_key, &new_use);
	MAKE_SPARES(write_seqs, struct pcsc_dword_key, &new_write_seq);
	MAKE_SPARES(hist_numbers, struct pcsc_hist_key, &no_number);
	MAKE_SPARES(functions, struct pcsc_fn_key, &new_function);
	MAKE_SPARES(paths, struct pcsc_path_key, &no_stack);
	return 0;
}

#endif
