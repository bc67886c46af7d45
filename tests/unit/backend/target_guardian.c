/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who triggers is killed (-9) at any moment: the target is never stopped, changed or dead afterwards, and the guardian
 * ends by itself. $GUARDIAN_ROUNDS: how often (50). $GUARDIAN_PROGRAM: the thpscope that is killed in the middle of its
 * verbs; without it, it is a process that makes the same calls over and over.
 */
#include "target_common.h"

#include <dirent.h>
#include <fcntl.h>

#define GIVES_UP_S 1 /* seconds, at least, without the part of one: backend/target/guardian.c has two */

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

/* How the kills met, to tell that they were not all too early or too late. */
struct tally {
	int kills;    /* of a process that was alive, or of its guardian */
	int guardian; /* that had a guardian */
	int late;     /* rounds that do not count: it had ended */
};

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

/* One verb of the real program, on enough memory to last for longer than it is let live. */
static void become_program(const char *program, const struct child *child, bool inject)
{
	static const char *const verbs[][3] = {{"cow"},
					       {"cow", "--inject"},
					       {"split", "--inject"},
					       {"split", "--folio"},
					       {"split", "--inject"},
					       {"collapse"}};
	const char *const *verb = verbs[inject ? next_random(6) : 0];
	char pid[16], place[64];
	const int null = open("/dev/null", O_RDWR);

	snprintf(pid, sizeof(pid), "%d", (int)child->pid);
	snprintf(place, sizeof(place), "%llx+%lluk", (unsigned long long)child->told->memory,
		 (unsigned long long)(REGIONS * REGION >> 10));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execl(program, program, verb[0], pid, place, "--yes", verb[1], NULL);
	_exit(127);
}

/* Triggers of all kinds, without an end. */
static void trigger_on(const struct child *child, bool inject)
{
	static const enum trigger_kind kinds[] = {TRIGGER_COW, TRIGGER_SPLIT, TRIGGER_COLLAPSE, TRIGGER_COW,
						  TRIGGER_SPLIT_FOLIO};
	const char *program = getenv("GUARDIAN_PROGRAM");

	if (program)
		become_program(program, child, inject);
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

/* The guardian of a killed process falls to us (PR_SET_CHILD_SUBREAPER), and has to end by itself. True: it had one. */
static bool reap_guardian(const struct child *target, bool killed, time_t since)
{
	struct timespec now;
	pid_t guardian;
	bool any = false;
	int status;

	while ((guardian = child_of(getpid(), target->pid))) {
		UNTIL(waitpid(guardian, &status, WNOHANG) == guardian);
		clock_gettime(CLOCK_MONOTONIC, &now);
		/* It also ends itself, where something takes too long: with the machine standing still, anything. */
		killed |= WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
			  now.tv_sec - since >= GIVES_UP_S;
		if (!killed && status)
			fail_msg("the guardian ended with status %#x, %ld s after it began", (unsigned)status,
				 (long)(now.tv_sec - since));
		any = true;
	}
	assert_int_equal(held_thread(target->pid), 0);
	return any;
}

/* Lets it trigger for a moment, and kills it, or its guardian and then it. Two signals are sent to the target. */
static void kill_once(const struct child *child, bool inject, bool guardian, struct tally *tally)
{
	/* A program is given the time to start as well, with all CPUs busy. */
	const uint64_t longest = getenv("GUARDIAN_PROGRAM") ? 120000000 : 4000000;
	const struct timespec wait = {.tv_nsec = (long)next_random(longest)};
	const pid_t pid = fork();
	struct timespec began;
	pid_t found;
	int status;
	bool any;

	next_random(2);
	if (!pid) {
		trigger_on(child, inject);
		_exit(0);
	}
	assert_true(pid > 0);
	clock_gettime(CLOCK_MONOTONIC, &began);
	assert_int_equal(sigqueue(child->pid, SIGRTMIN, (union sigval){0}), 0);
	nanosleep(&wait, NULL);
	assert_int_equal(sigqueue(child->pid, SIGRTMIN, (union sigval){0}), 0);
	found = guardian ? child_of(pid, 0) : 0;
	if (found)
		kill(found, SIGKILL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	any = reap_guardian(child, guardian, began.tv_sec);
	assert_works(child);
	/* It may say that the kernel would not (1), that a thread did not stop (5), or that its guardian was killed (7). */
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) <= 1 || WEXITSTATUS(status) == 5 ||
		    (found && WEXITSTATUS(status) == 7));
	tally->late += !WIFSIGNALED(status) && !found;
	tally->kills += WIFSIGNALED(status) || found;
	tally->guardian += (WIFSIGNALED(status) && any) || found;
}

static void kill_many(bool inject, bool guardian)
{
	struct child child = start_ready(be_signalled, NULL);
	struct tally tally = {0};
	char flags[256];

	snprintf(flags, sizeof(flags), "%s", smaps_field(child.pid, child.told->memory, "VmFlags:"));
	while (tally.kills < rounds()) {
		kill_once(&child, inject, guardian, &tally);
		assert_true(tally.late <= rounds() * 10);
	}
	UNTIL(child.told->signals == 2 * (tally.kills + tally.late));
	assert_string_equal(smaps_field(child.pid, child.told->memory, "VmFlags:"), flags);
	assert_string_equal(smaps_field(child.pid, child.told->memory + REGIONS * REGION - 1, "VmFlags:"),
			    flags);
	end_worker(&child);
	print_message("# %d kills, %d of them with a guardian at work; %d rounds came too late\n",
		      tally.kills, tally.guardian, tally.late);
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
