/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and defaults of events as the rest of the program asks for them, and why one cannot be counted. */
#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

#include "count/parts.h"

static const char no_pmu[] = "the kernel finds no PMU to count with on this machine (a virtual one has it "
			     "only if its hypervisor hands it "
			     "on); page faults and other software events are counted all the same";

/* What no PMU counts: the first that is counted on a machine would have the kernel wait for all of its CPUs. */
#define NO_EVENT 0xff

const char *count_missing(const struct count_ops *ops, void *context)
{
	const struct count_event none = {.type = PERF_TYPE_HARDWARE,
					 .config = NO_EVENT,
					 .exclude_kernel = true,
					 .exclude_hv = true,
					 .hardware = true};
	int fd = ops->open(context, &none, 0);

	if (fd >= 0) {
		ops->close(context, fd);
		return NULL;
	}
	switch (-fd) {
	case EINVAL: /* a PMU was asked, and knows no such event */
	case EOPNOTSUPP:
		return NULL;
	case ENOSYS:
		return "this kernel has no perf_event_open (CONFIG_PERF_EVENTS), or a filter of system calls "
		       "forbids it";
	case EACCES:
	case EPERM:
		return "perf_event_open is forbidden here: CAP_PERFMON gives it, or a lower "
		       "/proc/sys/kernel/perf_event_paranoid, unless a filter of system calls stands before "
		       "it";
	case ENOENT:
	case ENODEV:
		return no_pmu;
	}
	return "an event of the PMU could not be opened for a try (out of descriptors or memory, or somebody "
	       "else has it)";
}

static const char *forbidden(int paranoid, const struct count_event *event, struct arena *arena)
{
	if (paranoid > 2)
		return arena_printf(
			arena,
			"perf_event_paranoid is %d, so that counting needs CAP_PERFMON (or a lower value in "
			"/proc/sys/kernel/perf_event_paranoid)",
			paranoid);
	if (paranoid == 2 && event->modes && !event->exclude_kernel)
		return "perf_event_paranoid is 2, so that counting in the kernel needs CAP_PERFMON; with the "
		       "modifier u "
		       "it is counted in user space";
	return "it is somebody else's process, or one that guards itself: CAP_PERFMON would count it";
}

const char *say_why_not(const struct count_ops *ops, void *context, const struct count_event *event,
			int error, struct arena *arena)
{
	const char *missing;

	switch (-error) {
	case EACCES:
	case EPERM:
		return forbidden(ops->paranoid(context), event, arena);
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
	case EINVAL:
		missing = event->hardware ? count_missing(ops, context) : NULL;
		return missing ? missing
			       : arena_printf(arena,
					      "this machine's kernel and PMU do not count this event (%s)",
					      strerror(-error));
	case EMFILE:
	case ENFILE:
		return "each event takes a descriptor for each of its threads, and this program may not have "
		       "so many: "
		       "a higher 'ulimit -n', or fewer events or processes";
	case ENOSPC:
		return "the PMU has no counter left for this event, and it cannot take turns";
	case EBUSY:
		return "somebody else has the PMU for himself";
	case ENOMEM:
		return "the kernel is out of memory for it";
	case ENOSYS:
		return "this kernel has no perf_event_open (CONFIG_PERF_EVENTS)";
	case ESRCH:
		return "it ended before its events were open";
	}
	return arena_printf(arena, "perf_event_open: %s", strerror(-error));
}

void pmu_without(const char *name, const char *why, char *error, size_t size)
{
	struct near near = {.to = name};

	snprintf(error, size,
		 "no event is called '%s' here, and a PMU's own names need libpfm4, which %s (rHEX is a raw "
		 "code)",
		 name, why);
	generic_near(&near);
	near_say(&near, error, size);
}

int count_name(const char *name, struct count_event *event, char *error, size_t size)
{
	int err;

	if (!*name) {
		snprintf(error, size, "an event's name is empty");
		return -EINVAL;
	}
	err = generic_name(name, event, error, size);
	return err == -ENOENT ? pmu_name(name, event, error, size) : err;
}

const char *count_library(void)
{
	return pmu_library();
}

size_t count_defaults(bool pmu, const char **names)
{
	static const char *const generic[] = {"dTLB-load-misses", "dTLB-store-misses"};
	/* A machine with two kinds of core has a PMU for each: what runs on the one is not counted by the other. */
	static const char *const hybrid[] = {"cpu_core/dTLB-load-misses/", "cpu_core/dTLB-store-misses/",
					     "cpu_atom/dTLB-load-misses/", "cpu_atom/dTLB-store-misses/"};
	static const char *const software[] = {"page-faults", "minor-faults", "major-faults"};
	const bool two =
		generic_pmu("cpu_core", 8, &(uint32_t){0}) && generic_pmu("cpu_atom", 8, &(uint32_t){0});
	size_t n = 0;

	if (pmu && two) {
		memcpy(names, hybrid, sizeof(hybrid));
		n = sizeof(hybrid) / sizeof(hybrid[0]);
	} else if (pmu) {
		n = pmu_defaults(names, COUNTERS_MOST - 3);
		if (!n) {
			memcpy(names, generic, sizeof(generic));
			n = sizeof(generic) / sizeof(generic[0]);
		}
	}
	memcpy(names + n, software, sizeof(software));
	return n + sizeof(software) / sizeof(software[0]);
}
