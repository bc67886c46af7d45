/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events that the kernel names by itself (linux/perf_event.h), by the names that perf(1) made usual. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count/parts.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} plain[] = {
	{"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
	{"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
	{"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
	{"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cs", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
	{"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
	{"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
	{"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
	{"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
	{"cpu-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
	{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
	{"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
	{"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
	{"branch-instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
	{"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
	{"bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
	{"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
	{"stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND},
	{"stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND},
};

/* A cache event is cache-operations or cache-operation-misses. */
static const struct {
	const char *name;
	unsigned id;
} caches[] = {{"L1-dcache", PERF_COUNT_HW_CACHE_L1D}, {"L1-icache", PERF_COUNT_HW_CACHE_L1I},
	      {"LLC", PERF_COUNT_HW_CACHE_LL},	      {"dTLB", PERF_COUNT_HW_CACHE_DTLB},
	      {"iTLB", PERF_COUNT_HW_CACHE_ITLB},     {"branch", PERF_COUNT_HW_CACHE_BPU},
	      {"node", PERF_COUNT_HW_CACHE_NODE}};

static const struct {
	const char *accesses, *misses;
	unsigned id;
} operations[] = {{"loads", "load-misses", PERF_COUNT_HW_CACHE_OP_READ},
		  {"stores", "store-misses", PERF_COUNT_HW_CACHE_OP_WRITE},
		  {"prefetches", "prefetch-misses", PERF_COUNT_HW_CACHE_OP_PREFETCH}};

static bool same(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && !strncasecmp(text, name, len);
}

static bool find_cache(const char *text, size_t len, uint64_t *config)
{
	char name[48];
	size_t i, k;
	bool miss;

	for (i = 0; i < COUNT_OF(caches); i++) {
		for (k = 0; k < COUNT_OF(operations); k++) {
			snprintf(name, sizeof(name), "%s-%s", caches[i].name, operations[k].misses);
			miss = same(text, len, name);
			snprintf(name, sizeof(name), "%s-%s", caches[i].name, operations[k].accesses);
			if (!miss && !same(text, len, name))
				continue;
			*config = caches[i].id | operations[k].id << 8 | (uint64_t)miss << 16;
			return true;
		}
	}
	return false;
}

static bool find(const char *text, size_t len, struct count_event *event)
{
	char *end;
	size_t i;

	for (i = 0; i < COUNT_OF(plain); i++) {
		if (!same(text, len, plain[i].name))
			continue;
		event->type = plain[i].type;
		event->config = plain[i].config;
		event->hardware = plain[i].type != PERF_TYPE_SOFTWARE;
		return true;
	}
	event->hardware = true;
	event->type = PERF_TYPE_HW_CACHE;
	if (find_cache(text, len, &event->config))
		return true;
	/* A raw code, as the PMU's own manual has it. */
	event->type = PERF_TYPE_RAW;
	if (len < 2 || len > 17 || (text[0] != 'r' && text[0] != 'R') || !isxdigit((unsigned char)text[1]))
		return false;
	event->config = strtoull(text + 1, &end, 16);
	return end == text + len;
}

/* Modifiers behind a name: "u", "k", "h" in any number, between colons. False: at *wrong is another. */
static bool take_modes(const char *text, struct count_event *event, const char **wrong)
{
	bool user = false, kernel = false, hv = false;

	*wrong = text;
	for (; *text; text++) {
		user |= *text == 'u';
		kernel |= *text == 'k';
		hv |= *text == 'h';
		if (!strchr("ukh:", *text)) {
			*wrong = text;
			return false;
		}
	}
	if (!user && !kernel && !hv)
		return false;
	event->exclude_user = !user;
	event->exclude_kernel = !kernel;
	event->exclude_hv = !hv;
	event->modes = true;
	return true;
}

bool generic_pmu(const char *name, size_t len, uint32_t *type)
{
	char path[96], text[16];
	ssize_t n;
	int fd;

	if (!len || memchr(name, '.', len) || memchr(name, '/', len))
		return false;
	if (snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%.*s/type", (int)len, name) >=
	    (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*type = (uint32_t)strtoul(text, NULL, 10);
	return true;
}

/* PMU/NAME/MODES: an event of one kind of core. The generic ones say whose in their upper half. */
static int of_pmu(const char *name, const char *slash, struct count_event *event, char *error, size_t size)
{
	const char *last = strrchr(name, '/'), *wrong;
	uint32_t type;

	if (last == slash) {
		snprintf(error, size, "event '%s' has one '/': an event of one kind of core is PMU/NAME/",
			 name);
		return -EINVAL;
	}
	if (!find(slash + 1, (size_t)(last - slash - 1), event) || !event->hardware) {
		snprintf(error, size, "'%.*s' in '%s' is no generic event of a PMU", (int)(last - slash - 1),
			 slash + 1, name);
		return -EINVAL;
	}
	if (!generic_pmu(name, (size_t)(slash - name), &type)) {
		snprintf(error, size, "this machine has no PMU '%.*s' (/sys/bus/event_source/devices)",
			 (int)(slash - name), name);
		return -EINVAL;
	}
	if (last[1] && !take_modes(last + 1, event, &wrong)) {
		snprintf(error, size, "event '%s': '%s' is no modifier; there are u, k and h", name, wrong);
		return -EINVAL;
	}
	if (event->type == PERF_TYPE_RAW)
		event->type = type;
	else
		event->config |= (uint64_t)type << 32;
	return 0;
}

int generic_name(const char *name, struct count_event *event, char *error, size_t size)
{
	const char *slash = strchr(name, '/'), *wrong;
	const size_t len = strcspn(name, ":");

	memset(event, 0, sizeof(*event));
	if (slash)
		return of_pmu(name, slash, event, error, size);
	if (!find(name, len, event))
		return -ENOENT;
	if (name[len] && !take_modes(name + len + 1, event, &wrong)) {
		snprintf(error, size,
			 "event '%s': '%s' is no modifier; there are u (user space), k (kernel) and h "
			 "(hypervisor)",
			 name, wrong);
		return -EINVAL;
	}
	return 0;
}

void generic_near(struct near *near)
{
	char name[48];
	size_t i, k;

	for (i = 0; i < COUNT_OF(plain); i++)
		near_offer(near, plain[i].name);
	for (i = 0; i < COUNT_OF(caches); i++) {
		for (k = 0; k < COUNT_OF(operations); k++) {
			snprintf(name, sizeof(name), "%s-%s", caches[i].name, operations[k].accesses);
			near_offer(near, name);
			snprintf(name, sizeof(name), "%s-%s", caches[i].name, operations[k].misses);
			near_offer(near, name);
		}
	}
}
