/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of a PMU's own events, by libpfm4. */
#include <errno.h>
#include <perfmon/pfmlib_perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/library.h"
#include "count/parts.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

#define CALLS(call)                                                                                          \
	call(pfm_initialize) call(pfm_strerror) call(pfm_get_pmu_info) call(pfm_get_event_next)              \
		call(pfm_get_event_info) call(pfm_get_event_attr_info) call(pfm_get_os_event_encoding)

static struct {
	CALLS(LIBRARY_POINTER)
} lib;
static const struct library_function functions[] = {CALLS(LIBRARY_FUNCTION)};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *missing; /* why there is no library; NULL: there is */

/* (libpfm4's tables of all PMUs are 50,000 addresses to relocate.) */
static void begin(void)
{
	if (!library_load(PFM_SONAME, functions, COUNT_OF(functions)))
		missing = "is not installed here";
	else if (lib.pfm_initialize() != PFM_SUCCESS)
		missing = "does not start here";
}

static bool library(void)
{
	pthread_once(&once, begin);
	return !missing;
}

/*
 * What of each PMU tells most about its data TLB: misses of all levels by loads, by stores, cycles in page walks for loads. A PMU
 * has what it has: Nehalem counts stores with loads only, Haswell calls the cycles a duration, Zen has one event for loads
 * and stores (here all four reloads that missed the L2 TLB too) and none for the walks' cycles, Arm's Neoverse counts the
 * walks.
 */
#define ZEN                                                                                                  \
	{                                                                                                    \
		"L1_DTLB_MISS:TLB_RELOAD_1G_L2_MISS:TLB_RELOAD_2M_L2_MISS:TLB_RELOAD_COALESCED_PAGE_MISS"    \
		":TLB_RELOAD_4K_L2_MISS"                                                                     \
	}
#define INTEL(cycles)                                                                                        \
	{                                                                                                    \
		"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB_STORE_MISSES:WALK_COMPLETED",                       \
			"DTLB_LOAD_MISSES:" cycles                                                           \
	}
#define NEOVERSE                                                                                             \
	{                                                                                                    \
		"L1D_TLB_REFILL_RD", "L1D_TLB_REFILL_WR", "DTLB_WALK"                                        \
	}

static const struct {
	const char *pmu; /* as libpfm4 calls it */
	const char *events[3];
} usual[] = {
	{"nhm", {"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB_MISSES:WALK_COMPLETED"}},
	{"nhm_ex", {"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB_MISSES:WALK_COMPLETED"}},
	{"wsm",
	 {"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB_MISSES:WALK_COMPLETED", "DTLB_LOAD_MISSES:WALK_CYCLES"}},
	{"wsm_dp",
	 {"DTLB_LOAD_MISSES:WALK_COMPLETED", "DTLB_MISSES:WALK_COMPLETED", "DTLB_LOAD_MISSES:WALK_CYCLES"}},
	{"snb", INTEL("WALK_DURATION")},
	{"snb_ep", INTEL("WALK_DURATION")},
	{"ivb", INTEL("WALK_DURATION")},
	{"ivb_ep", INTEL("WALK_DURATION")},
	{"hsw", INTEL("WALK_DURATION")},
	{"hsw_ep", INTEL("WALK_DURATION")},
	{"bdw", INTEL("WALK_DURATION")},
	{"bdw_ep", INTEL("WALK_DURATION")},
	{"skl", INTEL("WALK_ACTIVE")},
	{"skx", INTEL("WALK_ACTIVE")},
	{"clx", INTEL("WALK_ACTIVE")},
	{"icl", INTEL("WALK_ACTIVE")},
	{"icx", INTEL("WALK_ACTIVE")},
	{"spr", INTEL("WALK_ACTIVE")},
	{"slm", {"PAGE_WALKS:D_SIDE_WALKS", "PAGE_WALKS:D_SIDE_CYCLES"}},
	{"glm", {"PAGE_WALKS:D_SIDE_CYCLES"}},
	{"tmt",
	 {"DTLB_LOAD_MISSES:WALK_COMPLETED_4K:WALK_COMPLETED_2M_4M",
	  "DTLB_STORE_MISSES:WALK_COMPLETED_4K:WALK_COMPLETED_2M_4M"}},
	{"amd64_fam17h", ZEN},
	{"amd64_fam17h_zen1", ZEN},
	{"amd64_fam17h_zen2", ZEN},
	{"amd64_fam19h_zen3", ZEN},
	{"amd64_fam19h_zen4", ZEN},
	{"arm_n1", NEOVERSE},
	{"arm_n2", NEOVERSE},
	{"arm_v1", NEOVERSE},
	{"arm_v2", NEOVERSE},
};

/* The PMUs that are here: of the cores, or the kernel's. */
static bool next_pmu(int *pmu, pfm_pmu_info_t *info)
{
	for (; *pmu < PFM_PMU_MAX; ++*pmu) {
		memset(info, 0, sizeof(*info));
		info->size = sizeof(*info);
		if (!lib.pfm_get_pmu_info((pfm_pmu_t)*pmu, info) && info->is_present)
			return ++*pmu;
	}
	return false;
}

/* An event by its name without anything behind it, in whatever case; -1: there is none. */
static int find_event(const char *name, size_t len)
{
	const char *plain = name, *end = name + len, *colons;
	pfm_event_info_t event;
	pfm_pmu_info_t info;
	int pmu = 0, i;

	colons = memmem(name, len, "::", 2);
	if (colons)
		plain = colons + 2;
	while (next_pmu(&pmu, &info)) {
		if (colons && (strncasecmp(info.name, name, (size_t)(colons - name)) ||
			       strlen(info.name) != (size_t)(colons - name)))
			continue;
		for (i = info.first_event; i != -1; i = lib.pfm_get_event_next(i)) {
			memset(&event, 0, sizeof(event));
			event.size = sizeof(event);
			if (!lib.pfm_get_event_info(i, PFM_OS_PERF_EVENT_EXT, &event) &&
			    strlen(event.name) == (size_t)(end - plain) &&
			    !strncasecmp(event.name, plain, (size_t)(end - plain)))
				return i;
		}
	}
	return -1;
}

/* Where the event's own name ends: behind a PMU's and its two colons. */
static size_t event_len(const char *name)
{
	const char *colons = strstr(name, "::");

	return colons ? (size_t)(colons - name) + 2 + strcspn(colons + 2, ":") : strcspn(name, ":");
}

static void near_events(struct near *near)
{
	pfm_event_info_t event;
	pfm_pmu_info_t info;
	int pmu = 0, i;

	while (next_pmu(&pmu, &info)) {
		for (i = info.first_event; i != -1; i = lib.pfm_get_event_next(i)) {
			memset(&event, 0, sizeof(event));
			event.size = sizeof(event);
			if (!lib.pfm_get_event_info(i, PFM_OS_PERF_EVENT_EXT, &event))
				near_offer(near, event.name);
		}
	}
}

/* Whether `part`, "NAME" or "NAME=VALUE", is one of the event's attributes; `names` gets those there are. */
static bool has_part(int event, const char *part, size_t len, char *names, size_t size)
{
	pfm_event_attr_info_t attribute;
	pfm_event_info_t info = {.size = sizeof(info)};
	size_t used = 0;
	int i;

	names[0] = '\0';
	if (lib.pfm_get_event_info(event, PFM_OS_PERF_EVENT_EXT, &info))
		return false;
	for (i = 0; i < info.nattrs; i++) {
		memset(&attribute, 0, sizeof(attribute));
		attribute.size = sizeof(attribute);
		if (lib.pfm_get_event_attr_info(event, i, PFM_OS_PERF_EVENT_EXT, &attribute))
			continue;
		if (strlen(attribute.name) == len && !strncasecmp(attribute.name, part, len))
			return true;
		if (used < size)
			used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "",
						 attribute.name);
	}
	return false;
}

/* Which part of a name is wrong, and what there is in its place. */
static void explain(const char *name, int err, char *error, size_t size)
{
	const size_t len = event_len(name);
	const int event = find_event(name, len);
	const char *part = name + len;
	struct near near = {.to = name};
	char names[400];

	if (event < 0) {
		snprintf(error, size, "no event of this machine is called '%.*s'", (int)len, name);
		generic_near(&near);
		near_events(&near);
		near_say(&near, error, size);
		return;
	}
	while (*part == ':') {
		part++;
		if (!has_part(event, part, strcspn(part, ":="), names, sizeof(names))) {
			snprintf(error, size, "event '%s' has no '%.*s'; it has %s", name,
				 (int)strcspn(part, ":"), part, names);
			return;
		}
		part += strcspn(part, ":");
	}
	has_part(event, "", 0, names, sizeof(names));
	snprintf(error, size, "event '%s': %s; it has %s", name, lib.pfm_strerror(err), names);
}

/* Whether a name says user space, kernel or hypervisor: then it is not for us to say. */
static bool says_modes(const char *name)
{
	const char *part = name + event_len(name);

	for (; *part == ':'; part += 1 + strcspn(part + 1, ":"))
		if (strchr("ukhUKH", part[1]) && strchr(":=", part[2]))
			return true;
	return false;
}

int pmu_name(const char *name, struct count_event *event, char *error, size_t size)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	pfm_perf_encode_arg_t arg = {.attr = &attr, .size = sizeof(arg)};
	int err;

	memset(event, 0, sizeof(*event));
	if (!library()) {
		pmu_without(name, missing, error, size);
		return -EINVAL;
	}
	err = lib.pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
	if (err) {
		explain(name, err, error, size);
		return -EINVAL;
	}
	if (attr.sample_period || attr.freq || attr.precise_ip || attr.pinned || attr.exclusive) {
		snprintf(error, size,
			 "event '%s' asks for samples or for the whole PMU; here it is only counted", name);
		return -EINVAL;
	}
	event->type = attr.type;
	event->config = attr.config;
	event->config1 = attr.config1;
	event->config2 = attr.config2;
	event->exclude_user = attr.exclude_user;
	event->exclude_kernel = attr.exclude_kernel;
	event->exclude_hv = attr.exclude_hv;
	event->modes = says_modes(name);
	event->hardware = attr.type != PERF_TYPE_SOFTWARE && attr.type != PERF_TYPE_TRACEPOINT;
	return 0;
}

size_t pmu_defaults(const char **names, size_t room)
{
	struct count_event event;
	pfm_pmu_info_t info;
	char error[8];
	size_t i, k, n = 0;
	int pmu = 0;

	if (!library())
		return 0;
	while (next_pmu(&pmu, &info)) {
		for (i = 0; i < COUNT_OF(usual); i++) {
			if (info.type != PFM_PMU_TYPE_CORE || strcmp(usual[i].pmu, info.name))
				continue;
			for (k = 0; k < COUNT_OF(usual[i].events) && usual[i].events[k] && n < room; k++)
				if (!pmu_name(usual[i].events[k], &event, error, sizeof(error)))
					names[n++] = usual[i].events[k];
		}
	}
	return n;
}

const char *pmu_library(void)
{
	return "libpfm4"; /* whose own number has been 4.0 in all of its releases */
}
