// SPDX-License-Identifier: GPL-2.0-only
/*
 * behind FUNCTION OFFSET VALUE: write one byte of configuration space by ports CF8 and
 * CFC, behind the kernel. setpci does so too, but only where IDs can be read: no VF's can.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sys/io.h>

#include "bdf.h"

int main(int argc, char **argv)
{
	unsigned long offset, value;
	uint8_t bus, devfn;
	uint32_t domain;

	if (argc != 4 || pcsc_bdf_parse(argv[1], &domain, &bus, &devfn) ||
	    domain) {
		fprintf(stderr,
			"behind: give a function of domain 0, an offset and a value\n");
		return 2;
	}
	offset = strtoul(argv[2], NULL, 0) & 0xff;
	value = strtoul(argv[3], NULL, 0) & 0xff;
	if (iopl(3)) {
		perror("behind: iopl");
		return 4;
	}
	outl(1u << 31 | (unsigned int)bus << 16 | (unsigned int)devfn << 8 |
		     (offset & ~3ul),
	     0xcf8);
	outb(value, 0xcfc + (offset & 3));
	return 0;
}
