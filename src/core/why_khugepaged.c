/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether khugepaged comes by, and what can only be suspected of pages (mm/khugepaged.c, 6.12). */
#include <string.h>

#include "core/why_parts.h"

typedef unsigned long long ull;

#define PARKED_MS UINT64_C(3600000) /* a sleep as long as this is meant as a switch */
#define BEHIND_S 60

/*
 * Seconds that one pass over the process's regions takes at least: each costs pages of pages_to_scan. It may begin at
 * once, so that it sleeps once less than it wakes up.
 */
static uint64_t pass_seconds(const struct why_judge *judge, uint64_t scan, uint64_t sleep_ms)
{
	const int64_t slots = judge->facts->eligible_slots;
	const uint64_t wakes = slots > 0 && scan ? ((uint64_t)slots * judge->pages + scan - 1) / scan : 1;

	return sleep_ms > UINT32_MAX || wakes > UINT32_MAX ? UINT32_MAX : (wakes - 1) * sleep_ms / 1000;
}

/* Nothing that was found keeps khugepaged from it. */
static bool khugepaged_may(const struct why_judge *judge)
{
	size_t i;

	if (judge->refused || judge->policy != WHY_POLICY_YES || !judge->facts->region)
		return false;
	for (i = 0; i < judge->n; i++)
		if (judge->reasons[i].weight == WHY_DECISIVE)
			return false;
	return judge->facts->region->present > judge->facts->region->zero;
}

/*
 * Whether it runs at all: before 6.13 it is started for anonymous memory alone, by the knob of all sizes or that of
 * this one (hugepage_pmd_enabled).
 */
static bool khugepaged_off(struct why_judge *judge)
{
	const char *all = why_knob(judge, "enabled");
	const char *own = why_knob(judge, arena_printf(judge->arena, "hugepages-%llukB/enabled",
						       (ull)judge->facts->pmd_size >> 10));

	if (judge->facts->vma->kind != VMA_SHMEM || !why_before(judge, 6, 13) || !all ||
	    strcmp(all, "never") || (own && strcmp(own, "never") && strcmp(own, "inherit")))
		return false;
	why_add(judge, "khugepaged-off", WHY_DECISIVE,
		"khugepaged does not run: it is started for anonymous memory alone.",
		"enabled never, Linux %s", judge->facts->system->release)
		->remedy = why_or_collapse(judge, "'madvise' in /sys/kernel/mm/transparent_hugepage/enabled");
	return true;
}

void why_check_khugepaged(struct why_judge *judge)
{
	const char *scans = why_knob(judge, "khugepaged/full_scans"), *id, *text;
	uint64_t scan, sleep_ms, seconds;
	char *fact;

	if (!khugepaged_may(judge) || khugepaged_off(judge))
		return;
	if (!why_knob_number(judge, "khugepaged/pages_to_scan", &scan) ||
	    !why_knob_number(judge, "khugepaged/scan_sleep_millisecs", &sleep_ms)) {
		why_unknown(judge, "how fast khugepaged goes: its knobs are not there");
		return;
	}
	seconds = pass_seconds(judge, scan, sleep_ms);
	fact = arena_printf(judge->arena, "khugepaged/pages_to_scan %llu every scan_sleep_millisecs %llu",
			    (ull)scan, (ull)sleep_ms);
	if (sleep_ms >= PARKED_MS) {
		id = "khugepaged-parked";
		text = "khugepaged is as good as switched off: it sleeps for hours between two rounds.";
	} else if (seconds >= BEHIND_S) {
		id = "khugepaged-behind";
		text = "khugepaged is slow to come: nothing else that can be seen keeps it from this region.";
	} else {
		id = "khugepaged-waits";
		text = "khugepaged has not made it huge yet: nothing else that can be seen keeps it from it.";
	}
	if (sleep_ms < PARKED_MS && judge->facts->eligible_slots > 0 && seconds)
		fact = arena_printf(judge->arena, "%s: %llu s or more for the %lld regions of this process",
				    fact, (ull)seconds, (long long)judge->facts->eligible_slots);
	why_add(judge, id, WHY_HINDERS, text, "%s; full_scans %s", fact, scans ? scans : "unknown")->remedy =
		why_or_collapse(judge, sleep_ms >= PARKED_MS || seconds >= BEHIND_S
					       ? "a shorter scan_sleep_millisecs, or a larger pages_to_scan"
					       : "wait");
}

static void check_references(struct why_judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const bool locked = why_flag(judge, "lo");

	if (facts->off_lru > 0)
		why_add(judge, "off-lru", WHY_SUSPECTED,
			"Some of its pages are on no LRU list just now: isolated, or young and still in a "
			"CPU's batch. "
			"Such pages are not taken.",
			"%lld pages without the flag LRU", (long long)facts->off_lru)
			->remedy = "wait; a request has the batches written back first";
	if (locked || facts->unevictable > 0)
		why_add(judge, "mlocked", WHY_SUSPECTED,
			"It is mlocked. That alone keeps nobody from it, but who locks memory often pins it "
			"too "
			"(RDMA, VFIO, io_uring), and pinned pages are not moved.",
			"%s%sVmLck %lld kB", locked ? "VmFlags lo, " : "",
			facts->unevictable > 0 ? arena_printf(judge->arena, "%lld pages unevictable, ",
							      (long long)facts->unevictable)
					       : "",
			(long long)facts->locked_kb);
	if (facts->pinned_kb > 0)
		why_add(judge, "pinned", WHY_SUSPECTED,
			"The process has pinned memory for a device or for io_uring; if it is here, its "
			"pages "
			"cannot be moved.",
			"VmPin %lld kB", (long long)facts->pinned_kb)
			->remedy = "the end of the pin: of the io_uring buffer, or of the device's mapping";
}

void why_check_suspected(struct why_judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct region *region = facts->region;
	const struct smaps *smaps = facts->vma->smaps;
	const bool may = khugepaged_may(judge);

	if (!region || judge->refused || region->present == region->zero || why_is_team(judge))
		return;
	if (may && why_anon(facts->vma) && !smaps_kb(smaps, "Referenced", 1))
		why_add(judge, "not-referenced", WHY_SUSPECTED,
			"Nothing here was touched lately: khugepaged leaves alone what nobody uses.",
			"Referenced 0 kB in smaps for all of the memory area")
			->remedy = why_or_collapse(judge, why_permitted(judge, false, "use it"));
	/*
	 * The advice that makes shared memory eligible enrols nobody yet: khugepaged_enter_vma looks at the flags from
	 * before it (shmem_allowable_huge_orders takes vma->vm_flags; 6.12, tried on 6.18).
	 */
	if (may && smaps && smaps->n_flags && (!why_flag(judge, "hg") || facts->vma->kind == VMA_SHMEM))
		why_add(judge, "not-enrolled", WHY_SUSPECTED,
			"khugepaged may not know of this process: it learns of it at a fault or mmap after "
			"huge "
			"pages were switched on, or by MADV_HUGEPAGE (of shared memory, the second time).",
			"%s; whom khugepaged knows is not shown",
			why_flag(judge, "hg") ? "VmFlags hg of shared memory" : "no VmFlags hg")
			->remedy = why_or_collapse(judge, "madvise(MADV_HUGEPAGE)");
	check_references(judge);
	/* A child that ended leaves its parent's pages as the fork made them until each is written (see check_writable). */
	if (why_anon(facts->vma) && why_before(judge, 6, 18))
		why_add(judge, "write-protected", WHY_SUSPECTED,
			"All of its pages may still be write-protected from a fork whose child has ended, "
			"which cannot be seen from outside: kernels before Linux 6.18 leave such alone.",
			"Linux %s, %u pages; no flag tells", facts->system->release,
			region->present - region->zero)
			->remedy = "a write to one page of it";
	/* VmPin above names a kind of them. */
	if (may && facts->pinned_kb <= 0)
		why_add(judge, "references", WHY_SUSPECTED,
			"Somebody may hold references to its pages (vmsplice, O_DIRECT, a debugger): they "
			"keep a "
			"page where it is, and cannot be seen from outside.",
			"%sno flag tells", facts->pinned_kb < 0 ? "" : "VmPin 0 kB, ")
			->remedy =
			facts->asks ? "" : "thpscope why --ask has the kernel say whether a collapse works";
}
