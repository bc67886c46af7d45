/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/why: every reason by facts that have just that one, and the order of several. */
#include "core_test.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "why_world.h"

static void unrequested(struct world *world)
{
	world->smaps.n_flags = 1;
}

static void tmpfs(struct world *world)
{
	shmem(world);
	world->vma.name = "/dev/shm/x";
	world->vma.deleted = false;
	world->facts.mount = "advise";
}

static void file(struct world *world)
{
	shmem(world);
	world->vma.kind = VMA_FILE;
	world->vma.name = "/lib/x";
	world->vma.deleted = false;
	memcpy(world->vma.perms, "r-xp", 4);
}

/* One change each to a world that has no reason but khugepaged's slowness. */
static void pmd(struct world *w)
{
	w->region.mapping = MAPPING_PMD;
	w->region.backing = BACKING_THP;
}
static void huge_zero(struct world *w)
{
	pmd(w);
	w->region.zero = 512;
}
static void hugetlb(struct world *w)
{
	w->vma.kind = VMA_HUGETLB;
	w->region.mapping = MAPPING_PMD;
}
static void hugetlb_empty(struct world *w)
{
	w->vma.kind = VMA_HUGETLB;
	w->facts.region = NULL;
}
static void small_vma(struct world *w)
{
	w->vma.start += 4096;
	w->vma.end = w->vma.start + 3 * MIB;
	w->region.present = 511;
}
static void straddles(struct world *w)
{
	w->vma.start += 4096;
}
static void device(struct world *w)
{
	w->vma.kind = VMA_DEVICE;
}
static void pfnmap(struct world *w)
{
	flag(w, "pf");
}
static void offset(struct world *w)
{
	file(w);
	w->vma.offset = 0x3000;
}
static void nohugepage(struct world *w)
{
	w->smaps.n_flags--;
	flag(w, "nh");
}
static void prctl_off(struct world *w)
{
	w->facts.thp_enabled = 0;
}
static void deny(struct world *w)
{
	shmem(w);
	knob(w, "shmem_enabled", "deny");
}
static void no_config(struct world *w)
{
	file(w);
	w->facts.read_only_file = 0;
}
static void not_executable(struct world *w)
{
	file(w);
	w->vma.perms[2] = '-';
	w->system.release = "6.7";
}
static void open_for_write(struct world *w)
{
	file(w);
	w->vma.perms[3] = 's';
	flag(w, "mw");
}
static void uffd_wp(struct world *w)
{
	w->facts.uffd_wp = 1;
}
static void uffd_wp_file(struct world *w)
{
	shmem(w);
	flag(w, "uw");
}
static void uffd_armed(struct world *w)
{
	flag(w, "um");
	w->region.present = w->region.exclusive = 511;
}
static void guard(struct world *w)
{
	w->region.guard = 1;
	w->region.present = w->region.exclusive = 511;
}
static void private_written(struct world *w)
{
	shmem(w);
	w->vma.perms[3] = 'p';
	w->region.anon = 1;
	w->fields[0].kb = 4;
}
static void empty(struct world *w)
{
	w->facts.region = NULL;
}
static void empty_file(struct world *w)
{
	shmem(w);
	w->facts.region = NULL;
}
static void empty_no_table(struct world *w)
{
	empty(w);
	w->facts.table = WHY_TABLE_NONE;
}
static void empty_table(struct world *w)
{
	empty(w);
	w->facts.table = WHY_TABLE_STAYED;
	w->system.release = "6.18";
}
static void empty_file_no_table(struct world *w)
{
	empty_file(w);
	w->facts.table = WHY_TABLE_NONE;
}
static void empty_file_table(struct world *w)
{
	empty_file(w);
	w->facts.table = WHY_TABLE_STAYED;
	w->system.release = "5.4";
}
static void zero(struct world *w)
{
	w->region.zero = 512;
	w->region.exclusive = 0;
	w->fields[0].kb = 0;
	field(w, "Swap", 0);
}
static void zero_beside(struct world *w)
{
	zero(w);
	w->fields[0].kb = 4;
}
static void read_only(struct world *w)
{
	w->vma.perms[1] = '-';
	w->system.release = "6.12";
}
static void off(struct world *w)
{
	knob(w, "enabled", "never");
	w->smaps.thp_eligible = 0;
}
static void off_by_size(struct world *w)
{
	knob(w, "hugepages-2048kB/enabled", "never");
}
static void shmem_off(struct world *w)
{
	shmem(w);
	knob(w, "hugepages-2048kB/shmem_enabled", "never");
	w->system.release = "6.12.117";
}
static void shmem_unrequested(struct world *w)
{
	shmem(w);
	unrequested(w);
}
static void tmpfs_off(struct world *w)
{
	tmpfs(w);
	w->facts.mount = "never";
}
static void tmpfs_unrequested(struct world *w)
{
	tmpfs(w);
	unrequested(w);
}
static void within_size(struct world *w)
{
	shmem_unrequested(w);
	knob(w, "shmem_enabled", "within_size");
}
static void not_eligible(struct world *w)
{
	knob(w, "enabled", "always");
	unrequested(w);
	w->smaps.thp_eligible = 0;
}
static void holes(struct world *w)
{
	knob(w, "khugepaged/max_ptes_none", "0");
	w->region.present = w->region.exclusive = 511;
}
static void swapped(struct world *w)
{
	w->region.swapped = 65;
	w->region.present = w->region.exclusive = 447;
}
static void some_swapped(struct world *w)
{
	w->region.swapped = 64;
	w->region.present = w->region.exclusive = 448;
}
static void shared(struct world *w)
{
	w->region.exclusive = 512 - 257;
}
static void pte_thp(struct world *w)
{
	w->region.backing = BACKING_THP;
}
static void pte_thp_file(struct world *w)
{
	shmem(w);
	w->region.backing = BACKING_THP;
}
static void partial(struct world *w)
{
	w->region.backing = BACKING_THP_PARTIAL;
}
static void in_motion(struct world *w)
{
	w->region.nonswap = 1;
	w->region.present = w->region.exclusive = 511;
}
static void anon_vma(struct world *w)
{
	shmem(w);
	w->vma.perms[3] = 'p';
	w->fields[0].kb = 4;
}
static void no_block(struct world *w)
{
	w->system.free_pmd_blocks = 0;
}
static void memcg(struct world *w)
{
	w->facts.memcg = (struct why_memcg){"/a", 99 * MIB, 100 * MIB};
}
static void khugepaged_off(struct world *w)
{
	shmem(w);
	knob(w, "enabled", "never");
	w->system.release = "6.12";
}
static void parked(struct world *w)
{
	knob(w, "khugepaged/scan_sleep_millisecs", "4294967295");
}
static void behind(struct world *w)
{
	w->facts.eligible_slots = 1000;
}
static void off_lru(struct world *w)
{
	w->facts.off_lru = 3;
}
static void locked(struct world *w)
{
	flag(w, "lo");
	w->facts.locked_kb = 8;
}
static void pinned(struct world *w)
{
	w->facts.pinned_kb = 8;
}
static void unreferenced(struct world *w)
{
	w->fields[1].kb = 0;
}
static void unenrolled(struct world *w)
{
	knob(w, "enabled", "always");
	unrequested(w);
}

struct row {
	void (*change)(struct world *world);
	const char *id;
	enum why_weight weight;
	bool refused;
	const char *fact, *remedy; /* contained; "": there is no remedy */
	bool first;		   /* before all others */
};
static const struct row rows[] = {
	{pmd, "already-huge", WHY_IS, false, "mapping pmd, backing thp", "", true},
	{huge_zero, "huge-zero-page", WHY_IS, false, "mapping pmd", "", true},
	{hugetlb, "hugetlb", WHY_IS, true, "mapping pmd", "", true},
	{hugetlb_empty, "hugetlb", WHY_IS, true, "mapping none", "touch", true},
	{small_vma, "vma-too-small", WHY_DECISIVE, true, "0x7f0000001000-0x7f0000301000, 3072 kB", "larger",
	 true},
	{straddles, "slot-straddles-edge", WHY_DECISIVE, true, "slot 0x7f0000000000-0x7f0000200000",
	 "mapping", true},
	{device, "device-memory", WHY_DECISIVE, true, "kind device", "", true},
	{pfnmap, "device-memory", WHY_DECISIVE, true, "VmFlags pf", "", true},
	{offset, "file-offset-unaligned", WHY_DECISIVE, true, "from 0x3000 on", "mapping", true},
	{nohugepage, "nohugepage", WHY_DECISIVE, true, "VmFlags nh", "MADV_HUGEPAGE", true},
	{prctl_off, "thp-disabled", WHY_DECISIVE, true, "THP_enabled 0 in /proc/42/status", "prctl", true},
	{deny, "shmem-denied", WHY_DECISIVE, true, "shmem_enabled deny", "shmem_enabled", true},
	{no_config, "file-thp-not-built", WHY_DECISIVE, true, "READ_ONLY_THP_FOR_FS is not set", "tmpfs",
	 true},
	{not_executable, "file-not-executable", WHY_DECISIVE, true, "r--p of Linux 6.7", "", true},
	{open_for_write, "file-open-for-write", WHY_DECISIVE, true, "r-xs, VmFlags mw", "read-only", true},
	{uffd_wp, "uffd-wp", WHY_DECISIVE, true, "1 pages with pagemap bit 57", "UFFDIO", true},
	{uffd_wp_file, "uffd-wp", WHY_DECISIVE, true, "VmFlags uw", "UFFDIO", true},
	{uffd_armed, "uffd-armed", WHY_DECISIVE, true, "VmFlags um, 1 of 512 pages missing", "UFFDIO", true},
	{guard, "guard", WHY_DECISIVE, true, "1 pages with guard", "GUARD_REMOVE", true},
	{private_written, "private-file-written", WHY_DECISIVE, true, "rw-p of a file, 1 of 512",
	 "MADV_DONTNEED", true},
	{empty, "empty", WHY_DECISIVE, false, "whether an empty page table stayed",
	 "unless a page table stayed", true},
	{empty_file, "empty", WHY_DECISIVE, false, "0 pages present", "collapse 42 0x7f0000000000", true},
	/* Where raw entries are shown nothing is left open. */
	{empty_no_table, "empty", WHY_DECISIVE, true, "no page table",
	 "write to it: where the knobs allow it, that fault brings a whole huge page", true},
	{empty_table, "empty", WHY_DECISIVE, false, "leads to a page table", "that fault brings a small page",
	 true},
	{empty_file_no_table, "empty", WHY_DECISIVE, false, "no page table", "that fault maps it whole",
	 true},
	{empty_file_table, "empty", WHY_DECISIVE, false, "leads to a page table",
	 "takes the empty page table away first", true},
	{zero, "zero-page", WHY_DECISIVE, false, "512 pages, all the zero page", "write", true},
	{zero_beside, "zero-page", WHY_HINDERS, false, "512 pages, all the zero page", "write", true},
	{read_only, "not-writable", WHY_DECISIVE, true, "r--p of Linux 6.12", "", true},
	{off, "thp-off", WHY_DECISIVE, false, "enabled never, hugepages-2048kB/enabled inherit",
	 "collapse 42", true},
	{off_by_size, "thp-off", WHY_DECISIVE, false, "hugepages-2048kB/enabled never", "collapse 42", true},
	{unrequested, "thp-not-requested", WHY_DECISIVE, false, "enabled madvise", "MADV_HUGEPAGE", true},
	{shmem_off, "shmem-off", WHY_DECISIVE, false, "hugepages-2048kB/shmem_enabled never", "collapse 42",
	 true},
	{shmem_unrequested, "shmem-not-requested", WHY_DECISIVE, false, "shmem_enabled advise",
	 "MADV_HUGEPAGE", true},
	{tmpfs_off, "tmpfs-off", WHY_DECISIVE, false, "huge=never", "remount", true},
	{tmpfs_unrequested, "tmpfs-not-requested", WHY_DECISIVE, false, "huge=advise", "MADV_HUGEPAGE", true},
	{within_size, "within-size", WHY_SUSPECTED, false, "shmem_enabled within_size", "ftruncate", false},
	{not_eligible, "not-eligible", WHY_DECISIVE, false, "THPeligible 0 in smaps; perhaps PR_SET",
	 "MADV_HUGEPAGE", true},
	{holes, "max-ptes-none", WHY_DECISIVE, false, "max_ptes_none 0, 1 of 512 pages missing",
	 "collapse 42", true},
	{swapped, "max-ptes-swap", WHY_DECISIVE, false, "max_ptes_swap 64, 65 of 512 pages", "collapse 42",
	 true},
	{some_swapped, "swap", WHY_HINDERS, false, "64 of 512 pages swapped", "touch", true},
	{shared, "max-ptes-shared", WHY_DECISIVE, false, "max_ptes_shared 256, 257 of 512", "collapse 42",
	 true},
	{pte_thp, "pte-mapped-thp", WHY_HINDERS, false, "mapping pte, backing thp, 512 of 512", "collapse 42",
	 true},
	{pte_thp_file, "pte-mapped-thp", WHY_HINDERS, false, "mapping pte, backing thp", "collapse 42", true},
	{partial, "thp-partial", WHY_HINDERS, false, "backing thp-partial, 512 of 512", "collapse 42", true},
	{in_motion, "in-motion", WHY_HINDERS, false, "1 entries", "wait", true},
	{anon_vma, "anon-vma", WHY_HINDERS, false, "Anonymous 4 kB", "collapse 42", true},
	{no_block, "no-free-block", WHY_HINDERS, false,
	 "0 free blocks of 2048 kB in buddyinfo, defrag madvise", "compact", true},
	{memcg, "memcg-limit", WHY_HINDERS, false, "/a: 101376 of 102400 kB used", "memory.max", true},
	{khugepaged_off, "khugepaged-off", WHY_DECISIVE, false, "enabled never, Linux 6.12", "collapse 42",
	 true},
	{parked, "khugepaged-parked", WHY_HINDERS, false, "scan_sleep_millisecs 4294967295", "shorter", true},
	{behind, "khugepaged-behind", WHY_HINDERS, false, "1240 s or more for the 1000 regions", "shorter",
	 true},
	{plain, "khugepaged-waits", WHY_HINDERS, false,
	 "pages_to_scan 4096 every scan_sleep_millisecs 10000; full_scans 3", "wait", true},
	{off_lru, "off-lru", WHY_SUSPECTED, false, "3 pages without the flag LRU", "wait", false},
	{locked, "mlocked", WHY_SUSPECTED, false, "VmFlags lo, VmLck 8 kB", "", false},
	{pinned, "pinned", WHY_SUSPECTED, false, "VmPin 8 kB", "end of the pin", false},
	{unreferenced, "not-referenced", WHY_SUSPECTED, false, "Referenced 0 kB", "use it", false},
	{unenrolled, "not-enrolled", WHY_SUSPECTED, false, "no VmFlags hg", "MADV_HUGEPAGE", false},
	{plain, "references", WHY_SUSPECTED, false, "VmPin 0 kB", "--ask", false},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_every_reason(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));
	const struct why_reason *reason;
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS; i++) {
		judge(world, rows[i].change);
		reason = find(&world->why, rows[i].id);
		if (!reason)
			fail_msg("row %zu: no %s, but %s", i, rows[i].id,
				 world->why.n ? world->why.reasons[0].id : "nothing");
		if (rows[i].first && reason != world->why.reasons)
			fail_msg("%s comes after %s", rows[i].id, world->why.reasons[0].id);
		if (reason->weight != rows[i].weight || reason->refused != rows[i].refused)
			fail_msg("row %zu, %s: %s, refused %d", i, rows[i].id,
				 why_weight_name(reason->weight), reason->refused);
		if (!strstr(reason->fact, rows[i].fact))
			fail_msg("%s: fact '%s'", rows[i].id, reason->fact);
		if (!strstr(reason->remedy, rows[i].remedy) || !*rows[i].remedy != !*reason->remedy)
			fail_msg("%s: remedy '%s'", rows[i].id, reason->remedy);
		assert_int_equal(world->why.huge,
				 rows[i].weight == WHY_IS && rows[i].change != hugetlb_empty);
		arena_fini(&world->arena);
	}
	free(world);
}

/* Where the row's cause is not, the reason is not: no other world without need names it. */
static void test_no_reason_without_cause(void **state)
{
	static const char *const plains[] = {"khugepaged-waits", "references"};
	struct world *world = mem_alloc(sizeof(*world));
	size_t i;

	(void)state;
	judge(world, plain);
	assert_int_equal(world->why.n, 2);
	for (i = 0; i < 2; i++)
		assert_string_equal(world->why.reasons[i].id, plains[i]);
	assert_int_equal(world->why.n_unknown, 0);
	assert_int_equal(world->why.start, START);
	assert_int_equal(world->why.len, 2 * MIB);
	assert_false(world->why.asked);
	arena_fini(&world->arena);
	free(world);
}

static void test_edges(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	world->region.exclusive = 256; /* of max_ptes_shared 256 not one too many */
	world->facts.memcg = (struct why_memcg){"/a", 98 * MIB, 100 * MIB};
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "max-ptes-shared"));
	assert_null(find(&world->why, "memcg-limit"));
	arena_fini(&world->arena);

	/* The knob of this size decides, where it does not inherit. */
	plain(world);
	knob(world, "enabled", "never");
	knob(world, "hugepages-2048kB/enabled", "madvise");
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "thp-off"));
	arena_fini(&world->arena);

	/* What was forbidden was not forgotten to be asked for. */
	plain(world);
	nohugepage(world);
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "thp-not-requested"));
	assert_null(find(&world->why, "khugepaged-waits"));
	arena_fini(&world->arena);

	/* force: whatever the rest says. */
	plain(world);
	shmem_unrequested(world);
	knob(world, "shmem_enabled", "force");
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "shmem-not-requested"));
	arena_fini(&world->arena);
	free(world);
}

/* What a region's own pages bring about says nothing of its neighbours. */
static void test_of_vma(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));
	const struct why_reason *reason;

	(void)state;
	plain(world);
	nohugepage(world);
	why_judge(&world->facts, &world->arena, &world->why);
	reason = find(&world->why, "nohugepage");
	assert_non_null(reason);
	assert_true(why_of_vma(reason));
	arena_fini(&world->arena);
	assert_false(why_of_vma(&(struct why_reason){.id = "zero-page"}));
	assert_false(why_of_vma(&(struct why_reason){.id = "uffd-wp"}));
	assert_false(why_of_vma(&(struct why_reason){.id = "slot-straddles-edge"}));
	free(world);
}

static void test_order(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));
	size_t i;

	(void)state;
	plain(world);
	off(world);
	nohugepage(world);
	holes(world);
	no_block(world);
	pinned(world);
	why_judge(&world->facts, &world->arena, &world->why);
	assert_string_equal(world->why.reasons[0].id, "nohugepage");
	assert_string_equal(world->why.reasons[1].id, "thp-off");
	assert_string_equal(world->why.reasons[2].id, "max-ptes-none");
	assert_string_equal(world->why.reasons[3].id, "no-free-block");
	for (i = 1; i < world->why.n; i++)
		assert_true(world->why.reasons[i - 1].weight <= world->why.reasons[i].weight);
	/* A request would be refused: nobody is sent there. */
	for (i = 0; i < world->why.n; i++)
		assert_null(strstr(world->why.reasons[i].remedy, "collapse"));
	arena_fini(&world->arena);
	free(world);
}

/* Without root and without smaps: nothing is claimed of what smaps would say. */
static void test_unknown(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	world->vma.smaps = NULL;
	world->region.backing = BACKING_UNKNOWN;
	world->region.exclusive = UNKNOWN_COUNT;
	world->facts.thp_enabled = world->facts.pinned_kb = UNKNOWN_COUNT;
	world->facts.off_lru = world->facts.unevictable = world->facts.eligible_slots = UNKNOWN_COUNT;
	world->facts.memcg_known = false;
	world->system.free_pmd_blocks = UNKNOWN_COUNT;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_int_equal(world->why.n, 0);
	assert_int_equal(world->why.n_unknown, 5);
	assert_true(strstr(world->why.unknown[1], "smaps cannot be read"));
	arena_fini(&world->arena);

	/* A kernel without huge pages has no knobs. */
	plain(world);
	world->system.n_knobs = 0;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_int_equal(world->why.n, 0);
	assert_true(strstr(world->why.unknown[0], "they cannot be read"));
	arena_fini(&world->arena);
	free(world);
}

/* Guard markers are no swap, and a request is not promised where it cannot be told, or not to whom it is refused. */
static void test_no_more_than_known(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	world->region.guard = 512;
	world->region.present = world->region.exclusive = 0;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_non_null(find(&world->why, "guard"));
	assert_null(find(&world->why, "max-ptes-swap"));
	arena_fini(&world->arena);

	/* An empty page table may have stayed or not. */
	plain(world);
	empty(world);
	off(world);
	why_judge(&world->facts, &world->arena, &world->why);
	assert_false(find(&world->why, "empty")->refused);
	assert_null(strstr(find(&world->why, "thp-off")->remedy, "collapse"));
	arena_fini(&world->arena);

	/* What is seen is not called open. */
	judge(world, empty_file_no_table);
	assert_null(strstr(find(&world->why, "empty")->remedy, "unless"));
	arena_fini(&world->arena);
	/* A kernel that knows no request has no answer to one. */
	judge(world, empty_file_table);
	assert_null(strstr(find(&world->why, "empty")->text, "EINVAL"));
	assert_null(strstr(find(&world->why, "empty")->remedy, "maps it whole"));
	arena_fini(&world->arena);

	judge(world, off);
	assert_non_null(strstr(find(&world->why, "thp-off")->remedy, "but a page that somebody holds does"));
	arena_fini(&world->arena);
	plain(world);
	off(world);
	world->facts.asker = WHY_ASKER_ROOT;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_non_null(strstr(find(&world->why, "thp-off")->remedy,
			       "'thpscope collapse 42 0x7f0000000000' by root"));
	arena_fini(&world->arena);
	plain(world);
	off(world);
	world->facts.asker = WHY_ASKER_SELF;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(strstr(find(&world->why, "thp-off")->remedy, "thpscope collapse"));
	arena_fini(&world->arena);

	/* [vsyscall]: no other Linux, and no root, sees more of it. */
	plain(world);
	world->vma.start = UINT64_C(0xffffffffff600000);
	world->vma.end = world->vma.start + 4096;
	world->facts.addr = world->vma.start;
	world->vma.kind = VMA_SPECIAL;
	world->vma.pfnmap_unknown = true;
	world->region = (struct region){.start = world->vma.start, .len = 4096};
	why_judge(&world->facts, &world->arena, &world->why);
	assert_int_equal(world->why.n_unknown, 1);
	assert_non_null(strstr(world->why.unknown[0], "pagemap does not reach"));
	arena_fini(&world->arena);
	free(world);
}

static const char *refusal(struct world *world, void (*change)(struct world *world))
{
	plain(world);
	change(world);
	return why_refusal(&world->facts, &world->arena);
}

static void huge_disabled(struct world *w)
{
	pmd(w);
	prctl_off(w);
}

static void unlucky_file(struct world *w)
{
	file(w);
	w->facts.read_only_file = -1;
}

static void test_refusal(void **state)
{
	static const struct {
		void (*change)(struct world *world);
		const char *text;
	} wants[] = {
		{guard, "guard regions"},
		{uffd_armed, "userfaultfd watches this memory"},
		{straddles, "reaches beyond"},
		{huge_disabled, "switched off for the whole process"},
		{hugetlb, "hugetlb"},
		{unlucky_file, "nobody has open for writing"},
		{empty, "no page table"},
		{zero, "nothing was ever written"},
		{unrequested, "nothing that can be seen"},
	};
	struct world *world = mem_alloc(sizeof(*world));
	struct page page = {.guard = true};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		const char *text = refusal(world, wants[i].change);

		if (!strstr(text, wants[i].text) || text[strlen(text) - 1] == '.')
			fail_msg("%s: '%s'", wants[i].text, text);
		arena_fini(&world->arena);
	}
	plain(world);
	assert_non_null(strstr(why_no_page(&world->facts, &page), "guard marker"));
	page.guard = false;
	assert_string_equal(why_no_page(&world->facts, NULL), "");
	flag(world, "um");
	assert_string_equal(why_no_page(&world->facts, &page), "");
	assert_non_null(strstr(why_no_page(&world->facts, NULL), "userfaultfd"));
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_no_reason_without_cause),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_of_vma),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_no_more_than_known),
		cmocka_unit_test(test_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
