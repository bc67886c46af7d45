/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running kernel's side: a specimen, and what is done to the kernel itself. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "core/system.h"
#include "local/local.h"
#include "proc/proc.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
/* Some 50 days: khugepaged sleeps until its knob is written to, and then makes one round. */
#define PARKED "4294967295"
#define LOOK_US 300
#define LOOKS 30000 /* ten seconds, some more where it is emulated */

#define FAULT_AROUND "/sys/kernel/debug/fault_around_bytes"

/* What is set while programs run, as a machine starts in the model; and what was there before. */
static struct knob {
	const char *path, *value;
	bool told;     /* only where khugepaged will be told to look around */
	bool optional; /* it may be absent, or not to be written */
	char before[64];
} knobs[] = {
	{.path = FAULT_AROUND, .value = "4096", .optional = true},
	{.path = THP "enabled", .value = "madvise"},
	{.path = THP "shmem_enabled", .value = "never"},
	{.path = THP "use_zero_page", .value = "1"},
	{.path = THP "khugepaged/max_ptes_none", .value = "511", .told = true},
	{.path = THP "khugepaged/max_ptes_swap", .value = "64", .told = true},
	{.path = THP "khugepaged/max_ptes_shared", .value = "256", .told = true},
	{.path = THP "khugepaged/alloc_sleep_millisecs", .value = PARKED, .told = true},
	/* All of every process in one round. */
	{.path = THP "khugepaged/pages_to_scan", .value = "100000000", .told = true},
	{.path = THP "khugepaged/scan_sleep_millisecs", .value = PARKED},
};
#define KNOBS (sizeof(knobs) / sizeof(knobs[0]))

static int read_text(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	const int err = errno;

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -err : 0;
}

static int write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	const int err = errno;

	if (fd >= 0)
		close(fd);
	return n < 0 ? -err : 0;
}

/* "always [madvise] never" is madvise. */
static void chosen(char *text)
{
	char *from = strchr(text, '['), *to = from ? strchr(from, ']') : NULL;

	text[strcspn(text, "\n")] = '\0';
	if (!to)
		return;
	*to = '\0';
	memmove(text, from + 1, strlen(from + 1) + 1);
}

/* Only one that would change is written: each write to one of khugepaged's wakes it. */
static int set_knob(const char *path, const char *value)
{
	char text[128];
	int err = read_text(path, text, sizeof(text));

	chosen(text);
	return err || !strcmp(text, value) ? err : write_text(path, value);
}

/*
 * khugepaged has to have something to look at all the time: where it has nothing it waits for the first that comes, and looks
 * at that at once, however long it should sleep (mm/khugepaged.c, 6.1: khugepaged_wait_work()).
 */
static int occupy_khugepaged(void)
{
	const size_t size = (size_t)4 << 20;
	volatile char *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED || madvise((void *)(uintptr_t)memory, size, MADV_HUGEPAGE))
		return -errno;
	/* The first fault makes it known: before that the VMA has no anon_vma. */
	memory[size / 2] = 1;
	return 0;
}

static unsigned long long full_scans(void)
{
	char text[64];

	return read_text(THP "khugepaged/full_scans", text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

/* One round of khugepaged over all processes that it knows: what the write wakes it for. */
static int khugepaged_round(void)
{
	const unsigned long long before = full_scans();
	int err = write_text(THP "khugepaged/scan_sleep_millisecs", PARKED);

	for (unsigned looks = 0; !err && full_scans() == before; looks++) {
		if (looks == LOOKS)
			return -ETIMEDOUT;
		usleep(LOOK_US);
	}
	return err;
}

/* What it was, or an errno. */
static int change_knob(struct knob *knob)
{
	int err = read_text(knob->path, knob->before, sizeof(knob->before));

	chosen(knob->before);
	if (!err)
		err = set_knob(knob->path, knob->value);
	if (err)
		*knob->before = '\0';
	return err;
}

/* The first of those that we may run on. Specimens inherit it. */
static int keep_to_one_cpu(void)
{
	cpu_set_t allowed, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return -errno;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

int live_prepare(bool khugepaged, char *error, size_t size)
{
	int err = 0;

	for (struct knob *knob = knobs; !err && knob < knobs + KNOBS; knob++) {
		if (knob->told && !khugepaged)
			continue;
		err = change_knob(knob);
		if (err && knob->optional)
			err = 0;
		if (err)
			snprintf(error, size, "%s: %s", knob->path, strerror(-err));
	}
	if (!err)
		err = keep_to_one_cpu();
	if (!err)
		err = occupy_khugepaged();
	/* Whatever it was in the middle of is over when a round has been made from beginning to end. */
	for (int round = 0; khugepaged && round < 2 && !err; round++)
		err = khugepaged_round();
	if (err && !*error)
		snprintf(error, size, "the kernel could not be set up: %s", strerror(-err));
	return err;
}

bool live_maps_around(void)
{
	return !*knobs[0].before;
}

void live_restore(void)
{
	for (struct knob *knob = knobs; knob < knobs + KNOBS; knob++) {
		if (*knob->before)
			set_knob(knob->path, knob->before);
	}
}

int live_open(struct live *live, const char *specimen_program)
{
	struct kernel *kernel = NULL;
	pid_t pid;
	int err;

	memset(live, 0, sizeof(*live));
	/* What the program before has set. */
	for (struct knob *knob = knobs; knob < knobs + KNOBS; knob++) {
		if (*knob->before)
			set_knob(knob->path, knob->value);
	}
	err = proc_kernel_open("/", &live->kernel, live->error, sizeof(live->error));
	if (!err)
		err = proc_kernel_open("/", &kernel, live->error, sizeof(live->error));
	if (!err)
		err = local_source_open(kernel, specimen_program, &live->source, live->error,
					sizeof(live->error));
	if (err)
		return err;
	err = source_spawn(live->source, &pid);
	if (err)
		snprintf(live->error, sizeof(live->error), "%s", live->source->error);
	return err;
}

static void end_hold(struct live_hold *hold)
{
	kill(hold->pid, SIGKILL);
	while (waitpid(hold->pid, NULL, 0) < 0 && errno == EINTR)
		;
	hold->pid = 0;
}

void live_close(struct live *live)
{
	for (struct live_hold *hold = live->holds; hold < live->holds + LIVE_HOLDS; hold++) {
		if (hold->pid)
			end_hold(hold);
	}
	source_close(live->source);
	kernel_close(live->kernel);
}

static int refuse(struct live *live, int err, const char *what)
{
	if (err)
		snprintf(live->error, sizeof(live->error), "%s: %s", what, strerror(-err));
	return err;
}

/* 'D' where it has the lock, for nobody else waits or has it in a way that excludes it. */
static bool asleep(pid_t pid)
{
	char path[32], text[512];
	struct stat_line stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return !read_text(path, text, sizeof(text)) && !system_stat(text, strlen(text), &stat) &&
	       stat.state == 'D';
}

static int begin_hold(struct live *live, const struct action *action)
{
	const struct target main = {.process = ""};
	struct live_hold *hold = live->holds;
	struct place place;
	char path[64];
	int err = source_locate(live->source, *action->target.process ? &action->target : &main, &place);

	while (hold < live->holds + LIVE_HOLDS && hold->pid)
		hold++;
	if (err || hold == live->holds + LIVE_HOLDS)
		return refuse(live, err ? err : -EAGAIN, "hold");
	snprintf(path, sizeof(path), "/proc/%d/hold_mmap_lock", (int)place.pid);
	snprintf(hold->name, sizeof(hold->name), "%s", action->name);
	hold->pid = fork();
	if (!hold->pid)
		_exit(write_text(path, action->hold.mode == HOLD_READ ? "read 10000" : "write 10000") != 0);
	for (unsigned looks = 0; !asleep(hold->pid); looks++) {
		if (looks == LOOKS || waitpid(hold->pid, NULL, WNOHANG)) {
			hold->pid = 0;
			return refuse(live, -EIO, path);
		}
		usleep(LOOK_US);
	}
	return 0;
}

static int release(struct live *live, const char *name)
{
	for (struct live_hold *hold = live->holds; hold < live->holds + LIVE_HOLDS; hold++) {
		if (hold->pid && !strcmp(hold->name, name)) {
			end_hold(hold);
			return 0;
		}
	}
	return refuse(live, -ENOENT, "release");
}

int live_act(struct live *live, const struct action *action)
{
	char path[128];
	int err;

	switch ((int)action->kind) { /* what a specimen does not do */
	case ACTION_SET:
		snprintf(path, sizeof(path), THP "%s", action->set.knob);
		return refuse(live, set_knob(path, action->set.value), path);
	case ACTION_KHUGEPAGED:
		return refuse(live, khugepaged_round(), "khugepaged");
	case ACTION_RELEASE:
		return release(live, action->name);
	case ACTION_HOLD:
		if (*action->name)
			return begin_hold(live, action);
		break;
	default:
		break;
	}
	err = source_act(live->source, action);
	if (err)
		snprintf(live->error, sizeof(live->error), "%s", live->source->error);
	return err;
}
