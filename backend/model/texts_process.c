/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text files of a model process, as Linux writes them and as far as somebody reads them. */
#include "core/kernel.h"
#include "model/ops.h"
#include "model/texts.h"

#include <errno.h>
#include <string.h>

#define KB(pages) ((unsigned long long)(pages) * (PAGE_BYTES >> 10))

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

/* As the lab's kernel writes it. */
static void put_queue(const struct world *world, uint32_t at, struct buf *out)
{
	const struct mm *mm = &world->mms[at];

	if (!mm->has_slot)
		return;
	buf_printf(out, "%u of %u\n", mm->nr_pte_mapped_thp, world->rules.pte_mapped_thp);
	for (unsigned n = 0; n < mm->nr_pte_mapped_thp; n++)
		buf_printf(out, "%llx\n", (unsigned long long)mm->pte_mapped_thp[n]);
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
	if (!strcmp(name, "pte_mapped_thp") && world->rules.pte_mapped_thp) {
		put_queue(world, mm, out);
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
