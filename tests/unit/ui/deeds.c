/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things that happen, made up. */
#include "deeds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "world.h"

static const struct region pte = {.start = DEMO_HEAP + 8 * SLOT,
				  .len = SLOT,
				  .mapping = MAPPING_PTE,
				  .backing = BACKING_THP,
				  .mapcount = {0, 1, 512}};
static const struct region pmd = {.start = DEMO_HEAP + 8 * SLOT,
				  .len = SLOT,
				  .mapping = MAPPING_PMD,
				  .backing = BACKING_THP,
				  .mapcount = {1, 1, 1}};
static const struct region shared = {.start = 0x7f5c00200000,
				     .len = SLOT,
				     .mapping = MAPPING_PTE,
				     .backing = BACKING_UNKNOWN,
				     .mapcount = {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT}};

static const struct event_delta deltas[] = {
	{"thp_collapse_alloc", 1}, {"thp_split_pmd", -2}, {"thp_fault_alloc", 100}};

static struct event base(unsigned nth)
{
	return (struct event){.mono_ns = (nth + 1) * UINT64_C(1000000000),
			      .wall_ns = DEED_WALL_NS + nth * INT64_C(1000000000),
			      .pid = DEMO_PID,
			      .addr = DEMO_HEAP + 8 * SLOT,
			      .len = SLOT,
			      .by = "thpscope",
			      .how = "",
			      .verdict = "",
			      .why = "",
			      .result = UNKNOWN_COUNT};
}

struct occurrence *deed_collapse(unsigned nth)
{
	const struct event_effect effects[] = {{DEMO_PID, pte.start, true, true, pte, pmd},
					       {4243, shared.start, true, false, shared, shared}};
	struct event event = base(nth);
	struct occurrence *happened;

	event.triggered = true;
	event.by_pid = 999;
	event.how = "process_madvise(MADV_COLLAPSE)";
	event.result = SLOT;
	event.verdict = "succeeded";
	event.why = "The region is mapped by one PMD entry now.";
	event.deltas = deltas;
	event.n_deltas = 3;
	event.effects = effects;
	event.n_effects = 2;
	happened = occurrence_copy(&event);
	happened->ordered = true;
	happened->trigger = (struct trigger){.kind = TRIGGER_COLLAPSE, .pid = DEMO_PID, .addr = event.addr};
	return happened;
}

static struct occurrence *refused(unsigned nth)
{
	struct occurrence *happened = occurrence_new();

	happened->ordered = true;
	happened->trigger = (struct trigger){.kind = TRIGGER_COW, .pid = 77, .addr = 0x7f0000000000};
	happened->error = -EBUSY;
	happened->mono_ns = (nth + 1) * UINT64_C(1000000000);
	happened->wall_ns = DEED_WALL_NS + nth * INT64_C(1000000000);
	strcpy(happened->reason, "process 77 is traced already, by process 78 (gdb)");
	return happened;
}

struct occurrence *deed_any(unsigned nth)
{
	struct event event = base(nth);

	switch (nth % 9) {
	case 0:
		return deed_collapse(nth);
	case 1:
		return refused(nth);
	case 2:
		event.kind = EVENT_COLLAPSE;
		event.by = "khugepaged";
		event.by_pid = 33;
		event.verdict = "exceed_none_pte";
		event.why = "More pages are missing than max_ptes_none allows.";
		break;
	case 3:
		event.kind = EVENT_SPLIT_FOLIO;
		event.triggered = true;
		event.how = "madvise(MADV_COLD)";
		event.error = EAGAIN;
		break;
	case 4:
		event.kind = EVENT_FORK;
		event.child = 4300;
		event.addr = event.len = 0;
		event.by = "\x1b]0;pwned\x07\x1b[2J a name that is longer than any name of a process can be";
		break;
	case 5:
		event.kind = EVENT_EXIT;
		event.addr = event.len = 0;
		event.by = "";
		event.why = "process 4242 has exited";
		break;
	case 6:
		event.kind = EVENT_MAPPING;
		event.by = "";
		event.addr = UINT64_C(0xffffffffff600000);
		event.pid = 4194303;
		event.why = "日本語 \xff\xfe nothing says who did it";
		break;
	case 7:
		event.kind = EVENT_LOST;
		event.pid = 0;
		event.addr = event.len = 0;
		event.by = "";
		event.wall_ns = 0;
		event.why = "the kernel had more events than could be read: some are missing here";
		break;
	default:
		event.kind = EVENT_EXEC;
		event.addr = event.len = 0;
		event.by = "";
		break;
	}
	return occurrence_copy(&event);
}

struct occurrence *deed_lost(unsigned nth, int64_t missing)
{
	struct event event = base(nth);

	event.kind = EVENT_LOST;
	event.pid = 0;
	event.addr = event.len = 0;
	event.by = "";
	event.result = missing;
	event.why = "more happened than could be read or are told at a time";
	return occurrence_copy(&event);
}

struct plans *deed_plans(const struct trigger *triggers, size_t n, bool asks)
{
	struct plans *plans = plans_new(triggers, n);
	size_t i;

	for (i = 0; i < n; i++) {
		free(plans->items[i].text);
		plans->items[i].text =
			mem_strdup("process_madvise(MADV_COLD) of one page at 7f5a41000000 of process 4242 "
				   "(thpscope-demo).\n"
				   "Nothing of its contents changes.\n"
				   "Risk that remains: a device that writes to the page meanwhile.");
		plans->items[i].asks = asks;
		if (triggers[i].way == TRIGGER_WAY_DEBUGFS || triggers[i].way == TRIGGER_WAY_PUNCH) {
			plans->items[i].error = -EPERM;
			strcpy(plans->items[i].reason, "debugfs cannot be written to: the kernel is locked "
						       "down (integrity), see kernel_lockdown(7)");
		}
	}
	return plans;
}

struct answer *deed_why(const struct inquiry *inquiry, size_t n)
{
	static const struct why_reason table[] = {
		{.id = "thp-never",
		 .weight = WHY_DECISIVE,
		 .refused = true,
		 .text = "Huge pages are off for this memory.",
		 .fact = "transparent_hugepage/enabled madvise; VmFlags without hg",
		 .remedy = "madvise(MADV_HUGEPAGE), or 'always' in enabled"},
		{.id = "max-ptes-none",
		 .weight = WHY_HINDERS,
		 .text = "Too many pages are missing for khugepaged.",
		 .fact = "khugepaged/max_ptes_none 64, 120 pages missing",
		 .remedy = "touch them; or 'thpscope collapse 4242 0x7f5a41000000', which no knob stops"},
		{.id = "pinned",
		 .weight = WHY_SUSPECTED,
		 .text = "A page may be pinned: \x1b[31m/dev/\xff\xfe with a name that nobody can read "
			 "without "
			 "being afraid.",
		 .fact = "2 pages are not on the LRU",
		 .remedy = ""},
		{.id = "huge",
		 .weight = WHY_IS,
		 .text = "It is huge already.",
		 .fact = "mapping pmd",
		 .remedy = ""},
	};
	static const char *const unknown[] = {"whether the pages were looked at lately",
					      "the limit of its memory cgroup"};
	struct answer *answer = mem_alloc(sizeof(*answer));
	struct event *event = arena_alloc(&answer->arena, sizeof(*event));
	struct why_reason *reasons = arena_alloc(&answer->arena, n * sizeof(*reasons));
	size_t i;

	answer->inquiry = *inquiry;
	for (i = 0; i < n; i++)
		reasons[i] = table[i % 4];
	answer->why.reasons = reasons;
	answer->why.n = n;
	answer->why.unknown = unknown;
	answer->why.n_unknown = 2;
	answer->why.not_asked = "";
	event->why = "More pages are missing than max_ptes_none allows.";
	answer->why.event = inquiry->ask ? event : NULL;
	answer->why.asked = inquiry->ask;
	answer->why.error = inquiry->ask ? EAGAIN : 0;
	answer->why.verdict = inquiry->ask ? "scan_exceed_none_pte" : "";
	return answer;
}

struct answer *deed_sharers(const struct inquiry *inquiry, size_t n, bool partial)
{
	struct answer *answer = mem_alloc(sizeof(*answer));
	struct sharer *items = arena_alloc(&answer->arena, n * sizeof(*items));
	size_t i;

	answer->inquiry = *inquiry;
	for (i = 0; i < n; i++)
		items[i] = (struct sharer){
			.pid = i ? (pid_t)(4242 + i * 7) : DEMO_PID,
			.start_time = i,
			.comm = i % 3 == 2 ? "\x1b]0;evil\x07"
				: i % 3	   ? "postgres"
					   : "thpscope-demo",
			.addr = DEMO_HEAP + i * SLOT + (i % 4 == 3 ? PAGE : 0),
			.mapping = i % 2 ? MAPPING_PTE : MAPPING_PMD,
			.aligned = i % 4 != 3,
			.first = i % 4 == 3 ? 1 : 0,
			.subpages = i % 2 ? (uint32_t)i : 512,
			.same_as = i == 4 ? DEMO_PID : 0,
		};
	answer->sharers = (struct sharers){.page_size = PAGE,
					   .pmd_size = SLOT,
					   .counted = partial ? 514
						      : n     ? 512
							      : UNKNOWN_COUNT,
					   .found = 512,
					   .missing_most = partial ? 2 : 0,
					   .surplus = n ? 0 : UNKNOWN_COUNT,
					   .pfn = 0x11ce00,
					   .order = 9,
					   .anon = true,
					   .mapcount = {n ? 1 : UNKNOWN_COUNT, (int64_t)n, UNKNOWN_COUNT},
					   .items = items,
					   .n = n,
					   .processes = 130,
					   .looked = partial ? 57 : 127,
					   .denied = partial ? 0 : 3,
					   .complete = !partial,
					   .missing = partial ? 2
						      : n     ? 0
							      : UNKNOWN_COUNT,
					   .took_ns = 1234000000,
					   .partial = partial ? "2.0 s were over" : NULL};
	return answer;
}

struct answer *deed_hot(const struct inquiry *inquiry, size_t n, enum heat_by by)
{
	struct answer *answer = mem_alloc(sizeof(*answer));
	struct heat_region *items = arena_alloc(&answer->arena, n * sizeof(*items));
	size_t i;

	answer->inquiry = *inquiry;
	for (i = 0; i < n; i++)
		items[i] = (struct heat_region){
			.start = DEMO_HEAP + (8 + i) * SLOT,
			.used = i % 5 == 3 ? 0 : (uint32_t)(512 - 37 * i % 500),
			.of = by == HEAT_BY_ANY || i % 5 == 3 ? 0 : 512,
			.pages = i % 5 == 3 ? 0 : 512,
			.present = 512,
			.mapping = MAPPING_PTE,
			.backing = BACKING_SMALL,
		};
	for (i = 0; i < n && heat_by_areas(by); i++) /* of one VMA */
		items[i].used = items[i].of = items[i].pages = 2048;
	for (i = n / 2; i < n && by == HEAT_CLEARED; i++) /* the other half of another one */
		items[i].used = 256;
	if (n > 1 && by != HEAT_BY_ANY && !heat_by_areas(by))
		items[1].used = items[1].of = 1;
	answer->heat =
		(struct heat){.source = "live",
			      .pid = inquiry->pid,
			      .start_time = inquiry->start_time,
			      .page_size = PAGE,
			      .pmd_size = SLOT,
			      .by = by,
			      .window_ns = by == HEAT_IDLE || by == HEAT_CLEARED ? 1004000000 : 0,
			      .missing = by == HEAT_IDLE ? NULL
							 : "idle: this kernel was built without idle page "
							   "tracking (CONFIG_IDLE_PAGE_TRACKING).",
			      .items = items,
			      .n = n};
	heat_rank(&answer->heat, &answer->arena);
	return answer;
}
