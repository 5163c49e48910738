// SPDX-License-Identifier: GPL-2.0-only
/* The program that is watched: how it starts, how it ends, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/command.h"

static sigset_t signals, before;

static int begin(void **state)
{
	(void)state;
	/* A job in the background has it ignored. */
	signal(SIGINT, SIG_DFL);
	pcsc_block_signals(&signals, &before);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return sigprocmask(SIG_SETMASK, &before, NULL);
}

static struct pcsc_command_run forked(char **argv)
{
	struct pcsc_command_run c = { .go = -1 };

	assert_int_equal(pcsc_command_fork(&c, argv, &before), 0);
	assert_true(c.pid > 0);
	return c;
}

static void await_end(struct pcsc_command_run *c)
{
	/* Ten seconds, and SIGCHLD is what ends each wait. */
	for (int i = 0; i < 10 && !pcsc_command_ended(c); i++)
		pcsc_wait_a_while(&signals, 1000000000);
	assert_int_equal(c->pid, 0);
}

/* The exit status of pcsc-trace after this command. */
static int status_of(char **argv)
{
	struct pcsc_command_run c = forked(argv);
	int status;

	assert_int_equal(pcsc_command_go(&c, &signals), 0);
	await_end(&c);
	status = pcsc_command_status(&c, argv[0]);
	pcsc_command_cleanup(&c);
	return status;
}

static void test_statuses(void **state)
{
	char *fine[] = { "true", NULL };
	char *nine[] = { "sh", "-c", "exit 9", NULL };
	char *killed[] = { "sh", "-c", "kill -TERM $$", NULL };
	char *nowhere[] = { "/nowhere/at/all", NULL };
	char *directory[] = { "/", NULL };

	(void)state;
	assert_int_equal(status_of(fine), 0);
	assert_int_equal(status_of(nine), 9);
	assert_int_equal(status_of(killed), 128 + SIGTERM);
	assert_int_equal(status_of(nowhere), 127);
	assert_int_equal(status_of(directory), 126);
}

/* It has the signals of its caller, not those that we wait for. */
static void test_signals(void **state)
{
	char *interrupted[] = { "sh", "-c", "kill -INT $$; exit 1", NULL };

	(void)state;
	assert_int_equal(status_of(interrupted), 128 + SIGINT);
}

static void test_never_let_go(void **state)
{
	char *argv[] = { "sh", "-c", "exit 9", NULL };
	struct pcsc_command_run c = forked(argv);

	(void)state;
	assert_false(pcsc_command_ended(&c));
	pcsc_command_cleanup(&c);
	await_end(&c);
	assert_int_equal(c.status, 0);
}

/* Attaching takes seconds; what was told to end meanwhile starts nothing. */
static void test_told_to_end_before(void **state)
{
	char *argv[] = { "sh", "-c", "exit 9", NULL };
	struct pcsc_command_run c = forked(argv);
	int err, sig;

	(void)state;
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	err = pcsc_command_go(&c, &signals);
	sig = pcsc_wait_a_while(&signals, 0); /* or it ends this test */
	assert_int_equal(err, -EINTR);
	assert_int_equal(sig, SIGTERM);
	pcsc_command_cleanup(&c);
	await_end(&c);
	assert_int_equal(c.status, 0);
}

static void test_runs_on(void **state)
{
	char *argv[] = { "sleep", "600", NULL };
	struct pcsc_command_run c = forked(argv);
	const pid_t pid = c.pid;

	(void)state;
	assert_int_equal(pcsc_command_go(&c, &signals), 0);
	assert_int_equal(pcsc_command_status(&c, "sleep"), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	await_end(&c);
	assert_int_equal(pcsc_command_status(&c, "sleep"), 128 + SIGKILL);
	pcsc_command_cleanup(&c);
}

/* Killed while everything was attached: to let it go must not end us, too. */
static volatile sig_atomic_t broken_pipes;

static void count_broken_pipe(int sig)
{
	(void)sig;
	broken_pipes++;
}

static void test_ended_before_it_was_let_go(void **state)
{
	char *argv[] = { "true", NULL };
	struct pcsc_command_run c = forked(argv);
	siginfo_t info;

	(void)state;
	signal(SIGPIPE, count_broken_pipe);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, c.pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(pcsc_command_go(&c, &signals), 0);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(broken_pipes, 0);
	await_end(&c);
	assert_int_equal(pcsc_command_status(&c, "true"), 128 + SIGKILL);
	pcsc_command_cleanup(&c);
}

static void test_nothing_comes(void **state)
{
	(void)state;
	assert_int_equal(pcsc_wait_a_while(&signals, 1000000), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_statuses, begin, end),
		cmocka_unit_test_setup_teardown(test_signals, begin, end),
		cmocka_unit_test_setup_teardown(test_never_let_go, begin, end),
		cmocka_unit_test_setup_teardown(test_told_to_end_before, begin,
						end),
		cmocka_unit_test_setup_teardown(test_runs_on, begin, end),
		cmocka_unit_test_setup_teardown(test_ended_before_it_was_let_go,
						begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_comes, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
