// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "talk.h"

/* What a program that is run might get; only root may give it up. */
static int empty_bounding_set(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap))
			return -errno;
	return 0;
}

static int set_ids(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

static int empty_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    syscall(SYS_capset, &header, none) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}

/* The kernel's own word, whatever the calls before returned. */
static bool are_gone(uid_t uid, gid_t gid)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct left[2];
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) || getresgid(&g[0], &g[1], &g[2]) ||
	    syscall(SYS_capget, &header, left))
		return false;
	for (int i = 0; i < 3; i++)
		if (u[i] != uid || g[i] != gid)
			return false;
	for (int i = 0; i < 2; i++)
		if (left[i].effective || left[i].permitted ||
		    left[i].inheritable)
			return false;
	return getgroups(0, NULL) == 0 && setresuid(0, 0, 0) < 0 &&
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

int privileges_drop(const char *name)
{
	const struct passwd *user = getpwnam(name);
	int err;

	if (!user)
		return pcsc_fail(-EINVAL,
				 "--user: there is no user '%s' on this host",
				 name);
	if (!user->pw_uid || !user->pw_gid)
		return pcsc_fail(
			-EINVAL,
			"--user: '%s' is root, or of its group: give a user without rights",
			name);
	if (geteuid())
		return pcsc_fail(
			-EPERM,
			"--user: only root can become '%s': start as root, or leave --user out",
			name);
	err = empty_bounding_set()			  ?:
		      set_ids(user->pw_uid, user->pw_gid) ?:
							    empty_capabilities();
	if (err)
		return pcsc_fail(err, "--user: cannot become '%s': %s", name,
				 strerror(-err));
	if (!are_gone(user->pw_uid, user->pw_gid))
		return pcsc_fail(
			-EPERM,
			"--user: rights are left after becoming '%s': not going on",
			name);
	return 0;
}
