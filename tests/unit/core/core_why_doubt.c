/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/why: what is not promised, or not called decisive, because it is not so, or cannot be known. */
#include "core_test.h"

#include <stdlib.h>

#include "core/mem.h"
#include "why_world.h"

static void no_access(struct world *w)
{
	w->facts.region = NULL;
	memcpy(w->vma.perms, "---p", 4);
}
static void no_access_no_table(struct world *w)
{
	no_access(w);
	w->facts.table = WHY_TABLE_NONE;
}
static void no_access_table(struct world *w)
{
	no_access(w);
	w->facts.table = WHY_TABLE_STAYED;
}
static void no_access_old(struct world *w)
{
	no_access(w);
	w->system.release = "6.12.1";
}
static void read_only_empty(struct world *w)
{
	w->facts.region = NULL;
	w->vma.perms[1] = '-';
}
static void read_only_zero(struct world *w)
{
	w->region.zero = 512;
	w->region.exclusive = 0;
	w->vma.perms[1] = '-';
}
static void no_access_holes(struct world *w)
{
	memcpy(w->vma.perms, "---p", 4);
	w->region.present = w->region.exclusive = 500;
	knob(w, "khugepaged/max_ptes_none", "0");
}
static void read_only_swapped(struct world *w)
{
	w->vma.perms[1] = '-';
	w->region.swapped = 65;
	w->region.present = w->region.exclusive = 447;
}
static void no_access_swapped(struct world *w)
{
	read_only_swapped(w);
	w->vma.perms[0] = '-';
}
static void read_only_shared(struct world *w)
{
	w->vma.perms[1] = '-';
	w->region.exclusive = 100;
}
static void empty_file(struct world *w)
{
	shmem(w);
	w->facts.region = NULL;
}
static void no_access_file(struct world *w)
{
	empty_file(w);
	memcpy(w->vma.perms, "---s", 4);
}
/* On disk, shared and writable, on a file system that may have large folios; nothing is mapped. */
static void disk(struct world *w)
{
	empty_file(w);
	w->vma.kind = VMA_FILE;
	w->vma.name = "/var/x";
	w->vma.deleted = false;
}
static void disk_not_built(struct world *w)
{
	disk(w);
	w->facts.read_only_file = 0;
}
static void disk_off(struct world *w)
{
	disk(w);
	w->vma.perms[3] = 'p';
	knob(w, "enabled", "never");
}
static void disk_unrequested(struct world *w)
{
	disk(w);
	w->vma.perms[3] = 'p';
	w->smaps.n_flags = 1;
}
static void disk_not_eligible(struct world *w)
{
	disk(w);
	w->vma.perms[1] = '-';
	w->facts.read_only_file = -1;
	w->smaps.thp_eligible = 0;
}
/* As they are, small pages stay: a fault finds a page table. */
static void disk_mapped(struct world *w)
{
	disk(w);
	w->facts.region = &w->region;
}
static void disk_table(struct world *w)
{
	disk(w);
	w->facts.table = WHY_TABLE_STAYED;
}
static void disk_old(struct world *w)
{
	disk(w);
	w->system.release = "5.15.1";
}
static void disk_not_built_old(struct world *w)
{
	disk_old(w);
	w->facts.read_only_file = 0;
}
/* Of shared memory two pages are mapped: whether the file has the others is not seen. */
static void uffd_file(struct world *w)
{
	shmem(w);
	flag(w, "um");
	w->region.present = w->region.file = 2;
}
static void uffd_empty_file(struct world *w)
{
	empty_file(w);
	flag(w, "um");
}
static void uffd_empty(struct world *w)
{
	w->facts.region = NULL;
	flag(w, "um");
}
static void holes_file(struct world *w)
{
	shmem(w);
	w->region.present = w->region.file = 2;
	knob(w, "shmem_enabled", "never");
}
/* THP_enabled is 0 in status of a kernel without huge pages too. */
static void not_built(struct world *w)
{
	static const struct figure meminfo[] = {{"HugePages_Total", "0"}, {"Hugetlb", "0"}};

	w->facts.thp_enabled = 0;
	w->system.n_knobs = 0;
	w->system.meminfo = meminfo;
	w->system.n_meminfo = 2;
}
static void built_unreadable(struct world *w)
{
	static const struct figure meminfo[] = {{"AnonHugePages", "0"}};

	not_built(w);
	w->system.meminfo = meminfo;
	w->system.n_meminfo = 1;
}
static void built_or_not(struct world *w)
{
	not_built(w);
	w->system.n_meminfo = 0;
}
/* Of a mounted tmpfs, unlinked: before it was mapped or after that. */
static void unlinked(struct world *w)
{
	shmem(w);
	w->vma.name = "/dev/shm/x (deleted)";
	w->facts.mount = "always";
	knob(w, "shmem_enabled", "never");
}
static void unlinked_off(struct world *w)
{
	unlinked(w);
	w->facts.mount = "never";
	knob(w, "shmem_enabled", "always");
}
static void unlinked_either(struct world *w)
{
	unlinked(w);
	knob(w, "hugepages-2048kB/shmem_enabled", "never");
}
static void unlinked_not_eligible(struct world *w)
{
	unlinked_either(w);
	w->smaps.thp_eligible = 0;
}
static void unlinked_other(struct world *w)
{
	unlinked(w);
	w->facts.mount = "never";
	knob(w, "hugepages-2048kB/shmem_enabled", "always");
}
static void unlinked_neither(struct world *w)
{
	unlinked_either(w);
	w->facts.mount = "never";
}
/* Guard regions of kernels that do not tell them from others. */
static void in_motion(struct world *w)
{
	w->region.nonswap = 3;
	w->region.present = w->region.exclusive = 509;
	w->facts.uffd_wp = w->facts.uffd_marks = 1;
}
static void in_motion_613(struct world *w)
{
	in_motion(w);
	w->system.release = "6.13.1";
}
static void uffd_marks(struct world *w)
{
	in_motion(w);
	w->facts.uffd_wp = w->facts.uffd_marks = 3;
}
/* A child has written 300 pages of a THP: 212 are shared, and before 6.10 khugepaged counts those. */
static void shared_thp(struct world *w)
{
	w->region.backing = BACKING_THP;
	w->region.exclusive = 300;
	w->region.orders_known = true;
	w->region.orders[9] = 512;
}
static void read_only_shared_thp(struct world *w)
{
	shared_thp(w);
	w->vma.perms[1] = '-';
}
static void shared_thp_69(struct world *w)
{
	shared_thp(w);
	w->system.release = "6.9.1";
}
static void shared_mthp(struct world *w)
{
	shared_thp(w);
	w->region.backing = BACKING_MTHP;
	w->region.orders[9] = 0;
	w->region.orders[4] = 512;
}
static void shared_few_mthp(struct world *w)
{
	shared_mthp(w);
	w->region.backing = BACKING_MIXED;
	w->region.orders[4] = 32;
	w->region.orders[0] = 480;
}
/* All that is here is shared and in large folios, and is less than the limit. */
static void shared_all_mthp(struct world *w)
{
	shared_mthp(w);
	w->region.present = w->region.orders[4] = 160;
	w->region.exclusive = 10;
}
/* The copies of a private file mapping are swapped out. */
static void private_swapped(struct world *w)
{
	shmem(w);
	w->vma.perms[3] = 'p';
	w->region.present = w->region.file = 500;
	w->region.swapped = 12;
}
/* Without frames: of what type they are is not shown. */
static void private_untyped(struct world *w)
{
	private_swapped(w);
	w->region.backing = BACKING_UNKNOWN;
}
static void private_untyped_written(struct world *w)
{
	private_untyped(w);
	w->region.anon = 1;
}
/* Six wakes, five sleeps of ten seconds; and one more. */
static void six_wakes(struct world *w)
{
	w->facts.eligible_slots = 48;
}
static void seven_wakes(struct world *w)
{
	w->facts.eligible_slots = 49;
}
/* force counts for sizes that inherit it. */
static void forced(struct world *w)
{
	shmem(w);
	knob(w, "shmem_enabled", "force");
	knob(w, "hugepages-2048kB/shmem_enabled", "always");
}
static void forced_612(struct world *w)
{
	forced(w);
	w->system.release = "6.12.117";
}
static void forced_unlinked(struct world *w)
{
	forced(w);
	w->vma.name = "/dev/shm/x (deleted)";
}
static void forced_not_eligible(struct world *w)
{
	forced_unlinked(w);
	w->smaps.thp_eligible = 0;
}
static void forced_tmpfs(struct world *w)
{
	forced_unlinked(w);
	w->vma.name = "/dev/shm/x";
	w->vma.deleted = false;
	w->facts.mount = "never";
}
static void tmpfs_not_eligible(struct world *w)
{
	forced_tmpfs(w);
	w->smaps.thp_eligible = 0;
}
/* A request heeds the knob of the size since some release after 6.12. */
static void size_never(struct world *w)
{
	shmem(w);
	knob(w, "hugepages-2048kB/shmem_enabled", "never");
}
static void size_never_616(struct world *w)
{
	size_never(w);
	w->system.release = "6.16.1";
}
static void size_never_612(struct world *w)
{
	size_never(w);
	w->system.release = "6.12.117";
}
static void size_advise(struct world *w)
{
	size_never(w);
	knob(w, "hugepages-2048kB/shmem_enabled", "advise");
	w->smaps.n_flags = 1;
}
static void all_never(struct world *w)
{
	shmem(w);
	knob(w, "shmem_enabled", "never");
}

struct row {
	void (*change)(struct world *world);
	const char *id; /* there is such a reason */
	enum why_weight weight;
	bool refused;
	const char *said;   /* contained in its text, fact or remedy */
	const char *unsaid; /* in no remedy */
	bool first;
};
static const struct row rows[] = {
	/* Who may not write gets a signal instead of a page. */
	{no_access, "not-writable", WHY_DECISIVE, false, "VMA ---p, 0 pages present", "", true},
	{no_access, "empty", WHY_DECISIVE, false, "mprotect(PROT_READ | PROT_WRITE)", "thpscope collapse",
	 false},
	{no_access_no_table, "not-writable", WHY_DECISIVE, true, "may not access", "thpscope collapse", true},
	{no_access_table, "not-writable", WHY_DECISIVE, false, "may not access", "", true},
	{no_access_table, "empty", WHY_DECISIVE, false, "thpscope collapse", "", false},
	{no_access_old, "not-writable", WHY_DECISIVE, true, "may not access", "thpscope collapse", true},
	{read_only_empty, "not-writable", WHY_DECISIVE, false, "the zero page alone", "", true},
	{read_only_zero, "zero-page", WHY_HINDERS, false, "mprotect(PROT_READ | PROT_WRITE)", "", true},
	{no_access_holes, "max-ptes-none", WHY_DECISIVE, false, "mprotect(PROT_READ | PROT_WRITE)", "", true},
	{no_access_holes, "max-ptes-none", WHY_DECISIVE, false, "then touch the rest; or raise", "", true},
	/* What needs no touch, or one that only reads, needs no right to write. */
	{read_only_swapped, "max-ptes-swap", WHY_DECISIVE, false, "touch what is swapped out; or raise",
	 "mprotect", true},
	{no_access_swapped, "max-ptes-swap", WHY_DECISIVE, false,
	 "mprotect(PROT_READ) by the process itself, and then touch", "PROT_WRITE", true},
	{read_only_shared, "max-ptes-shared", WHY_DECISIVE, false,
	 "and then a write to each page, which copies it; the end of the others", "", true},
	{read_only_shared_thp, "max-ptes-shared", WHY_DECISIVE, false, "the end of the others", "mprotect",
	 true},
	/* How long a file is, and what it holds where nothing is mapped, is not known. */
	{empty_file, "empty", WHY_DECISIVE, false, "if it reaches so far", "", true},
	{empty_file, "empty", WHY_DECISIVE, false, "file has holes, if the file holds anything here",
	 "mprotect", true},
	{empty_file, "empty", WHY_DECISIVE, false, "SIGBUS where the file has ended", "", true},
	{no_access_file, "empty", WHY_DECISIVE, false, "mprotect(PROT_READ) by the process itself, and then",
	 "", true},
	/* A fault may read a file in by huge pages, whatever khugepaged may. */
	{disk, "file-open-for-write", WHY_HINDERS, true, "are collapsed", "thpscope collapse", false},
	{disk, "empty", WHY_DECISIVE, false, "one is read in where the file system has large folios", "",
	 true},
	{disk_not_built, "file-thp-not-built", WHY_HINDERS, true, "large folios", "", false},
	{disk_off, "thp-off", WHY_HINDERS, false, "files: khugepaged makes none", "", false},
	{disk_unrequested, "thp-not-requested", WHY_HINDERS, false, "Of files khugepaged makes", "", false},
	{disk_unrequested, "empty", WHY_DECISIVE, false, "after madvise(MADV_HUGEPAGE) one is read in", "",
	 true},
	{disk_not_eligible, "not-eligible", WHY_HINDERS, false, "khugepaged may not", "", false},
	{disk_mapped, "file-open-for-write", WHY_DECISIVE, true, "are collapsed", "", true},
	{disk_table, "file-open-for-write", WHY_DECISIVE, true, "are collapsed", "", true},
	{disk_mapped, "file-open-for-write", WHY_DECISIVE, true, "a file system with large folios", "", true},
	{disk_old, "file-open-for-write", WHY_DECISIVE, true, "are collapsed", "large folios", false},
	{disk_not_built_old, "file-thp-not-built", WHY_DECISIVE, true, "or tmpfs", "large folios", false},
	/* userfaultfd keeps a request from holes, which of a file are not seen. */
	{uffd_file, "uffd-armed", WHY_SUSPECTED, false, "VmFlags um, 510 of 512 pages not mapped",
	 "thpscope collapse", false},
	{uffd_empty_file, "uffd-armed", WHY_SUSPECTED, false, "512 of 512", "thpscope collapse", false},
	{uffd_empty_file, "empty", WHY_DECISIVE, false, "UFFDIO_UNREGISTER, and then touch it", "", true},
	{uffd_empty, "uffd-armed", WHY_DECISIVE, true, "512 of 512 pages missing", "thpscope collapse", true},
	{uffd_empty, "empty", WHY_DECISIVE, false, "UFFDIO_UNREGISTER, and then write", "", false},
	{holes_file, "shmem-off", WHY_DECISIVE, false, "or a userfaultfd where the file has holes", "", true},
	/* Which of two it is may be known or not. */
	{not_built, "thp-not-built", WHY_DECISIVE, true, "built without transparent huge pages", "prctl",
	 true},
	{built_unreadable, "thp-disabled", WHY_DECISIVE, true, "switched off for the whole process.", "",
	 true},
	{built_or_not, "thp-disabled", WHY_DECISIVE, true, "or this kernel was built without", "prctl", true},
	/* It goes by the mount, unless the knob of its size says something of its own. */
	{unlinked, "khugepaged-waits", WHY_HINDERS, false, "pages_to_scan", "shmem_enabled", true},
	{unlinked_off, "tmpfs-off", WHY_DECISIVE, false, "huge=never", "", true},
	{unlinked_either, "shmem-off", WHY_SUSPECTED, false, "never; if the file was unlinked before", "",
	 false},
	{unlinked_either, "khugepaged-waits", WHY_HINDERS, false, "pages_to_scan", "", true},
	{unlinked_not_eligible, "not-eligible", WHY_DECISIVE, false, "suspected of it may be why", "", true},
	{unlinked_not_eligible, "shmem-off", WHY_SUSPECTED, false, "unlinked before", "", false},
	{forced_not_eligible, "not-eligible", WHY_DECISIVE, false, "suspected of it may be why", "", true},
	{tmpfs_not_eligible, "not-eligible", WHY_DECISIVE, false, "no file says why", "", true},
	{unlinked_other, "tmpfs-off", WHY_SUSPECTED, false, "if the file was unlinked after", "", false},
	{unlinked_neither, "shmem-off", WHY_DECISIVE, false, "unlinked before", "", true},
	{unlinked_neither, "tmpfs-off", WHY_DECISIVE, false, "unlinked after", "", false},
	/* A marker is not on the move. */
	{in_motion, "in-motion", WHY_HINDERS, false, "2 entries", "", false},
	{in_motion, "in-motion", WHY_HINDERS, false, "the rest stays", "", false},
	{in_motion_613, "in-motion", WHY_HINDERS, false, "guard regions", "", false},
	{uffd_marks, "uffd-wp", WHY_DECISIVE, true, "3 pages with pagemap bit 57", "look again", true},
	/* Of a folio that is shared every page counts. */
	{shared_thp, "max-ptes-shared", WHY_DECISIVE, false,
	 "max_ptes_shared 256, 512 of 512 pages of a huge page that is shared with others in a part (212",
	 "higher max_ptes_shared", true},
	{shared_thp_69, "write-protected", WHY_SUSPECTED, false, "6.9.1", "max_ptes_shared", false},
	{shared_mthp, "max-ptes-shared", WHY_SUSPECTED, false,
	 "212 of 512 pages shared with others, 512 in large", "", false},
	{shared_few_mthp, "references", WHY_SUSPECTED, false, "no flag", "max_ptes_shared", false},
	{shared_all_mthp, "references", WHY_SUSPECTED, false, "no flag", "max_ptes_shared", false},
	{private_swapped, "private-file-written", WHY_DECISIVE, true, "0 of 500 pages anonymous, 12 swapped",
	 "thpscope collapse", true},
	{private_untyped, "private-file-written", WHY_SUSPECTED, false, "VMA rw-p of a file, 12 of 512",
	 "thpscope collapse", false},
	{private_untyped, "khugepaged-waits", WHY_HINDERS, false, "pages_to_scan", "swapped out", true},
	{private_untyped_written, "private-file-written", WHY_DECISIVE, true, "1 of 500 pages anonymous",
	 "thpscope collapse", true},
	/* khugepaged may come at once. */
	{six_wakes, "khugepaged-waits", WHY_HINDERS, false, "50 s or more for the 48 regions", "", true},
	{seven_wakes, "khugepaged-behind", WHY_HINDERS, false, "60 s or more for the 49 regions", "", true},
	{forced, "shmem-off", WHY_DECISIVE, true,
	 "shmem_enabled force, hugepages-2048kB/shmem_enabled always", "", true},
	{forced_unlinked, "shmem-off", WHY_SUSPECTED, false, "if the file was unlinked before", "", false},
	{forced_tmpfs, "khugepaged-waits", WHY_HINDERS, false, "pages_to_scan", "inherit", true},
	{forced_612, "shmem-off", WHY_DECISIVE, false, "thpscope collapse", "", true},
	{size_never, "shmem-off", WHY_DECISIVE, true, "shmem_enabled never", "thpscope collapse", true},
	{size_never_616, "shmem-off", WHY_DECISIVE, false, "shmem_enabled never", "thpscope collapse", true},
	{size_never_612, "shmem-off", WHY_DECISIVE, false, "thpscope collapse", "", true},
	{size_advise, "shmem-not-requested", WHY_DECISIVE, true, "advise, no VmFlags hg", "thpscope collapse",
	 true},
	{all_never, "shmem-off", WHY_DECISIVE, false, "thpscope collapse", "", true},
};

static bool says(const struct why_reason *reason, const char *words)
{
	return strstr(reason->text, words) || strstr(reason->fact, words) || strstr(reason->remedy, words);
}

static void check_row(const struct row *row, size_t i, const struct why *why)
{
	const struct why_reason *reason = find(why, row->id);
	size_t at;

	if (!reason)
		fail_msg("row %zu: no %s", i, row->id);
	if (row->first && reason != why->reasons)
		fail_msg("row %zu: %s comes after %s", i, row->id, why->reasons[0].id);
	if (reason->weight != row->weight || reason->refused != row->refused || !says(reason, row->said))
		fail_msg("row %zu, %s: %s, refused %d: %s (%s) %s", i, row->id,
			 why_weight_name(reason->weight), reason->refused, reason->text, reason->fact,
			 reason->remedy);
	for (at = 0; *row->unsaid && at < why->n; at++)
		if (strstr(why->reasons[at].remedy, row->unsaid))
			fail_msg("row %zu: the remedy of %s: %s", i, why->reasons[at].id,
				 why->reasons[at].remedy);
}

static void test_rows(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge(world, rows[i].change);
		check_row(&rows[i], i, &world->why);
		arena_fini(&world->arena);
	}
	free(world);
}

/* All pages are there: nothing is watched that a request would fill. */
static void test_uffd_whole(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	shmem(world);
	flag(world, "um");
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "uffd-armed"));
	arena_fini(&world->arena);
	plain(world);
	uffd_file(world);
	assert_non_null(strstr(why_refusal(&world->facts, &world->arena), "userfaultfd watches"));
	arena_fini(&world->arena);
	free(world);
}

/* A refusal is not put down to copies that nobody saw. */
static void test_untyped(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	private_untyped(world);
	assert_non_null(strstr(why_refusal(&world->facts, &world->arena), "may be a copy"));
	arena_fini(&world->arena);
	free(world);
}

static void test_not_built(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	judge(world, not_built);
	assert_int_equal(world->why.n, 1);
	assert_int_equal(world->why.n_unknown, 0);
	assert_non_null(strstr(why_refusal(&world->facts, &world->arena), "built without"));
	arena_fini(&world->arena);
	free(world);
}

/* Of a mount that is not seen nothing is said, and where nobody says that it is eligible neither is it. */
static void test_unlinked(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	unlinked(world);
	world->facts.mount = NULL;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "shmem-off"));
	assert_int_equal(world->why.n_unknown, 1);
	assert_non_null(strstr(world->why.unknown[0], "unlinked file"));
	arena_fini(&world->arena);
	plain(world);
	unlinked_either(world);
	world->vma.smaps = NULL;
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(find(&world->why, "khugepaged-waits"));
	arena_fini(&world->arena);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	 cmocka_unit_test(test_uffd_whole),
		cmocka_unit_test(test_untyped),	 cmocka_unit_test(test_not_built),
		cmocka_unit_test(test_unlinked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
