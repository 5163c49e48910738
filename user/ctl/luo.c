// SPDX-License-Identifier: GPL-2.0-only
#include "luo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "helper.h"
#include "liveupdate.h"
#include "talk.h"
#include "words.h"

#define SESSION "pci_pcsc"
#define TOKEN 1

static int open_orchestrator(void)
{
	const int fd = open(LIVEUPDATE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return pcsc_fail(
			-EOPNOTSUPP,
			"there is no %s: the kernel needs CONFIG_LIVEUPDATE, and liveupdate=on and kho=on on its command line",
			LIVEUPDATE);
	if (errno == EBUSY)
		return pcsc_fail(
			-EBUSY,
			"%s is in use: one agent at a time can have it, so let that one preserve /dev/pci_pcsc",
			LIVEUPDATE);
	return pcsc_fail(-errno, "cannot open %s: %s", LIVEUPDATE,
			 strerror(errno));
}

/* The session's descriptor, or a negative errno. */
static int session(unsigned long request)
{
	struct liveupdate_session s = { .size = sizeof(s),
					.fd = -1,
					.name = SESSION };
	_cleanup_close_ int orchestrator = open_orchestrator();

	if (orchestrator < 0)
		return orchestrator;
	if (!ioctl(orchestrator, request, &s))
		return s.fd;
	if (errno == ENOENT)
		return pcsc_fail(
			-ENOENT,
			"the last kernel has left no session '%s', or it is finished",
			SESSION);
	if (errno == EEXIST)
		return pcsc_fail(
			-EEXIST,
			"another `pcsc-ctl handover luo preserve` has the session '%s', which ends with its command",
			SESSION);
	return pcsc_fail(-errno, "no session '%s': %s", SESSION,
			 strerror(errno));
}

static int preserve(int session, int fd)
{
	struct liveupdate_descriptor d = { .size = sizeof(d),
					   .fd = fd,
					   .token = TOKEN };

	if (!ioctl(session, LIVEUPDATE_PRESERVE_FD, &d))
		return 0;
	if (errno == ENOENT)
		return pcsc_fail(
			-EOPNOTSUPP,
			"the helper takes part in no session: it must be built into the kernel (docs/built-in.md)");
	if (errno == ENODATA)
		return pcsc_fail(
			-ENODATA,
			"there is nothing to preserve: see `pcsc-ctl handover status`");
	if (errno == EBUSY)
		return pcsc_fail(
			-EBUSY,
			"another session has preserved the lines, or the helper is busy");
	return pcsc_fail(-errno, "the lines cannot be preserved: %s",
			 strerror(errno));
}

int luo_preserve(int fd, char **command)
{
	_cleanup_close_ int kept = session(LIVEUPDATE_CREATE_SESSION);
	int err;

	if (kept < 0)
		return kept;
	err = preserve(kept, fd);
	if (err)
		return err;
	/* The session ends with its last descriptor, so the command inherits it. */
	if (fcntl(kept, F_SETFD, 0))
		return pcsc_fail(-errno, "cannot keep the session open: %s",
				 strerror(errno));
	execvp(command[0], command);
	return pcsc_fail(-errno, "cannot run '%s': %s", command[0],
			 strerror(errno));
}

static int finish(int session)
{
	uint32_t request[2] = { sizeof(request) };

	if (ioctl(session, LIVEUPDATE_FINISH, request))
		return pcsc_fail(-errno, "the session is not finished: %s",
				 strerror(errno));
	return 0;
}

/* The lines are in use since the kernel began: this is the end of the update. */
static int say_retrieved(int fd)
{
	struct pcsc_handover h;
	int err = helper_handover(fd, PCSC_HANDOVER_STATUS, &h);

	if (!err)
		pcsc_info(
			"retrieved: %u %s handed over, %u adopted, %u refused",
			h.handed, pcsc_noun(h.handed, "function", "functions"),
			h.adopted, h.refused);
	return err;
}

int luo_retrieve(void)
{
	struct liveupdate_descriptor d = { .size = sizeof(d),
					   .fd = -1,
					   .token = TOKEN };
	_cleanup_close_ int from = session(LIVEUPDATE_RETRIEVE_SESSION);
	_cleanup_close_ int helper = -1;
	int err;

	if (from < 0)
		return from;
	if (ioctl(from, LIVEUPDATE_RETRIEVE_FD, &d)) {
		err = -errno;
		finish(from);
		return pcsc_fail(
			err,
			"the lines of the last kernel are not retrieved (%s): see `pcsc-ctl handover status`; the session is finished",
			strerror(-err));
	}
	helper = d.fd;
	err = finish(from);
	return err ? err : say_retrieved(helper);
}

int luo_finish(void)
{
	_cleanup_close_ int from = session(LIVEUPDATE_RETRIEVE_SESSION);

	return from < 0 ? from : finish(from);
}
