// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pair of programs around the accessor that do nothing: what the kernel itself
 * takes for them is the least that a tracer of this kind can add.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("fentry/pci_bus_read_config_dword")
int nothing_begins(void *ctx)
{
	return 0;
}

SEC("fexit/pci_bus_read_config_dword")
int nothing_ends(void *ctx)
{
	return 0;
}
