/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_LIVEUPDATE_H
#define PCSC_LIVEUPDATE_H

#include <stdint.h>
#include <sys/ioctl.h>

/*
 * The live update orchestrator, as Documentation/userspace-api/liveupdate.rst has it;
 * Debian's headers do not yet. Each request starts with its size, and a descriptor
 * follows.
 */
#define LIVEUPDATE "/dev/liveupdate"
#define LIVEUPDATE_CREATE_SESSION _IO(0xba, 0x00)
#define LIVEUPDATE_RETRIEVE_SESSION _IO(0xba, 0x01)
#define LIVEUPDATE_PRESERVE_FD _IO(0xba, 0x40)
#define LIVEUPDATE_RETRIEVE_FD _IO(0xba, 0x41)
#define LIVEUPDATE_FINISH _IO(0xba, 0x42)

struct liveupdate_session {
	uint32_t size;
	int32_t fd;
	char name[64];
};

struct liveupdate_descriptor {
	uint32_t size;
	int32_t fd;
	uint64_t token;
};

#endif
