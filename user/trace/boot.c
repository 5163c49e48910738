// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recorder that is started in an initramfs has three things to survive. The root is
 * switched: the files of the old one are deleted, and the file systems that the recorder
 * needs are moved away from below it. The program that switches the root may end all
 * processes that are left. And the script that starts the recorder is waited for.
 */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "talk.h"
#include "trace.h"

/* The exit status of @child, unless it says that it records. */
static int await(pid_t child, int ready)
{
	int status = 0;
	char byte;

	if (read(ready, &byte, 1) == 1) {
		printf("%d\n", child);
		return pcsc_flush_stdout() ? PCSC_EXIT_TROUBLE : PCSC_EXIT_OK;
	}
	if (waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status))
		return WEXITSTATUS(status);
	pcsc_error("the recorder ended before it had recorded anything");
	return PCSC_EXIT_TROUBLE;
}

/* 0 in the new process, its ID in the one that goes on to wait for it. */
static pid_t fork_behind(struct pcsc_boot *b)
{
	int fds[2];
	pid_t pid;

	if (pcsc_flag_open(fds))
		return -EMFILE;
	pid = fork();
	if (pid < 0)
		pcsc_error("cannot make a process: %s", strerror(errno));
	b->ready = fds[pid ? 0 : 1];
	close(fds[pid ? 1 : 0]);
	return pid < 0 ? -EAGAIN : pid;
}

/* What the old root had open keeps it busy, and a terminal's end would end us. */
static int leave_terminal(void)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return pcsc_fail(-EIO, "cannot open /dev/null: %s",
				 strerror(errno));
	setsid();
	return 0;
}

/* A working directory goes where its file system is moved. */
static int enter_directory(const char **path)
{
	_cleanup_free_ char *directory = strdup(*path);
	char *slash = directory ? strrchr(directory, '/') : NULL;

	if (!directory)
		return pcsc_fail(-ENOMEM, "no memory left");
	if (!slash)
		return 0;
	slash[slash == directory] = '\0';
	if (chdir(directory))
		return pcsc_fail(-errno, "cannot enter '%s': %s", directory,
				 strerror(errno));
	*path += slash - directory + 1;
	return 0;
}

static int note_root(struct pcsc_boot *b)
{
	struct stat st;

	b->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (b->proc < 0 || fstatat(b->proc, "1/root/", &st, 0))
		return pcsc_fail(-errno, "cannot see the root of process 1: %s",
				 strerror(errno));
	b->device = st.st_dev;
	b->inode = st.st_ino;
	return 0;
}

/* systemd ends all processes of an initramfs but those that are called so. */
static void mark(struct pcsc_boot *b, char *title)
{
	b->title = title;
	b->letter = title[0];
	if (b->letter)
		title[0] = '@';
}

static void unmark(struct pcsc_boot *b)
{
	if (b->title)
		b->title[0] = b->letter;
	b->title = NULL;
}

int pcsc_boot_begin(struct pcsc_boot *b, char *title, const char **path,
		    int *status)
{
	pid_t pid = fork_behind(b);
	int err;

	if (pid < 0)
		return pid;
	if (pid) {
		*status = await(pid, b->ready);
		return 1;
	}
	err = leave_terminal() ?: note_root(b) ?: enter_directory(path);
	if (!err)
		mark(b, title);
	return err;
}

void pcsc_boot_recording(struct pcsc_boot *b)
{
	if (b->ready < 0)
		return;
	b->began_ns = pcsc_now_ns(CLOCK_BOOTTIME);
	if (!pcsc_flag_raise(b->ready))
		pcsc_warn("nobody waited for the beginning of the recording");
	close(b->ready);
	b->ready = -1;
}

/* The working directory stays what it is. */
static int change_root(int root)
{
	_cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (here < 0 || fchdir(root))
		return -errno;
	err = chroot(".") ? -errno : 0;
	return fchdir(here) ? -errno : err;
}

void pcsc_boot_follow(struct pcsc_boot *b, uint64_t now_ns)
{
	_cleanup_close_ int root = -1;
	struct stat st;
	int err;

	if (b->proc < 0 || b->initramfs_ns)
		return;
	root = openat(b->proc, "1/root/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) ||
	    (st.st_dev == b->device && st.st_ino == b->inode))
		return;
	err = change_root(root);
	if (err)
		pcsc_warn("cannot follow to the new root: %s", strerror(-err));
	b->initramfs_ns = now_ns;
	unmark(b);
}

void pcsc_boot_fill(const struct pcsc_boot *b, struct pcsc_rec_header *h)
{
	h->boot_ns = b->began_ns;
	h->initramfs_ns = b->initramfs_ns;
}

void pcsc_boot_end(struct pcsc_boot *b)
{
	if (b->ready >= 0)
		close(b->ready);
	if (b->proc >= 0)
		close(b->proc);
}
