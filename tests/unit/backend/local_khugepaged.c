/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for khugepaged, and for the handle of the mmap lock, waits for what can come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "local/hold.h"
#include "local/khugepaged.h"

static const char *enabled, *queue;
static bool end_all; /* at the next look at a child */

/* Nothing else is there: to wait for a round fails. */
static int fake_text(struct kernel *kernel, const char *path, struct buf *out)
{
	(void)kernel;
	if (end_all && strstr(path, "/stat")) {
		end_all = false;
		kill(0, SIGTERM);
	}
	if (!strcmp(path, "sys/kernel/mm/transparent_hugepage/enabled"))
		buf_puts(out, enabled);
	else if (!strcmp(path, "proc/42/pte_mapped_thp") && queue)
		buf_puts(out, queue);
	else if (!strcmp(path, "sys/kernel/mm/pageteam/hold_mmap_lock"))
		buf_puts(out, "PID/sched\n");
	else
		return -ENOENT;
	return 0;
}

static const struct kernel_ops ops = {.source = "fake", .text = fake_text};

static struct kernel fake(void)
{
	return (struct kernel){.ops = &ops,
			       .here = true,
			       .teams_abi = 1,
			       .caps.mask = UINT32_C(1) << CAP_QUEUE,
			       .queue_file = "pte_mapped_thp"};
}

static int go_round(char *error, size_t size)
{
	struct kernel kernel = fake();

	*error = '\0';
	return khugepaged_round(&kernel, 42, error, size);
}

static void test_round(void **state)
{
	char error[256];

	(void)state;
	enabled = "always madvise [never]\n";
	queue = "0 of 8\n";
	assert_int_equal(go_round(error, sizeof(error)), -ENOTSUP);
	assert_non_null(strstr(error, "never"));
	/* It has no slot: it is never visited. */
	enabled = "always [madvise] never\n";
	queue = "";
	assert_int_equal(go_round(error, sizeof(error)), 0);
	assert_string_equal(error, "");
	queue = "0 of 8\n";
	assert_int_equal(go_round(error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "cannot be woken"));
	/* Nobody knows whether it has one. */
	queue = NULL;
	assert_int_equal(go_round(error, sizeof(error)), -ENOENT);
}

/* A handle that takes everything and holds nothing: the child that writes never sleeps. */
static void test_hold(void **state)
{
	const bool there = !access("/proc/self/sched", W_OK); /* CONFIG_SCHED_DEBUG */
	const struct action action = {
		.kind = ACTION_HOLD, .name = "lock", .hold = {.mode = HOLD_WRITE, .ns = 0}};
	struct kernel kernel = fake();
	struct hold *hold = NULL;
	char error[256] = "";

	(void)state;
	assert_int_equal(hold_begin(&hold, &kernel, &action, getpid(), error, sizeof(error)),
			 there ? -ETIMEDOUT : -ESRCH);
	assert_non_null(strstr(error, there ? "within 2 s" : "cannot be held"));
	hold_end(hold);
}

static void go_on(int signal)
{
	(void)signal;
}

/* What is sent to all of us, as a terminal does, ends it, though we have a handler for it. */
static void test_mortal(void **state)
{
	const bool there = !access("/proc/self/sched", W_OK);
	const struct action action = {
		.kind = ACTION_HOLD, .name = "lock", .hold = {.mode = HOLD_WRITE, .ns = 0}};
	const pid_t group = getpgrp();
	struct kernel kernel = fake();
	struct hold *hold = NULL;
	char error[256] = "";
	int err;

	(void)state;
	/* A group of our own, which a leader of a session has. */
	assert_true(group == getpid() || !setpgid(0, 0));
	signal(SIGTERM, go_on);
	end_all = true;
	err = hold_begin(&hold, &kernel, &action, getpid(), error, sizeof(error));
	end_all = false;
	signal(SIGTERM, SIG_DFL);
	if (group != getpid())
		setpgid(0, group);
	assert_int_equal(err, there ? -EINTR : -ESRCH);
	hold_end(hold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round), cmocka_unit_test(test_hold),
					   cmocka_unit_test(test_mortal)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
