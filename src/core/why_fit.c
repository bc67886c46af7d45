/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a region cannot be huge, whoever asks: khugepaged, a fault and MADV_COLLAPSE all turn back
 * (__thp_vma_allowable_orders, mm/huge_memory.c; hpage_collapse_scan_pmd and _file, mm/khugepaged.c; 6.12, and each
 * tried on 6.18 by tests/live/test_why).
 */
#include <string.h>

#include "core/why_parts.h"

typedef unsigned long long ull;

static void check_size(struct why_judge *judge)
{
	const uint64_t huge = judge->facts->pmd_size;
	const struct vma *vma = judge->facts->vma;
	const uint64_t first = (vma->start + huge - 1) / huge * huge, last = vma->end / huge * huge;
	struct why_reason *reason;

	if (judge->end - judge->start == huge)
		return;
	if (first >= last) {
		reason = why_refuse(judge, "vma-too-small",
				    "The memory area is too small: no aligned huge page lies in it.",
				    "VMA 0x%llx-0x%llx, %llu kB; a huge page is %llu kB, on a multiple of it",
				    (ull)vma->start, (ull)vma->end, (ull)(vma->end - vma->start) >> 10,
				    (ull)huge >> 10);
		reason->remedy =
			"a larger mapping: twice the size of a huge page holds one wherever it starts";
		return;
	}
	reason = why_refuse(judge, "slot-straddles-edge",
			    "The huge page that would lie here reaches beyond the edge of the memory area.",
			    "slot 0x%llx-0x%llx, VMA 0x%llx-0x%llx", (ull)(judge->facts->addr / huge * huge),
			    (ull)(judge->facts->addr / huge * huge + huge), (ull)vma->start, (ull)vma->end);
	reason->remedy = "a mapping that starts and ends on a multiple of the huge page size (and one alike "
			 "next to it: neighbours with other permissions or advice are other memory areas)";
}

static void check_kind(struct why_judge *judge)
{
	static const char *const flags[] = {"pf", "io", "mm", "de"};
	const struct vma *vma = judge->facts->vma;
	const char *flag = NULL;
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]) && !flag; i++)
		if (why_flag(judge, flags[i]))
			flag = flags[i];
	if (!flag && vma->kind != VMA_DEVICE && vma->kind != VMA_SPECIAL)
		return;
	why_refuse(judge, "device-memory",
		   "This is a device's or the kernel's own mapping, which is not collapsed; a driver may map "
		   "huge "
		   "pages itself.",
		   "VMA of kind %s%s%s", vma_kind_name(vma->kind), flag ? ", VmFlags " : "",
		   flag ? flag : "");
}

/* Whether a page of the file lies where a huge page would have it. */
static void check_offset(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const uint64_t huge = judge->facts->pmd_size;

	if ((vma->kind != VMA_FILE && vma->kind != VMA_SHMEM) || (vma->start - vma->offset) % huge == 0)
		return;
	why_refuse(judge, "file-offset-unaligned",
		   "File and memory are out of step: a huge page of the file begins at no multiple of its "
		   "size here.",
		   "VMA at 0x%llx maps the file from 0x%llx on; their difference is no multiple of %llu kB",
		   (ull)vma->start, (ull)vma->offset, (ull)huge >> 10)
		->remedy =
		"a mapping whose address and file offset differ by a multiple of the huge page size";
}

static void check_disabled(struct why_judge *judge)
{
	if (why_flag(judge, "nh"))
		why_refuse(
			judge, "nohugepage", "Huge pages were forbidden for this memory area.",
			"VmFlags nh: madvise(MADV_NOHUGEPAGE), or since Linux 6.7 mmap(MAP_STACK), as of a "
			"thread's stack")
			->remedy = "madvise(MADV_HUGEPAGE) by the process itself";
	if (judge->facts->thp_enabled == 0 && why_built(judge) < 0)
		why_refuse(judge, "thp-disabled",
			   "Huge pages were switched off for the whole process, or this kernel was built "
			   "without "
			   "them.",
			   "THP_enabled 0 in /proc/%d/status: prctl(PR_SET_THP_DISABLE), or no "
			   "CONFIG_TRANSPARENT_HUGEPAGE; neither meminfo nor the knobs are there to tell",
			   (int)judge->facts->pid);
	else if (judge->facts->thp_enabled == 0 && why_built(judge))
		why_refuse(judge, "thp-disabled", "Huge pages were switched off for the whole process.",
			   "THP_enabled 0 in /proc/%d/status: prctl(PR_SET_THP_DISABLE)",
			   (int)judge->facts->pid)
			->remedy = "prctl(PR_SET_THP_DISABLE, 0) by the process itself; it inherited the "
				   "setting, or made it";
}

/* `remedy`, or a fault that reads it in huge (why_read_huge). */
static const char *or_read_huge(const struct why_judge *judge, const char *remedy)
{
	if (why_before(judge, 5, 18))
		return remedy;
	return arena_printf(judge->arena,
			    "%s; or a file system with large folios, whose pages are read in huge after "
			    "madvise(MADV_HUGEPAGE)",
			    remedy);
}

/* What khugepaged and a request ask of a file on disk; a fault that reads it in may not (file_thp_enabled). */
static void refuse_disk(struct why_judge *judge, const char *id, const char *text, const char *fact,
			const char *remedy)
{
	const enum why_weight weight = why_read_huge(judge) ? WHY_HINDERS : WHY_DECISIVE;

	why_refused(judge, why_add(judge, id, weight, text, "%s", fact))->remedy = remedy;
}

static void check_disk(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;

	if (judge->facts->read_only_file == 0)
		refuse_disk(judge, "file-thp-not-built",
			    "This kernel was built without the collapse of files on disk.",
			    "CONFIG_READ_ONLY_THP_FOR_FS is not set",
			    or_read_huge(judge, "a copy in anonymous memory or tmpfs"));
	if (vma->perms[2] != 'x' && why_before(judge, 6, 8))
		refuse_disk(judge, "file-not-executable",
			    "Of files, kernels before Linux 6.8 collapse executable mappings alone.",
			    arena_printf(judge->arena, "VMA %s of Linux %s", vma->perms,
					 judge->facts->system->release),
			    "");
	/* Whoever maps it so has it open for writing, also where the mapping itself may only be read. */
	if (!why_private(vma) && (why_flag(judge, "mw") || vma->perms[1] == 'w'))
		refuse_disk(judge, "file-open-for-write",
			    "The file is open for writing: read-only files alone are collapsed.",
			    arena_printf(judge->arena, "VMA %s%s: a shared mapping that may be written",
					 vma->perms, why_flag(judge, "mw") ? ", VmFlags mw" : ""),
			    or_read_huge(judge, "a file opened read-only by everybody"));
}

static void check_file(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const char *shmem = why_knob(judge, "shmem_enabled");

	/* (Of teams it stops the birth alone.) */
	if (vma->kind == VMA_SHMEM && shmem && !strcmp(shmem, "deny") && !why_is_team(judge))
		why_refuse(judge, "shmem-denied", "Huge pages are denied for all shared memory.",
			   "shmem_enabled deny")
			->remedy = "another word in /sys/kernel/mm/transparent_hugepage/shmem_enabled";
	if (vma->kind == VMA_FILE)
		check_disk(judge);
}

/*
 * The holes of shared memory are the file's (collapse_file looks for userfaultfd_missing in all that maps it, once it
 * has found one; 6.4+): what is not mapped here may be one or not.
 */
static void check_file_holes(struct why_judge *judge)
{
	if (judge->facts->vma->kind != VMA_SHMEM || !why_flag(judge, "um") || !judge->missing)
		return;
	why_add(judge, "uffd-armed", WHY_SUSPECTED,
		"userfaultfd watches this memory: where the file has holes, these may not be filled unseen. "
		"Which of the pages that are not mapped are holes cannot be seen.",
		"VmFlags um, %llu of %llu pages not mapped here", (ull)judge->missing, (ull)judge->pages)
		->remedy = "fill the holes (UFFDIO_COPY), or UFFDIO_UNREGISTER";
	judge->doubt = "userfaultfd watches this memory, so that holes of the file may not be filled unseen";
}

static void check_userfaultfd(struct why_judge *judge)
{
	const bool wp = why_flag(judge, "uw");
	const bool armed = wp || why_flag(judge, "um") || why_flag(judge, "ui");
	const bool anon = why_anon(judge->facts->vma);

	check_file_holes(judge);
	if (judge->facts->uffd_wp > 0)
		why_refuse(judge, "uffd-wp", "Pages here are write-protected by userfaultfd.",
			   "%lld pages with pagemap bit 57", (long long)judge->facts->uffd_wp)
			->remedy = "UFFDIO_WRITEPROTECT that takes the protection away";
	else if (wp && !anon)
		why_refuse(judge, "uffd-wp",
			   "userfaultfd may write-protect pages of this file mapping, for which the kernel "
			   "keeps "
			   "its page table.",
			   "VmFlags uw")
			->remedy = "UFFDIO_UNREGISTER";
	if (armed && anon && judge->missing)
		why_refuse(judge, "uffd-armed",
			   "userfaultfd watches this memory, so that its holes may not be filled unseen.",
			   "VmFlags%s%s%s, %llu of %llu pages missing", why_flag(judge, "um") ? " um" : "",
			   wp ? " uw" : "", why_flag(judge, "ui") ? " ui" : "", (ull)judge->missing,
			   (ull)judge->pages)
			->remedy = "fill the holes (UFFDIO_COPY), or UFFDIO_UNREGISTER";
}

bool why_of_vma(const struct why_reason *reason)
{
	static const char *const ids[] = {
		"device-memory",       "file-not-executable", "file-offset-unaligned",
		"file-open-for-write", "file-thp-not-built",  "hugetlb",
		"nohugepage",	       "shmem-denied",	      "thp-disabled",
		"thp-not-built",
	};
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]) && strcmp(ids[i], reason->id) != 0; i++)
		;
	return i < sizeof(ids) / sizeof(ids[0]);
}

void why_check_fit(struct why_judge *judge)
{
	why_check_size_knob(judge);
	check_size(judge);
	check_kind(judge);
	check_offset(judge);
	check_disabled(judge);
	check_file(judge);
	check_userfaultfd(judge);
}

/*
 * Before Linux 6.18 khugepaged and a request alike want a page that may be written at once (PAGE_RO of
 * hpage_collapse_scan_pmd, mm/khugepaged.c, 6.1 and 6.12; 6.18 asks no such thing). Which kernel does is known by its
 * release alone: what it would say cannot be had without asking for a collapse.
 */
static bool wants_writable(const struct why_judge *judge)
{
	return why_before(judge, 6, 18);
}

static const char *of_release(const struct why_judge *judge)
{
	return arena_printf(judge->arena,
			    "; Linux %s: before 6.18 one page at least has to be one that may be written",
			    judge->facts->system->release);
}

/*
 * Anonymous memory of which no page may be written: neither a hole, nor the zero page, nor swap is one, nor a page that
 * several map (what may be written belongs to one: PageAnonExclusive, Linux 5.19+).
 */
static void check_writable(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const struct vma *vma = judge->facts->vma;
	const uint32_t own = region->present - region->zero;

	/* (What is mapped huge already is no matter of pages.) */
	if (!wants_writable(judge) || region->mapping != MAPPING_PTE)
		return;
	if (vma->perms[1] != 'w')
		why_refuse(judge, "not-writable",
			   "None of its pages may be written, and kernels before Linux 6.18 leave such "
			   "alone.",
			   "VMA %s of Linux %s", vma->perms, judge->facts->system->release);
	else if ((own || region->swapped) && (!own || region->exclusive == 0))
		why_refuse(
			judge, "not-writable",
			own ? "All of its pages are shared with others since a fork: none may be written "
			      "before it is copied, and kernels before Linux 6.18 leave such alone."
			    : "All that is here is swapped out: no page may be written at once, and kernels "
			      "before Linux 6.18 leave such alone.",
			"%u pages present, 0 of them this process's own; %u swapped; Linux %s",
			region->present, region->swapped, judge->facts->system->release)
			->remedy = "a write to one page of it";
}

static const char written_once[] = "this private mapping was written once, for which kernels before Linux "
				   "6.6 leave its page table alone; the "
				   "file's page is huge, and a second request maps it";

/*
 * A private file mapping that was written has an anon_vma, and keeps its page table when the file is collapsed
 * (retract_page_tables, mm/khugepaged.c). Since Linux 6.6 a request maps the caller's afterwards
 * (collapse_pte_mapped_thp); before, the result is PAGE_ANON (EINVAL), unless the file was huge to begin with.
 */
static void check_anon_vma(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const struct region *region = judge->facts->region;
	const uint64_t anon = smaps_kb(vma->smaps, "Anonymous", 0);
	const bool huge = region->backing == BACKING_THP || region->backing == BACKING_THP_PARTIAL;
	const bool old = why_before(judge, 6, 6) && !huge;
	struct why_reason *reason;

	/* (A team's own way to a huge entry asks for none of this, and where there is none no request makes one.) */
	if (why_teams(judge))
		return;
	if (!anon) {
		/* One stays when what was written is dropped. */
		if (old && vma->perms[1] == 'w')
			judge->doubt = written_once;
		return;
	}
	reason = why_add(judge, "anon-vma", WHY_HINDERS,
			 "Elsewhere in this private file mapping there was a write: when somebody else "
			 "collapses the file, this process's page table is not retracted with the others'.",
			 "VMA %s of a file, Anonymous %llu kB in smaps", vma->perms, (ull)anon);
	reason->remedy = why_or_collapse(judge, "");
	if (!old)
		return;
	if (region->backing == BACKING_UNKNOWN)
		judge->doubt = written_once;
	else
		why_refused(judge, reason);
	reason->text = "Elsewhere in this private file mapping there was a write: a collapse of the file "
		       "leaves this process's page table alone, and before Linux 6.6 says EINVAL then, "
		       "though it makes the file's page huge.";
	reason->fact =
		arena_printf(judge->arena, "%s; Linux %s", reason->fact, judge->facts->system->release);
	reason->remedy = "a second request, which maps what the first one made";
}

/* What the facts of an empty region are, with what is known of its page table. */
static const char *empty_fact(enum why_table table)
{
	switch (table) {
	case WHY_TABLE_UNKNOWN:
		break;
	case WHY_TABLE_NONE:
		return "0 pages present, 0 swapped; no page table";
	case WHY_TABLE_STAYED:
		return "0 pages present, 0 swapped; its PMD entry leads to a page table";
	}
	return "0 pages present, 0 swapped; whether an empty page table stayed here cannot be seen";
}

/*
 * What was reserved without the right to write, as allocators do: no fault brings memory of its own. To a request that
 * is no matter since Linux 6.18 (see wants_writable).
 */
static void check_reserved(struct why_judge *judge, bool refused)
{
	const char *perms = judge->facts->vma->perms;
	struct why_reason *reason;

	if (perms[1] == 'w')
		return;
	reason = why_add(judge, "not-writable", WHY_DECISIVE,
			 strncmp(perms, "---", 3) != 0
				 ? "The process may not write here: a fault brings the zero page alone."
				 : "The process may not access it: it is reserved, and no fault brings "
				   "anything.",
			 "VMA %s, 0 pages present, 0 swapped", perms);
	reason->remedy = why_permitted(judge, true, "a write");
	if (refused)
		why_refused(judge, reason);
}

static const char no_table[] = "nothing is here, and no page table either";

/* A userfaultfd's handler is asked instead, and brings small pages. */
static const char *unwatched(struct why_judge *judge, const char *remedy)
{
	return why_flag(judge, "um") || why_flag(judge, "ui")
		       ? arena_printf(judge->arena, "UFFDIO_UNREGISTER, and then %s", remedy)
		       : remedy;
}

static void check_empty_anon(struct why_judge *judge)
{
	const enum why_table table = judge->facts->table;
	const bool refused = wants_writable(judge);
	struct why_reason *reason;
	const char *remedy;

	/*
	 * A page table that stayed when its pages were dropped looks the same where raw entries are not shown. It alone lets
	 * a request make a huge page of nothing (else PMD_NONE), and keeps a fault from it (do_huge_pmd_anonymous_page
	 * wants none).
	 */
	if (!refused && table == WHY_TABLE_UNKNOWN)
		judge->doubt = no_table;
	check_reserved(judge, refused || table == WHY_TABLE_NONE);
	reason = why_add(judge, "empty", WHY_DECISIVE,
			 table == WHY_TABLE_STAYED ? "Nothing is here but an empty page table."
			 : table == WHY_TABLE_NONE ? "Nothing is here, and no page table either."
						   : "Nothing is here.",
			 "%s%s", empty_fact(table), refused ? of_release(judge) : "");
	if (table == WHY_TABLE_UNKNOWN)
		remedy = "write to it: where the knobs allow it, that fault brings a whole huge page, unless "
			 "a page table stayed from memory that was dropped (then a small page, as one to "
			 "begin with)";
	else if (table == WHY_TABLE_NONE)
		remedy = "write to it: where the knobs allow it, that fault brings a whole huge page";
	else
		remedy = "write to it: that fault brings a small page, for the page table is there, and "
			 "khugepaged has something to begin with";
	remedy = unwatched(judge, why_permitted(judge, true, remedy));
	reason->remedy = table == WHY_TABLE_STAYED ? why_or_collapse(judge, remedy) : remedy;
	if (refused || table == WHY_TABLE_NONE)
		why_refused(judge, reason);
}

/* What a touch does to a file's memory of which nothing is mapped (finish_fault wants no page table, pmd_none). */
static const char *touch_file(const struct why_judge *judge)
{
	const char *read = !why_read_huge(judge) ? ""
			   : why_flag(judge, "hg")
				   ? "; and one is read in where the file system has large folios"
				   : "; and after madvise(MADV_HUGEPAGE) one is read in where the file "
				     "system has large folios";
	const char *whole = "touch it (SIGBUS where the file has ended): if the file has a huge page here, "
			    "that fault maps it whole";

	switch (judge->facts->table) {
	case WHY_TABLE_UNKNOWN:
		return arena_printf(judge->arena, "%s, unless an empty page table stayed in its way%s", whole,
				    read);
	case WHY_TABLE_NONE:
		return arena_printf(judge->arena, "%s%s", whole, read);
	case WHY_TABLE_STAYED:
		break;
	}
	return "that khugepaged takes the empty page table away first: it is in a fault's way, which would "
	       "fill it with ptes, of a huge page too";
}

/* Nothing is mapped here at all. */
static void check_empty(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const enum why_table table = judge->facts->table;
	const char *text;
	/* Kernels that know a request, and answer as below. */
	const bool own_table = why_before(judge, 6, 6) && !why_before(judge, 6, 1);

	if (why_anon(vma)) {
		check_empty_anon(judge);
		return;
	}
	if (vma->kind != VMA_SHMEM && vma->kind != VMA_FILE)
		return;
	if (why_teams(judge)) {
		judge->doubt = no_table;
		why_add(judge, "empty", WHY_DECISIVE,
			"Nothing is mapped here; whether the file has a team here cannot be seen from "
			"outside.",
			"0 pages present, 0 swapped, mounted with huge=team")
			->remedy = why_permitted(judge, false,
						 "touch it: that fault makes a team where the file has "
						 "nothing, and maps one that is there whole, unless an empty "
						 "page table stayed in its way");
		return;
	}
	/*
	 * Before Linux 6.6 a request's result is that of retracting the caller's own page table: without one it is
	 * PMD_NONE (EINVAL), though the file was collapsed; where the file is huge already it is mapped
	 * (retract_page_tables, collapse_pte_mapped_thp, mm/khugepaged.c, 6.1).
	 */
	if (table != WHY_TABLE_STAYED && own_table)
		judge->doubt = no_table;
	text = table == WHY_TABLE_STAYED ? "Nothing is mapped here, but an empty page table stayed; so it "
					   "cannot be seen what the file holds of it, if it reaches so far."
	       : own_table ? "Nothing is mapped here, and so it cannot be seen what the file holds of it, "
			     "if it reaches so far. Before Linux 6.6 a request that finds no page table says "
			     "EINVAL, though it makes the file's page huge."
			   : "Nothing is mapped here, and so it cannot be seen what the file holds of it, "
			     "if it reaches so far.";
	why_add(judge, "empty", WHY_DECISIVE, text, own_table ? "%s, Linux %s" : "%s", empty_fact(table),
		judge->facts->system->release)
		->remedy = why_or_collapse(
		judge, table == WHY_TABLE_STAYED
			       ? touch_file(judge)
			       : unwatched(judge, why_permitted(judge, false, touch_file(judge))));
}

/* Anonymous memory that was read alone. */
static void check_unwritten(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const struct smaps *smaps = judge->facts->vma->smaps;
	const bool never = !smaps_kb(smaps, "Anonymous", 1) && !smaps_kb(smaps, "Swap", 1);
	const char *write = why_permitted(judge, true, "write to it");
	struct why_reason *reason;

	if (!region->zero || region->zero != region->present || region->swapped)
		return;
	if (wants_writable(judge) && region->mapping == MAPPING_PTE) {
		reason = why_refuse(judge, "zero-page",
				    "It was read and never written: there is nothing to collapse.",
				    "%u pages, all the zero page%s", region->present, of_release(judge));
		reason->remedy = write;
		return;
	}
	/* Without an anon_vma a request is refused (SCAN_PAGE_ANON); one stays when what was written is dropped. */
	if (never || wants_writable(judge))
		judge->doubt = "nothing was ever written to this memory area";
	if (never)
		why_add(judge, "zero-page", WHY_DECISIVE,
			"It was read and not written, like all of its memory area: there is nothing to "
			"collapse.",
			"%u pages, all the zero page; Anonymous 0 kB, Swap 0 kB; whether there ever was more "
			"cannot be seen",
			region->present)
			->remedy = write;
	else
		why_add(judge, "zero-page", WHY_HINDERS,
			"It was read and never written: its pages are the zero page, and count as missing.",
			"%u pages, all the zero page", region->present)
			->remedy = why_or_collapse(judge, write);
}

/* Who drops the copies loses them; what a request comes to then is the file's affair. */
static void check_copies(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	struct why_reason *reason;

	reason = why_refuse(judge, "private-file-written",
			    "It is a private mapping of a file and was written: copies stand beside the "
			    "file's pages, and the page table that maps both has to stay.",
			    "VMA %s of a file, %u of %u pages anonymous%s", judge->facts->vma->perms,
			    region->anon, region->present,
			    region->swapped ? arena_printf(judge->arena, ", %u swapped", region->swapped)
					    : "");
	if (why_teams(judge) && region->team_pages)
		reason->remedy = "none while the copies are there; MADV_DONTNEED drops them, and what was "
				 "written is lost. Then a request makes the team's huge entry";
	else if (!why_teams(judge) && why_before(judge, 6, 6))
		reason->remedy = "none while the copies are there; MADV_DONTNEED drops them. Then (before "
				 "Linux 6.6) a first request makes the file's page huge and says EINVAL, and "
				 "a second one maps it";
	else
		reason->remedy = "none while the copies are there; MADV_DONTNEED drops them";
}

/*
 * Of the entries that are not present only their types, which not every user sees, tell swap from a page on the move and
 * a marker (judge_ptes, classify.c, knows nothing of what is behind them then).
 */
static void suspect_copies(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;

	why_add(judge, "private-file-written", WHY_SUSPECTED,
		"It is a private mapping of a file, and what is not present may be a copy of its own that is "
		"swapped out: the page table that maps it would have to stay.",
		"VMA %s of a file, %u of %llu entries are not present: swap, pages on the move, or markers",
		judge->facts->vma->perms, region->swapped, (ull)judge->pages);
	judge->doubt = "what is not present of this private file mapping may be a copy that is swapped out";
}

void why_check_pages(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const struct vma *vma = judge->facts->vma;

	if (!region || region->mapping == MAPPING_NONE) {
		check_empty(judge);
		return;
	}
	if (region->guard)
		why_refuse(judge, "guard", "There are guard regions in it, which no huge page can hold.",
			   "%u pages with guard markers", region->guard)
			->remedy = "madvise(MADV_GUARD_REMOVE) by the process itself";
	if (why_anon(vma)) {
		check_unwritten(judge);
		check_writable(judge);
	} else if (why_private(vma) && vma->kind != VMA_DEVICE &&
		   (region->anon > region->zero || (region->swapped && region->backing != BACKING_UNKNOWN))) {
		/* (What is swapped out is a copy too: of a page of the file itself the table keeps no entry.) */
		check_copies(judge);
	} else if (why_private(vma)) {
		check_anon_vma(judge);
		if (region->swapped && vma->kind != VMA_DEVICE)
			suspect_copies(judge);
	}
}
