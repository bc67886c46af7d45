/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who triggers is killed (-9) at any moment: the target is never stopped, changed or dead afterwards, and the guardian
 * ends by itself. $GUARDIAN_ROUNDS: how often (50).
 */
#include "target_common.h"

#include <dirent.h>

/* A sequence of its own for each seed (xorshift64). */
static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static int rounds(void)
{
	const char *text = getenv("GUARDIAN_ROUNDS");

	return text ? atoi(text) : 50;
}

static struct told *handled_by;

static void handle(int number)
{
	(void)number;
	handled_by->signals++;
}

static void be_signalled(struct told *told, void *argument)
{
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

	handled_by = told;
	sigaction(SIGRTMIN, &action, NULL);
	be_worker(told, argument);
}

/* Triggers of all kinds, without an end. */
static void trigger_on(const struct child *child, bool inject)
{
	static const enum trigger_kind kinds[] = {TRIGGER_COW, TRIGGER_SPLIT, TRIGGER_COLLAPSE, TRIGGER_COW,
						  TRIGGER_SPLIT_FOLIO};

	for (;;) {
		struct trigger trigger = {.kind = inject ? kinds[next_random(5)] : TRIGGER_COW,
					  .pid = child->pid,
					  .addr = child->told->memory + next_random(REGIONS) * REGION,
					  .order = -1};

		trigger.inject = inject && next_random(2);
		trigger.inject |= trigger.kind == TRIGGER_SPLIT;
		pull(trigger);
	}
}

/* A thread of the process that is traced or stopped; 0: none. */
static pid_t held_thread(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	pid_t held = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (!held && (entry = readdir(dir))) {
		const pid_t tid = atoi(entry->d_name);

		if (tid && (strcmp(status_field(tid, "TracerPid"), "0") ||
			    strchr("tT", *status_field(tid, "State"))))
			held = tid;
	}
	closedir(dir);
	return held;
}

/* The first child of a process that is not `but`; 0: none. */
static pid_t child_of(pid_t pid, pid_t but)
{
	char path[64];
	int child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = fopen(path, "r");
	while (file && fscanf(file, "%d", &child) == 1 && child == but)
		child = 0;
	if (file)
		fclose(file);
	return child;
}

/* The guardian of a killed process falls to us (PR_SET_CHILD_SUBREAPER), and has to end by itself. */
static void reap_guardian(const struct child *target, bool killed)
{
	pid_t guardian;
	int status;

	while ((guardian = child_of(getpid(), target->pid))) {
		UNTIL(waitpid(guardian, &status, WNOHANG) == guardian);
		assert_true(killed || (WIFEXITED(status) && !WEXITSTATUS(status)));
	}
	assert_int_equal(held_thread(target->pid), 0);
}

static void kill_many(bool inject, bool guardian)
{
	struct child child = start_ready(be_signalled, NULL);
	char flags[256];
	int i, sent = 0;

	snprintf(flags, sizeof(flags), "%s", smaps_field(child.pid, child.told->memory, "VmFlags:"));
	for (i = 0; i < rounds(); i++) {
		const struct timespec wait = {.tv_nsec = (long)next_random(4000000)};
		const pid_t pid = fork();
		pid_t found;

		next_random(2);
		if (!pid) {
			trigger_on(&child, inject);
			_exit(0);
		}
		assert_true(pid > 0);
		assert_int_equal(sigqueue(child.pid, SIGRTMIN, (union sigval){0}), 0);
		nanosleep(&wait, NULL);
		assert_int_equal(sigqueue(child.pid, SIGRTMIN, (union sigval){0}), 0);
		sent += 2;
		found = guardian ? child_of(pid, 0) : 0;
		if (found)
			kill(found, SIGKILL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		reap_guardian(&child, guardian);
		assert_works(&child);
	}
	UNTIL(child.told->signals == sent);
	assert_string_equal(smaps_field(child.pid, child.told->memory, "VmFlags:"), flags);
	assert_string_equal(smaps_field(child.pid, child.told->memory + REGIONS * REGION - 1, "VmFlags:"),
			    flags);
	end_worker(&child);
}

static void test_killed(void **state)
{
	(void)state;
	kill_many(true, false);
}

/* Without a call of the target's own even the guardian may be killed at any moment. */
static void test_guardian_killed(void **state)
{
	(void)state;
	kill_many(false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_guardian_killed),
	};

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
