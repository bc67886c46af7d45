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
		why_refuse(judge, "nohugepage", "Huge pages were forbidden for this memory area.",
			   "VmFlags nh: madvise(MADV_NOHUGEPAGE)")
			->remedy = "madvise(MADV_HUGEPAGE) by the process itself";
	if (judge->facts->thp_enabled == 0)
		why_refuse(judge, "thp-disabled", "Huge pages were switched off for the whole process.",
			   "THP_enabled 0 in /proc/%d/status: prctl(PR_SET_THP_DISABLE)",
			   (int)judge->facts->pid)
			->remedy = "prctl(PR_SET_THP_DISABLE, 0) by the process itself; it inherited the "
				   "setting, or made it";
}

static void check_file(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const char *shmem = why_knob(judge, "shmem_enabled");

	if (vma->kind == VMA_SHMEM && shmem && !strcmp(shmem, "deny"))
		why_refuse(judge, "shmem-denied", "Huge pages are denied for all shared memory.",
			   "shmem_enabled deny")
			->remedy = "another word in /sys/kernel/mm/transparent_hugepage/shmem_enabled";
	if (vma->kind != VMA_FILE)
		return;
	if (judge->facts->read_only_file == 0)
		why_refuse(judge, "file-thp-not-built",
			   "This kernel was built without huge pages for files on disk.",
			   "CONFIG_READ_ONLY_THP_FOR_FS is not set")
			->remedy = "a copy in anonymous memory or tmpfs; or a file system with large folios, "
				   "whose pages are read in huge after madvise(MADV_HUGEPAGE)";
	if (vma->perms[2] != 'x' && why_before(judge, 6, 8))
		why_refuse(judge, "file-not-executable",
			   "Of files, kernels before Linux 6.8 make executable mappings huge alone.",
			   "VMA %s of Linux %s", vma->perms, judge->facts->system->release);
	/* Whoever maps it so has it open for writing, also where the mapping itself may only be read. */
	if (!why_private(vma) && (why_flag(judge, "mw") || vma->perms[1] == 'w'))
		why_refuse(judge, "file-open-for-write",
			   "The file is open for writing: read-only files alone become huge.",
			   "VMA %s%s: a shared mapping that may be written", vma->perms,
			   why_flag(judge, "mw") ? ", VmFlags mw" : "")
			->remedy = "a file opened read-only by everybody";
}

static void check_userfaultfd(struct why_judge *judge)
{
	const bool wp = why_flag(judge, "uw");
	const bool armed = wp || why_flag(judge, "um") || why_flag(judge, "ui");
	const bool anon = why_anon(judge->facts->vma);
	const struct region *region = judge->facts->region;

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
	if (armed && anon && region && judge->missing)
		why_refuse(judge, "uffd-armed",
			   "userfaultfd watches this memory, so that its holes may not be filled unseen.",
			   "VmFlags%s%s%s, %llu of %llu pages missing", why_flag(judge, "um") ? " um" : "",
			   wp ? " uw" : "", why_flag(judge, "ui") ? " ui" : "", (ull)judge->missing,
			   (ull)judge->pages)
			->remedy = "fill the holes (UFFDIO_COPY), or UFFDIO_UNREGISTER";
}

void why_check_fit(struct why_judge *judge)
{
	check_size(judge);
	check_kind(judge);
	check_offset(judge);
	check_disabled(judge);
	check_file(judge);
	check_userfaultfd(judge);
}

/* Nothing is mapped here at all. */
static void check_empty(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const char *fact = "0 pages present, 0 swapped";

	/*
	 * A page table that stayed when its pages were dropped looks the same from outside. It alone lets a request make a
	 * huge page of nothing (else PMD_NONE), and keeps a fault from it (do_huge_pmd_anonymous_page wants none).
	 */
	if (why_anon(vma)) {
		judge->doubtful = true;
		why_add(judge, "empty", WHY_DECISIVE, "Nothing is here.",
			"%s; whether an empty page table stayed here cannot be seen", fact)
			->remedy = "write to it: where the knobs allow it, that fault brings a whole huge "
				   "page, unless a "
				   "page table stayed from memory that was dropped (then a small page, as "
				   "one to begin with)";
		return;
	}
	if (vma->kind == VMA_SHMEM || vma->kind == VMA_FILE)
		why_add(judge, "empty", WHY_DECISIVE,
			"Nothing is mapped here; what the file holds of it cannot be seen from outside.",
			"%s", fact)
			->remedy =
			why_or_collapse(judge, "touch it: if the file has a huge page here, that fault maps "
					       "it whole, unless an empty page table stayed "
					       "in its way");
}

/* Anonymous memory that was read alone. */
static void check_unwritten(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const struct smaps *smaps = judge->facts->vma->smaps;
	const bool never = !smaps_kb(smaps, "Anonymous", 1) && !smaps_kb(smaps, "Swap", 1);

	if (!region->zero || region->zero != region->present || region->swapped)
		return;
	/* Without an anon_vma a request is refused (SCAN_PAGE_ANON); one stays when what was written is dropped. */
	judge->doubtful = never;
	if (never)
		why_add(judge, "zero-page", WHY_DECISIVE,
			"It was read and not written, like all of its memory area: there is nothing to "
			"collapse.",
			"%u pages, all the zero page; Anonymous 0 kB, Swap 0 kB; whether there ever was more "
			"cannot be seen",
			region->present)
			->remedy = "write to it";
	else
		why_add(judge, "zero-page", WHY_HINDERS,
			"It was read and never written: its pages are the zero page, and count as missing.",
			"%u pages, all the zero page", region->present)
			->remedy = why_or_collapse(judge, "write to it");
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
		if (vma->perms[1] != 'w' && why_before(judge, 6, 18))
			why_refuse(
				judge, "not-writable",
				"None of its pages may be written, and kernels before Linux 6.18 leave such "
				"alone.",
				"VMA %s of Linux %s", vma->perms, judge->facts->system->release);
	} else if (why_private(vma) && region->anon > region->zero && vma->kind != VMA_DEVICE) {
		why_refuse(
			judge, "private-file-written",
			"It is a private mapping of a file and was written: copies stand beside the file's "
			"pages, and the page table that maps both has to stay.",
			"VMA %s of a file, %u of %u pages anonymous", vma->perms, region->anon,
			region->present)
			->remedy = "none while the copies are there; MADV_DONTNEED drops them";
	}
}
