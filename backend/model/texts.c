/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text files of the model's /proc and /sys, as Linux writes them and as far as somebody reads them. */
#include "model/act.h"
#include "model/texts.h"

#include <errno.h>
#include <string.h>

#define KB(pages) ((unsigned long long)(pages) * (PAGE_BYTES >> 10))

static void put_choice(struct buf *out, const char *const *words, unsigned n, unsigned chosen)
{
	for (unsigned at = 0; at < n; at++)
		buf_printf(out, at == chosen ? "%s[%s]" : "%s%s", at ? " " : "", words[at]);
	buf_putc(out, '\n');
}

static void put_enabled(const struct world *world, struct buf *out)
{
	static const char *const words[] = {"always", "madvise", "never"};

	put_choice(out, words, 3, THP_ALWAYS - world->knobs.enabled);
}

static void put_shmem_enabled(const struct world *world, struct buf *out)
{
	static const char *const words[] = {"always", "within_size", "advise", "never", "deny", "force"};
	static const unsigned places[] = {[SHMEM_ALWAYS] = 0, [SHMEM_WITHIN_SIZE] = 1, [SHMEM_ADVISE] = 2,
					  [SHMEM_NEVER] = 3,  [SHMEM_DENY] = 4,	       [SHMEM_FORCE] = 5};

	put_choice(out, words, 6, places[world->knobs.shmem_enabled]);
}

static int put_thp(const struct world *world, const char *name, struct buf *out)
{
	const struct knobs *knobs = &world->knobs;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"use_zero_page", knobs->use_zero_page},
		{"hpage_pmd_size", huge_bytes(world)},
		{"khugepaged/max_ptes_none", knobs->max_ptes_none},
		{world->rules.collapse_swaps_in ? "khugepaged/max_ptes_swap" : "", knobs->max_ptes_swap},
		{world->rules.collapse_shared ? "khugepaged/max_ptes_shared" : "", knobs->max_ptes_shared},
		{"khugepaged/pages_collapsed", world->stat[STAT_PAGES_COLLAPSED]},
		{"khugepaged/full_scans", world->stat[STAT_FULL_SCANS]},
	};

	if (!knob_exists(&world->rules, name))
		return -ENOENT;
	if (!strcmp(name, "enabled")) {
		put_enabled(world, out);
		return 0;
	}
	if (!strcmp(name, "shmem_enabled")) {
		put_shmem_enabled(world, out);
		return 0;
	}
	for (size_t at = 0; at < sizeof(numbers) / sizeof(numbers[0]); at++) {
		if (strcmp(numbers[at].name, name))
			continue;
		buf_printf(out, "%llu\n", (unsigned long long)numbers[at].value);
		return 0;
	}
	return -ENOENT;
}

static int put_vmstat(const struct world *world, struct buf *out)
{
	static const struct {
		const char *name;
		enum stat stat;
	} counters[] = {
		{"thp_fault_alloc", STAT_THP_FAULT_ALLOC},
		{"thp_fault_fallback", STAT_THP_FAULT_FALLBACK},
		{"thp_collapse_alloc", STAT_THP_COLLAPSE_ALLOC},
		{"thp_file_alloc", STAT_THP_FILE_ALLOC},
		{"thp_file_mapped", STAT_THP_FILE_MAPPED},
		{"thp_split_page", STAT_THP_SPLIT_PAGE},
		{"thp_split_pmd", STAT_THP_SPLIT_PMD},
		{"thp_zero_page_alloc", STAT_THP_ZERO_PAGE_ALLOC},
	};

	for (size_t at = 0; at < sizeof(counters) / sizeof(counters[0]); at++) {
		const enum stat stat = counters[at].stat;

		if (world->rules.file_thp == FILE_THP_NONE &&
		    (stat == STAT_THP_FILE_ALLOC || stat == STAT_THP_FILE_MAPPED))
			continue;
		buf_printf(out, "%s %llu\n", counters[at].name, (unsigned long long)world->stat[stat]);
	}
	return 0;
}

static int put_swaps(const struct world *world, struct buf *out)
{
	uint32_t used = 0;

	for (uint32_t at = 1; at < world->extent.swaps; at++)
		used += world->swaps[at].users > 0;
	buf_puts(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	buf_printf(out, "/model/swap partition %llu %llu -1\n", KB(world->extent.swaps), KB(used));
	return 0;
}

/* Anonymous memory that PMDs map, in huge pages; and all free frames. */
static void count_frames(const struct world *world, uint64_t *anon_huge, uint64_t *free)
{
	*anon_huge = *free = 0;
	for (uint32_t pfn = huge_nr(world); pfn < world->extent.frames; pfn++) {
		const struct kpage *page = &world->pages[pfn];

		*free += page->use == PAGE_FREE;
		*anon_huge += page->use == PAGE_HEAD && page->anon && page->entire > 0;
	}
}

static int put_meminfo(const struct world *world, struct buf *out)
{
	const uint32_t nr = huge_nr(world);
	uint64_t anon_huge, free;

	count_frames(world, &anon_huge, &free);
	buf_printf(out, "MemTotal:       %8llu kB\n", KB(world->extent.frames));
	buf_printf(out, "MemFree:        %8llu kB\n", KB(free));
	buf_printf(out, "AnonHugePages:  %8llu kB\n", KB(anon_huge * nr));
	if (world->rules.file_thp == FILE_THP_NONE && world->rules.teams == TEAM_NONE)
		return 0;
	buf_printf(out, "ShmemHugePages: %8llu kB\n", KB(world->stat[STAT_SHMEM_HUGEPAGES] * nr));
	buf_printf(out, "ShmemPmdMapped: %8llu kB\n", KB(world->stat[STAT_SHMEM_PMDMAPPED] * nr));
	if (world->rules.teams != TEAM_NONE)
		buf_printf(out, "ShmemFreeHoles: %8llu kB\n", KB(world->stat[STAT_SHMEM_FREEHOLES]));
	return 0;
}

/* Free blocks by order, each frame in the largest aligned block that is free as a whole. */
static int put_buddyinfo(const struct world *world, struct buf *out)
{
	uint64_t blocks[32] = {0};

	for (uint32_t pfn = 0; pfn < world->extent.frames;) {
		unsigned order = 0;

		if (world->pages[pfn].use != PAGE_FREE) {
			pfn++;
			continue;
		}
		for (uint32_t n = 1; order < world->extent.order; order++, n *= 2) {
			uint32_t at = n;

			if (pfn & (2 * n - 1))
				break;
			while (at < 2 * n && pfn + at < world->extent.frames &&
			       world->pages[pfn + at].use == PAGE_FREE)
				at++;
			if (at < 2 * n)
				break;
		}
		blocks[order]++;
		pfn += UINT32_C(1) << order;
	}
	buf_puts(out, "Node 0, zone   Normal");
	for (unsigned order = 0; order <= world->extent.order; order++)
		buf_printf(out, " %6llu", (unsigned long long)blocks[order]);
	buf_putc(out, '\n');
	return 0;
}

int texts_system(const struct world *world, const char *path, struct buf *out)
{
	static const char thp[] = "sys/kernel/mm/transparent_hugepage/";

	if (!strncmp(path, thp, sizeof(thp) - 1))
		return put_thp(world, path + sizeof(thp) - 1, out);
	if (!strcmp(path, "proc/sys/kernel/osrelease")) {
		buf_printf(out, "%s\n", world->rules.release);
		return 0;
	}
	if (!strcmp(path, "proc/vmstat"))
		return put_vmstat(world, out);
	if (!strcmp(path, "proc/meminfo"))
		return put_meminfo(world, out);
	if (!strcmp(path, "proc/buddyinfo"))
		return put_buddyinfo(world, out);
	if (!strcmp(path, "proc/swaps"))
		return put_swaps(world, out);
	if (world->rules.teams != TEAM_NONE && !strcmp(path, "sys/kernel/mm/pageteam/pagemap_pmd_bit")) {
		buf_printf(out, "%d\n", PM_TEAM_PMD_BIT);
		return 0;
	}
	if (world->rules.teams != TEAM_NONE && !strcmp(path, "sys/kernel/mm/pageteam/kpageflags_team_bit")) {
		buf_printf(out, "%d\n", KPF_TEAM_BIT);
		return 0;
	}
	return -ENOENT;
}

/* The device numbers of what a file may lie on, as mountinfo below has them. */
static unsigned device_of(const struct kfile *file)
{
	return file->team ? 32 : file->shmem ? 1 : 8;
}

static void put_header(const struct world *world, const struct kvma *vma, struct buf *out)
{
	const struct kfile *file = &world->files[vma->file];
	const bool anon = vma->kind == KVMA_ANON;

	buf_printf(out, "%llx-%llx %c%c-%c %08llx %02x:%02x %u ", (unsigned long long)vma->start,
		   (unsigned long long)vma->end, vma->read ? 'r' : '-', vma->write ? 'w' : '-',
		   vma->kind == KVMA_SHARED ? 's' : 'p',
		   anon ? 0 : (unsigned long long)(vma->pgoff << PAGE_SHIFT),
		   anon			  ? 0
		   : device_of(file) == 8 ? 8
					  : 0,
		   anon ? 0 : device_of(file), vma->file);
	if (anon)
		buf_printf(out, "                  [anon:%s]", vma->name);
	else if (file->team)
		buf_printf(out, "                  /huge/%s", file->name);
	else
		buf_printf(out, "                  %s%s%s", file->shmem ? "/memfd:" : "/", file->name,
			   file->shmem ? " (deleted)" : "");
	buf_putc(out, '\n');
}

/* The VMAs of an mm, ascending. */
static uint32_t vma_after(const struct world *world, uint32_t mm, uint32_t vma)
{
	return vma_next(world, mm, vma ? world->vmas[vma].end : 0);
}

static int put_maps(const struct world *world, uint32_t mm, struct buf *out)
{
	for (uint32_t vma = vma_after(world, mm, 0); vma; vma = vma_after(world, mm, vma))
		put_header(world, &world->vmas[vma], out);
	return 0;
}

/* What smaps counts of a VMA, in pages. */
struct counted {
	uint64_t rss, anon, anon_huge, shmem_pmd, file_pmd, swap;
};

/* The page behind addr; where no page table is, nothing is for a whole huge page. */
static uint64_t next_mapped(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && *pmd ? addr + PAGE_BYTES : huge_start(world, addr) + huge_bytes(world);
}

static struct counted count_vma(struct world *world, uint32_t mm, const struct kvma *vma)
{
	struct counted counted = {0};

	for (uint64_t addr = vma->start; addr < vma->end; addr = next_mapped(world, mm, addr)) {
		const uint64_t entry = leaf_of(world, mm, addr);
		const struct kpage *page = &world->pages[entry_pfn(entry)];

		counted.swap += entry_swapped(entry);
		if (!entry_present(entry) || page->use == PAGE_ZERO)
			continue;
		counted.rss++;
		counted.anon += page->anon;
		if (!entry_huge(*pmd_of(world, mm, addr)))
			continue;
		*(page->anon			      ? &counted.anon_huge
		  : world->files[page->mapping].shmem ? &counted.shmem_pmd
						      : &counted.file_pmd) += 1;
	}
	return counted;
}

static void put_flags(const struct kvma *vma, struct buf *out)
{
	const struct {
		bool has;
		const char *word;
	} flags[] = {
		{vma->read, "rd"},
		{vma->write, "wr"},
		{vma->kind == KVMA_SHARED, "sh"},
		{true, "mr"},
		{true, "mw"},
		{vma->dontfork, "dc"},
		{vma->wipeonfork, "wf"},
		{vma->uffd_missing, "um"},
		{vma->uffd_wp, "uw"},
		{vma->hugepage, "hg"},
		{vma->nohugepage, "nh"},
	};

	buf_puts(out, "VmFlags:");
	for (size_t at = 0; at < sizeof(flags) / sizeof(flags[0]); at++) {
		if (flags[at].has)
			buf_printf(out, " %s", flags[at].word);
	}
	buf_puts(out, " \n");
}

static int put_smaps(struct world *world, uint32_t mm, struct buf *out)
{
	/* ShmemPmdMapped, THPeligible and FilePmdMapped came with 4.8, 5.0 and 5.4; page teams brought the first. */
	const bool file_thp = world->rules.file_thp != FILE_THP_NONE;
	const bool shmem_thp = file_thp || world->rules.teams != TEAM_NONE;

	for (uint32_t at = vma_after(world, mm, 0); at; at = vma_after(world, mm, at)) {
		const struct kvma *vma = &world->vmas[at];
		const struct counted counted = count_vma(world, mm, vma);
		const struct {
			const char *name;
			unsigned long long kb;
		} lines[] = {
			{"Size", (vma->end - vma->start) >> 10},
			{"KernelPageSize", PAGE_BYTES >> 10},
			{"MMUPageSize", PAGE_BYTES >> 10},
			{"Rss", KB(counted.rss)},
			{"Anonymous", KB(counted.anon)},
			{"AnonHugePages", KB(counted.anon_huge)},
			{shmem_thp ? "ShmemPmdMapped" : NULL, KB(counted.shmem_pmd)},
			{file_thp ? "FilePmdMapped" : NULL, KB(counted.file_pmd)},
			{"Swap", KB(counted.swap)},
		};

		put_header(world, vma, out);
		for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
			if (lines[k].name)
				buf_printf(out, "%s: %8llu kB\n", lines[k].name, lines[k].kb);
		}
		if (world->rules.smaps_eligible)
			buf_printf(out, "THPeligible: %d\n",
				   hugepage_vma_check(world, vma, false) &&
					   vma_fits_huge(world, vma, vma->end - huge_bytes(world)));
		put_flags(vma, out);
	}
	return 0;
}

static int put_status(const struct world *world, uint32_t at, struct buf *out)
{
	const struct mm *mm = &world->mms[at];
	const int64_t rss = mm->rss[RSS_ANON] + mm->rss[RSS_FILE] + mm->rss[RSS_SHMEM];

	buf_printf(out,
		   "Name:\t%s\nState:\tS (sleeping)\nPid:\t%d\nPPid:\t%d\nUid:\t1000\t1000\t1000\t1000\n",
		   mm->name, (int)mm->pid, (int)mm->parent);
	buf_printf(out, "VmRSS:\t%8llu kB\nRssAnon:\t%8llu kB\nRssFile:\t%8llu kB\nRssShmem:\t%8llu kB\n",
		   KB(rss), KB(mm->rss[RSS_ANON]), KB(mm->rss[RSS_FILE]), KB(mm->rss[RSS_SHMEM]));
	buf_printf(out, "VmPTE:\t%8llu kB\nVmSwap:\t%8llu kB\nThreads:\t1\nTHP_enabled:\t%d\n",
		   KB(mm->nr_ptes), KB(mm->rss[RSS_SWAP]), !mm->thp_disabled);
	return 0;
}

/* Fields 1 to 24; start_time is the PID, which is never given out again. */
static int put_stat(const struct world *world, uint32_t at, struct buf *out)
{
	const struct mm *mm = &world->mms[at];

	buf_printf(out, "%d (%s) S %d %d %d 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 %lld\n", (int)mm->pid,
		   mm->name, (int)mm->parent, (int)mm->pid, (int)mm->pid, (int)mm->pid,
		   (long long)(mm->rss[RSS_ANON] + mm->rss[RSS_FILE] + mm->rss[RSS_SHMEM]));
	return 0;
}

int texts_process(struct world *world, uint32_t mm, const char *name, struct buf *out)
{
	if (!strcmp(name, "maps"))
		return put_maps(world, mm, out);
	if (!strcmp(name, "smaps"))
		return put_smaps(world, mm, out);
	if (!strcmp(name, "stat"))
		return put_stat(world, mm, out);
	if (!strcmp(name, "status"))
		return put_status(world, mm, out);
	if (!strcmp(name, "comm") || !strcmp(name, "cmdline")) {
		buf_puts(out, world->mms[mm].name);
		buf_putc(out, *name == 'c' && name[1] == 'o' ? '\n' : '\0');
		return 0;
	}
	if (!strcmp(name, "mountinfo")) {
		buf_puts(out,
			 "1 0 8:8 / / rw - ext4 /dev/model rw\n2 1 0:1 / /dev/shm rw - tmpfs tmpfs rw\n");
		if (world->rules.teams != TEAM_NONE)
			buf_puts(out, "3 1 0:32 / /huge rw - tmpfs tmpfs rw,huge=team\n");
		return 0;
	}
	return -ENOENT;
}
