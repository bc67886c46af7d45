/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kernel.h"
#include "core/mem.h"
#include "format/json.h"
#include "sample.h"

#define HEAP UINT64_C(0x7f0000000000)

static struct moment *start(void)
{
	static const struct figure knobs[] = {
		{"enabled", "madvise"},
		{"shmem_enabled", "never"},
		{"defrag", "madvise"},
		{"khugepaged/max_ptes_none", "511"},
		{"hugepages-64kB/enabled", "always"},
		{"khugepaged/defrag", "1"},
		{"hugepages-64kB/stats/nr_anon", "12"},
		{"hugepages-2048kB/enabled", "inherit"},
	};
	static const struct figure vmstat[] = {{"thp_split_pmd", "3"}, {"thp_fault_alloc", "42"}};
	static const struct figure meminfo[] = {{"AnonHugePages", "6144"}, {"HugePages_Total", "0"}};
	struct moment *moment = mem_alloc(sizeof(*moment));

	moment->source = "live";
	moment->wall_ns = INT64_C(1795224000123456789);
	moment->mono_ns = 5000000000;
	moment->page_size = SAMPLE_PAGE;
	moment->pmd_size = SAMPLE_PMD;
	moment->caps.mask = 1 << CAP_PAGEMAP_SCAN | 1 << CAP_PFN | 1 << CAP_KPAGEFLAGS | 1 << CAP_KPAGECOUNT;
	moment->caps.missing[CAP_TEAMS] =
		"this kernel has no page teams; 'thpscope lab run' boots one that has";
	moment->system = (struct system_figures){
		.release = "6.18.44",
		.cow_rule = "6.15",
		.knobs = knobs,
		.n_knobs = sizeof(knobs) / sizeof(knobs[0]),
		.vmstat = vmstat,
		.n_vmstat = 2,
		.meminfo = meminfo,
		.n_meminfo = 2,
	};
	return moment;
}

static struct process *add_processes(struct moment *moment, size_t n)
{
	moment->processes = arena_alloc(&moment->arena, n * sizeof(*moment->processes));
	moment->n_processes = n;
	return moment->processes;
}

static struct region region(uint64_t start, enum mapping mapping, enum backing backing)
{
	return (struct region){
		.start = start,
		.len = SAMPLE_PMD,
		.mapping = mapping,
		.backing = backing,
		.how = HOW_PAGEMAP_SCAN,
		.present = 512,
		.anon = 512,
		.exclusive = 512,
		.mapcount = {UNKNOWN_COUNT, 1, UNKNOWN_COUNT},
		.team_usage = UNKNOWN_COUNT,
		.team_pmd_maps = UNKNOWN_COUNT,
	};
}

/* The heap of sample_plain: 40 PMD-mapped, then others, then a hole, then a fragment. */
static size_t plain_heap(struct region *out)
{
	size_t i, n = 0;

	for (i = 0; i < 40; i++) {
		out[n] = region(HEAP + i * SAMPLE_PMD, MAPPING_PMD, BACKING_THP);
		out[n].pfn = 0x11ce00 + i * 512;
		out[n].order = 9;
		out[n].order_known = true;
		out[n].exclusive = i ? 512 : 0;
		out[n++].mapcount = i ? (struct mapcount){1, 1, 1} : (struct mapcount){2, 2, 2};
	}
	out[n] = region(HEAP + 40 * SAMPLE_PMD, MAPPING_PTE, BACKING_THP);
	out[n].pfn = 0x200000;
	out[n].order = 9;
	out[n].order_known = true;
	out[n++].mapcount = (struct mapcount){0, 1, 512};
	out[n] = region(HEAP + 41 * SAMPLE_PMD, MAPPING_PTE, BACKING_SMALL);
	out[n].order_known = true;
	out[n++].mapcount = (struct mapcount){0, 1, 512};
	out[n] = region(HEAP + 43 * SAMPLE_PMD, MAPPING_PTE, BACKING_SMALL);
	out[n].order_known = true;
	out[n].present = out[n].anon = 3;
	out[n++].exclusive = 3;
	out[n] = region(HEAP + 100 * SAMPLE_PMD, MAPPING_PTE, BACKING_MIXED);
	out[n].len = 0x5000;
	out[n].present = out[n].anon = out[n].exclusive = 5;
	out[n].orders_known = true;
	out[n].orders[0] = 1;
	out[n++].orders[2] = 4;
	return n;
}

/* A collapse that was asked for, of memory that two processes map. */
static const struct event *plain_events(struct moment *moment, const struct region *was, size_t *n)
{
	static const struct event_delta deltas[] = {{"thp_collapse_alloc", 1}, {"thp_split_pmd", 2}};
	struct event_effect *effects = arena_alloc(&moment->arena, 2 * sizeof(*effects));
	struct event *event = arena_alloc(&moment->arena, 2 * sizeof(*event));

	effects[0] = (struct event_effect){
		.pid = 4242, .addr = was->start, .had = true, .has = true, .before = *was, .after = *was};
	effects[0].after.mapping = MAPPING_PMD;
	effects[0].after.backing = BACKING_THP;
	effects[0].after.pfn = 0x300000;
	effects[0].after.order = 9;
	effects[0].after.mapcount = (struct mapcount){1, 1, 1};
	effects[1] = (struct event_effect){.pid = 4243, .addr = was->start, .had = true, .before = *was};
	event[0] = (struct event){.kind = EVENT_COLLAPSE,
				  .mono_ns = 4900000000,
				  .wall_ns = INT64_C(1795223999900000000),
				  .triggered = true,
				  .pid = 4242,
				  .addr = was->start,
				  .len = SAMPLE_PMD,
				  .by_pid = 77,
				  .by = "thpscope",
				  .how = "process_madvise(MADV_COLLAPSE)",
				  .result = SAMPLE_PMD,
				  .verdict = "succeeded",
				  .why = "it is mapped by one huge entry now",
				  .deltas = deltas,
				  .n_deltas = 2,
				  .effects = effects,
				  .n_effects = 2};
	event[1] = (struct event){.kind = EVENT_FORK,
				  .mono_ns = 4950000000,
				  .pid = 4242,
				  .child = 4244,
				  .by = "",
				  .how = "",
				  .result = UNKNOWN_COUNT,
				  .verdict = "",
				  .why = ""};
	*n = 2;
	return event;
}

static struct vma *add_vmas(struct moment *moment, struct process *process, const struct vma *vmas, size_t n)
{
	process->vmas = arena_copy(&moment->arena, vmas, n * sizeof(*vmas));
	process->n_vmas = n;
	return process->vmas;
}

static const struct vma plain_vmas[] = {
	{.start = 0x400000,
	 .end = 0x452000,
	 .perms = "r-xp",
	 .kind = VMA_FILE,
	 .inode = 77,
	 .dev_major = 0xfd,
	 .dev_minor = 1,
	 .name = "/usr/bin/redis server",
	 .fragments = 1,
	 .kb = {.present = 328, .small = 328}},
	{.start = HEAP,
	 .end = HEAP + 100 * SAMPLE_PMD + 0x5000,
	 .perms = "rw-p",
	 .kind = VMA_ANON,
	 .name = "",
	 .slots = 100,
	 .fragments = 1,
	 .kb = {.present = 86048, .pmd = 81920, .thp_pte = 2048, .mthp = 16, .small = 2064}},
	{.start = HEAP + 0x100000000,
	 .end = HEAP + 0x100000000 + (UINT64_C(128) << 40),
	 .perms = "---p",
	 .kind = VMA_ANON,
	 .name = "",
	 .slots = UINT64_C(1) << 26},
	{.start = UINT64_C(0xffffffffff600000),
	 .end = UINT64_C(0xffffffffff601000),
	 .perms = "--xp",
	 .kind = VMA_SPECIAL,
	 .name = "[vsyscall]",
	 .fragments = 1,
	 .pfnmap_unknown = true},
};

struct moment *sample_plain(void)
{
	struct moment *moment = start();
	struct process *process = add_processes(moment, 2);
	struct region regions[64];
	size_t n = plain_heap(regions), i;

	process->pid = 4242;
	process->comm = "redis-server";
	process->start_time = 123456;
	process->mapping_known = true;
	process->kb = (struct kb){.present = 86376, .pmd = 81920, .thp_pte = 2048, .mthp = 16, .small = 2392};
	process->totals = (struct totals){.regions = 67108964, .fragments = 3};
	process->totals.state[STATE_PMD_MAPPED] = 40;
	process->totals.state[STATE_PTE_MAPPED] = 3;
	process->totals.state[STATE_EMPTY] = 67108921;
	add_vmas(moment, process, plain_vmas, sizeof(plain_vmas) / sizeof(plain_vmas[0]));
	for (i = 0; i < n; i++)
		regions[i].vma = 1;
	process->vmas[1].n_regions = (uint32_t)n;
	process->vmas[2].first_region = process->vmas[3].first_region = (uint32_t)n;
	process->regions = arena_copy(&moment->arena, regions, n * sizeof(*regions));
	process->n_regions = n;
	moment->events = plain_events(moment, &regions[41], &moment->n_events);
	process[1].pid = 1;
	process[1].outcome = OUTCOME_DENIED;
	process[1].reason = "/proc/1/maps: permission denied by a security module";
	process[1].comm = "";
	return moment;
}

/* One region for each mapping and backing, with what may be unknown known and not in turn. */
static size_t all_regions(struct region *out)
{
	unsigned mapping, backing;
	size_t n = 0;

	for (mapping = 0; mapping < MAPPING_COUNT; mapping++) {
		for (backing = 0; backing < BACKING_COUNT; backing++, n++) {
			out[n] = region(HEAP + n * SAMPLE_PMD, (enum mapping)mapping, (enum backing)backing);
			out[n].how = (enum how)(n % HOW_COUNT);
			out[n].pfn = n % 3 ? UINT64_MAX - n : 0;
			out[n].order_known = n % 2;
			out[n].order = n % 2 ? (uint8_t)(n % 19) : 0;
			out[n].exclusive = n % 5 ? INT64_MAX : UNKNOWN_COUNT;
			out[n].mapcount =
				(struct mapcount){n % 2 ? INT64_MAX : UNKNOWN_COUNT,
						  n % 3 ? 1 : UNKNOWN_COUNT, n % 4 ? 0 : UNKNOWN_COUNT};
			out[n].file = n % 7 ? 0 : UINT32_MAX;
			out[n].anon = n % 6 ? 0 : 17;
			out[n].present = mapping == MAPPING_NONE || n == 1 ? 0 : 512;
			out[n].swapped = backing == BACKING_SWAP ? UINT32_MAX : 0;
			out[n].guard = n % 11 ? 0 : 4;
			out[n].nonswap = n % 13 ? 0 : UINT32_MAX;
			out[n].team_usage = backing == BACKING_TEAM ? 513 : UNKNOWN_COUNT;
			out[n].team_pmd_maps = backing == BACKING_TEAM && n % 2 ? 1 : UNKNOWN_COUNT;
			out[n].orders_known = n % 4 == 1;
			out[n].orders[n % 9] = out[n].orders_known ? 256 : 0;
			out[n].orders[15] = out[n].orders_known ? 256 : 0;
		}
	}
	return n;
}

static struct page page(uint64_t addr, uint64_t bits)
{
	return (struct page){.addr = addr, .pagemap = bits, .present = bits >> 63 & 1};
}

/* Pages of the last region: a run, one without anything known, swap, a guard, every bit set. */
static size_t all_pages(uint64_t at, struct page *out)
{
	size_t i, n = 0;

	for (i = 0; i < 4; i++) {
		out[n] = page(at + i * SAMPLE_PAGE, PM_PRESENT | (0x11ce00 + i));
		out[n].pfn = 0x11ce00 + i;
		out[n].has_flags = out[n].has_mapcount = true;
		out[n].flags = i ? 0x40041082c : 0x40040982c;
		out[n++].mapcount = 2;
	}
	out[n] = page(at + 5 * SAMPLE_PAGE, PM_PRESENT);
	n++;
	out[n] = page(at + 6 * SAMPLE_PAGE, PM_SWAP | 0x4203);
	out[n++].swapped = true;
	out[n] = page(at + 7 * SAMPLE_PAGE, PM_GUARD_REGION | PM_SWAP);
	out[n++].guard = true;
	out[n] = page(at + 8 * SAMPLE_PAGE, UINT64_MAX);
	out[n].pfn = out[n].flags = out[n].entry = UINT64_MAX;
	out[n].mapcount = UINT32_MAX;
	out[n].has_flags = out[n].has_mapcount = out[n].has_entry = true;
	return n + 1;
}

static void all_skipped(struct process *process)
{
	unsigned outcome;

	for (outcome = OUTCOME_GONE; outcome < OUTCOME_COUNT; outcome++, process++) {
		process->pid = 100 + (pid_t)outcome;
		process->outcome = (enum outcome)outcome;
		process->reason = "a \"sentence\"\twith\nedges";
		process->comm = outcome % 2 ? "kthreadd" : "";
		process->start_time = outcome % 2 ? UINT64_MAX : 0;
		process->mapping_known = true;
	}
}

/* Attacks: terminal escapes, JSON's own characters, bytes that are no UTF-8, our private characters. */
static const char hostile[] =
	"/tmp/\x1b[2J\x1b]0;owned\a \"q\" \\ \n\t\x7f \xc2\x9b"
	"31m \xff\xc3( \xed\xa0\x80 \xee\xbf\xbf \xe2\x80\xae gr\xc3\xbc\xc3\x9f \xe4\xb8\xad "
	"\xf0\x9f\x98\x80 \xf4\x90\x80\x80";

/* The first VMA has every number at its largest; then the one with the regions; then one of each kind. */
static void all_vmas(struct vma *vmas, size_t n)
{
	static const struct smaps_field fields[] = {{"Rss", UINT64_MAX}, {"AnonHugePages", 0}, {"\xff\"", 1}};
	static const char *const flags[] = {"rd", "wr", "hg"};
	static const struct smaps smaps[] = {
		{.fields = fields, .n_fields = 3, .flags = flags, .n_flags = 3, .thp_eligible = 1},
		{.thp_eligible = -1},
	};
	static const uint64_t max = UINT64_MAX;
	size_t i;

	vmas[0].smaps = &smaps[0];
	vmas[1].smaps = &smaps[1];
	vmas[0].kb = (struct kb){max, max, max, max, max, max, max, max, max, max};
	vmas[0].slots = max;
	vmas[0].huge_page_size = vmas[0].offset = vmas[0].inode = max;
	vmas[0].dev_major = vmas[0].dev_minor = UINT32_MAX;
	vmas[0].deleted = true;
	vmas[1].name = "";
	vmas[1].n_regions = (uint32_t)n;
	vmas[1].slots = n;
	for (i = 0; i < VMA_KIND_COUNT; i++)
		vmas[2 + i] = (struct vma){.start = vmas[1 + i].end,
					   .end = vmas[1 + i].end + SAMPLE_PMD,
					   .perms = "---p",
					   .kind = (enum vma_kind)i,
					   .name = "",
					   .first_region = (uint32_t)n,
					   .slots = 1,
					   .pfnmap_unknown = i == 2};
}

/* One of each kind, every number at its largest, names that attack. */
static const struct event *all_events(struct moment *moment, const struct region *regions, size_t n_regions,
				      size_t *n)
{
	static const struct event_delta deltas[] = {
		{hostile, INT64_MAX}, {"thp_least", -INT64_MAX}, {"thp_zero", 0}};
	struct event *events = arena_alloc(&moment->arena, EVENT_KIND_COUNT * sizeof(*events));
	struct event_effect *effects = arena_alloc(&moment->arena, n_regions * sizeof(*effects));
	size_t i;

	for (i = 0; i < n_regions; i++)
		effects[i] = (struct event_effect){.pid = i % 2 ? INT32_MAX : 1,
						   .addr = regions[i].start,
						   .had = i % 3 != 1,
						   .has = i % 3 != 2,
						   .before = regions[i],
						   .after = regions[n_regions - 1 - i]};
	for (i = 0; i < EVENT_KIND_COUNT; i++)
		events[i] = (struct event){.kind = (enum event_kind)i,
					   .mono_ns = UINT64_MAX,
					   .wall_ns = i % 2 ? -1 : 0,
					   .triggered = i % 2,
					   .pid = i % 3 ? INT32_MAX : 0,
					   .addr = i % 2 ? UINT64_MAX : 0,
					   .len = i % 2 ? UINT64_MAX : 0,
					   .child = i % 4 ? 0 : INT32_MAX,
					   .by_pid = i % 5 ? INT32_MAX : 0,
					   .by = i % 2 ? hostile : "",
					   .how = i % 3 ? hostile : "",
					   .result = i % 2 ? INT64_MAX : UNKNOWN_COUNT,
					   .error = i % 2 ? 0 : INT32_MAX,
					   .verdict = i % 4 ? hostile : "",
					   .why = i % 5 ? hostile : ""};
	events[0].deltas = deltas;
	events[0].n_deltas = sizeof(deltas) / sizeof(deltas[0]);
	events[0].effects = effects;
	events[0].n_effects = n_regions;
	*n = EVENT_KIND_COUNT;
	return events;
}

struct moment *sample_all(void)
{
	static const struct figure knobs[] = {
		{&hostile[5], "-1"}, {"a/\xff/b", "007"}, {"a/c", "18446744073709551615"}};
	static const uint64_t max = UINT64_MAX;
	struct moment *moment = start();
	static const struct counter counters[] = {
		{.name = "page-faults", .value = 1200, .enabled_ns = 1500000000, .running_ns = 1500000000},
		{.name = "a \"hostile\" name\n",
		 .hardware = true,
		 .value = UINT64_MAX,
		 .enabled_ns = UINT64_MAX,
		 .running_ns = UINT64_MAX / 4},
		{.name = "dTLB-load-misses:u", .hardware = true, .missing = "a \"sentence\"\twith edges"},
	};
	struct process *process = add_processes(moment, 1 + OUTCOME_COUNT);
	struct region regions[MAPPING_COUNT * BACKING_COUNT];
	struct page pages[16];
	size_t n = all_regions(regions), n_pages, i;
	struct vma vmas[2 + VMA_KIND_COUNT] = {
		{.start = 0x1000, .end = HEAP, .perms = "rwxs", .name = hostile},
		{.start = HEAP, .end = HEAP + n * SAMPLE_PMD, .perms = "rw-p"}};

	moment->source = hostile;
	moment->seq = moment->mono_ns = max;
	moment->wall_ns = -1;
	moment->system.release = moment->system.cow_rule = "";
	moment->system.kpf = (struct kpf_bits){UINT64_C(1) << 28, UINT64_C(1) << 29, UINT64_C(1) << 63};
	moment->system.knobs = knobs;
	moment->system.n_knobs = sizeof(knobs) / sizeof(knobs[0]);
	n_pages = all_pages(regions[n - 1].start, pages);
	regions[n - 1].n_pages = (uint32_t)n_pages;
	all_vmas(vmas, n);
	process->pid = INT32_MAX;
	process->comm = hostile;
	process->cgroup = "/evil\".slice";
	process->start_time = max;
	process->torn = true;
	process->kb = vmas[0].kb;
	process->totals = (struct totals){max, max, {max, max, max, max, max, max}};
	process->counters = counters;
	process->n_counters = sizeof(counters) / sizeof(counters[0]);
	add_vmas(moment, process, vmas, sizeof(vmas) / sizeof(vmas[0]));
	for (i = 0; i < n; i++)
		regions[i].vma = 1;
	process->regions = arena_copy(&moment->arena, regions, n * sizeof(*regions));
	process->n_regions = n;
	process->pages = arena_copy(&moment->arena, pages, n_pages * sizeof(*pages));
	process->n_pages = n_pages;
	moment->events = all_events(moment, regions, n, &moment->n_events);
	all_skipped(process + 1);
	process[OUTCOME_COUNT] = process[OUTCOME_GONE];
	return moment;
}

struct buf sample_json(const struct moment *moment)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(json_write(moment, &sink), 0);
	return text;
}

static void read_golden(const char *name, struct buf *out)
{
	static const char mark[] = "@VERSION@";
	char path[4096], line[65536], *at;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/format/golden/%s", SOURCE_ROOT, name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be read", path);
	while (fgets(line, sizeof(line), file)) {
		at = strstr(line, mark);
		buf_add(out, line, at ? (size_t)(at - line) : strlen(line));
		if (at) {
			buf_puts(out, THPSCOPE_VERSION);
			buf_puts(out, at + strlen(mark));
		}
	}
	fclose(file);
}

void sample_golden(const char *name, const struct buf *text)
{
	struct buf golden = {0};

	read_golden(name, &golden);
	if (golden.len != text->len || memcmp(golden.data, text->data, text->len))
		fail_msg("golden/%s differs from:\n%s", name, text->data);
	buf_fini(&golden);
}
