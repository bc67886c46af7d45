/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building the made-up kernel's memory, and what follows from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "fake_kernel.h"

#define BIT(n) (UINT64_C(1) << (n))

void fake_text(struct fake *fake, const char *path, const char *text)
{
	size_t i;

	for (i = 0; i < fake->n_texts && strcmp(fake->texts[i].path, path); i++)
		;
	if (i == FAKE_TEXTS)
		abort();
	fake->texts[i].path = path;
	fake->texts[i].text = text;
	fake->texts[i].error = 0;
	fake->n_texts += i == fake->n_texts;
}

void fake_text_error(struct fake *fake, const char *path, int error)
{
	size_t i;

	fake_text(fake, path, "");
	for (i = 0; strcmp(fake->texts[i].path, path); i++)
		;
	fake->texts[i].error = error;
}

struct fake_process *fake_process(struct fake *fake, pid_t pid)
{
	struct fake_process *process = mem_alloc(sizeof(*process)), **at = &fake->processes;

	process->pid = pid;
	process->page_tables_kb = 4;
	while (*at && (*at)->pid < pid)
		at = &(*at)->next;
	process->next = *at;
	*at = process;
	return process;
}

struct fake_vma *fake_vma(struct fake_process *process, uint64_t start, uint64_t end, const char *name)
{
	struct fake_vma *vma;

	mem_grow(&process->vmas, &process->vmas_room, process->n_vmas + 1, sizeof(*process->vmas));
	vma = &process->vmas[process->n_vmas++];
	*vma = (struct fake_vma){
		.start = start, .end = end, .perms = "rw-p", .name = name, .flags = "rd wr mr"};
	return vma;
}

uint64_t fake_folio_after(struct fake *fake, size_t skip, unsigned order, bool anon)
{
	const size_t size = (size_t)1 << order;
	size_t head = (fake->next_frame + skip + size - 1) & ~(size - 1), i;

	if (head + size > fake->n_frames)
		abort();
	for (i = head; i < head + size; i++) {
		fake->frames[i] = (struct fake_frame){.head = head, .order = order, .anon = anon};
		fake->frames[i].flags = BIT(3) | BIT(5) | (anon ? BIT(KPF_ANON) : 0);
		if (order)
			fake->frames[i].flags |= BIT(KPF_THP) | BIT(i == head ? KPF_HEAD : KPF_TAIL);
	}
	fake->next_frame = head + size;
	return head;
}

uint64_t fake_folio(struct fake *fake, unsigned order, bool anon)
{
	return fake_folio_after(fake, 0, order, anon);
}

uint64_t fake_compound(struct fake *fake, unsigned order)
{
	const uint64_t head = fake_folio(fake, order, false);
	uint64_t i;

	for (i = 0; i < BIT(order); i++)
		fake->frames[head + i].flags = BIT(i ? KPF_TAIL : KPF_HEAD);
	return head;
}

static struct fake_entry *entry_add(struct fake_process *process, uint64_t vpn)
{
	struct fake_entry *entry;

	mem_grow(&process->entries, &process->entries_room, process->n_entries + 1, sizeof(*entry));
	entry = &process->entries[process->n_entries++];
	*entry = (struct fake_entry){.vpn = vpn};
	return entry;
}

void fake_pte(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t pfn)
{
	entry_add(process, addr / FAKE_PAGE)->pfn = pfn;
	fake->frames[pfn].ptes++;
}

void fake_pmd(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t head)
{
	struct fake_entry *entry;
	uint64_t i;

	for (i = 0; i < BIT(fake->kernel.pmd_order); i++) {
		entry = entry_add(process, addr / FAKE_PAGE + i);
		entry->pfn = head + i;
		entry->pmd = true;
	}
	fake->frames[head].pmds++;
}

void fake_raw(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t word,
	      uint64_t categories, bool pmd)
{
	struct fake_entry *entry;
	uint64_t i;

	for (i = 0; i < (pmd ? BIT(fake->kernel.pmd_order) : 1); i++) {
		entry = entry_add(process, addr / FAKE_PAGE + i);
		entry->word = word;
		/* A migrating PMD's words count up in the offset (fs/proc/task_mmu.c pagemap_pmd_range). */
		if (pmd && word & PM_SWAP)
			entry->word += i << 5;
		if (pmd && word & PM_PRESENT)
			entry->word += i;
		entry->categories = categories;
		entry->pmd = pmd;
	}
}

void fake_huge_zero(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t pfn)
{
	uint64_t i;

	for (i = 0; i < BIT(fake->kernel.pmd_order); i++)
		fake->frames[pfn + i].flags = BIT(KPF_ZERO) | BIT(KPF_THP) | BIT(i ? KPF_TAIL : KPF_HEAD);
	fake_raw(fake, process, addr, PM_PRESENT | PM_FILE | pfn,
		 SCAN_HUGE | SCAN_PRESENT | SCAN_PFNZERO | SCAN_WRITTEN, true);
}

static int by_vpn(const void *left, const void *right)
{
	const struct fake_entry *a = left, *b = right;

	return a->vpn < b->vpn ? -1 : a->vpn > b->vpn;
}

/* kpagecount of every frame (facts B); averaged kernels: fs/proc/page.c of 6.15. */
static void settle_counts(struct fake *fake)
{
	uint64_t i, k, large, n;

	for (i = 0; i < fake->n_frames; i++)
		fake->frames[i].count = fake->frames[i].ptes + fake->frames[fake->frames[i].head].pmds;
	for (i = 0; fake->averaged && i < fake->n_frames; i++) {
		if (!fake->frames[i].order || fake->frames[i].head != i)
			continue;
		n = BIT(fake->frames[i].order);
		for (large = fake->frames[i].pmds, k = 0; k < n; k++)
			large += fake->frames[i + k].ptes;
		for (k = 0; k < n; k++) {
			fake->frames[i + k].count =
				fake->frames[i].pmds + (large - fake->frames[i].pmds + n / 2) / n;
			if (large && !fake->frames[i + k].count)
				fake->frames[i + k].count = 1;
		}
	}
}

/* AnonExclusive: the folio has one PMD mapping and no other; bit 34, on tails too as in 6.12+. */
static void settle_exclusive(struct fake *fake)
{
	uint64_t i, k, n, ptes;

	for (i = 0; i < fake->n_frames; i++) {
		if (!fake->frames[i].anon || fake->frames[i].head != i)
			continue;
		n = BIT(fake->frames[i].order);
		for (ptes = 0, k = 0; k < n; k++)
			ptes += fake->frames[i + k].ptes;
		for (k = 0; k < n && fake->frames[i].pmds + ptes == 1; k++)
			fake->frames[i + k].flags |= BIT(KPF_ANON_EXCLUSIVE);
	}
}

static void settle_entry(const struct fake *fake, struct fake_entry *entry)
{
	const struct fake_frame *frame = &fake->frames[entry->pfn];

	if (!entry->pfn)
		return;
	entry->categories = SCAN_PRESENT | SCAN_WRITTEN | (entry->pmd ? SCAN_HUGE : 0);
	entry->word = PM_PRESENT | entry->pfn;
	if (!frame->anon) {
		entry->word |= PM_FILE;
		entry->categories |= SCAN_FILE;
	}
	if (entry->pmd && fake->pmd_head_exclusive)
		frame = &fake->frames[frame->head];
	if (frame->ptes + fake->frames[frame->head].pmds == 1)
		entry->word |= PM_MMAP_EXCLUSIVE;
}

static char *print(struct buf *text)
{
	char *copy = mem_strdup(text->data ? text->data : "");

	buf_fini(text);
	return copy;
}

static void print_header(const struct fake_vma *vma, struct buf *text)
{
	buf_printf(text, "%llx-%llx %s 00000000 00:%02x 0 %s%s\n", (unsigned long long)vma->start,
		   (unsigned long long)vma->end, vma->perms, vma->device, vma->name[0] ? "     " : "",
		   vma->name);
}

/* What smaps counts in one VMA: neither zero pages nor markers. */
static void print_smaps(const struct fake *fake, const struct fake_process *process,
			const struct fake_vma *vma, struct buf *text)
{
	uint64_t rss = 0, swap = 0, anon_pmd = 0, shmem_pmd = 0, hugetlb = 0;
	size_t i;

	for (i = 0; i < process->n_entries; i++) {
		const struct fake_entry *entry = &process->entries[i];

		if (entry->vpn < vma->start / FAKE_PAGE || entry->vpn >= vma->end / FAKE_PAGE)
			continue;
		swap += entry->word & PM_SWAP && !(entry->word & PM_GUARD_REGION) &&
			PM_SWAP_TYPE(entry->word) < 23;
		if (!entry->pfn)
			continue;
		hugetlb += vma->page_size != 0;
		rss += !vma->page_size;
		anon_pmd += entry->pmd && fake->frames[entry->pfn].anon && !vma->page_size;
		shmem_pmd += entry->pmd && !fake->frames[entry->pfn].anon && !vma->page_size;
	}
	print_header(vma, text);
	buf_printf(text,
		   "Size: %llu kB\nKernelPageSize: %llu kB\nRss: %llu kB\nAnonHugePages: %llu kB\n"
		   "ShmemPmdMapped: %llu kB\nFilePmdMapped: 0 kB\nPrivate_Hugetlb: %llu kB\nSwap: %llu kB\n"
		   "THPeligible: 1\n",
		   (unsigned long long)(vma->end - vma->start) >> 10,
		   (unsigned long long)(vma->page_size ? vma->page_size : FAKE_PAGE) >> 10,
		   (unsigned long long)rss * 4, (unsigned long long)anon_pmd * 4,
		   (unsigned long long)shmem_pmd * 4, (unsigned long long)hugetlb * 4,
		   (unsigned long long)swap * 4);
	if (vma->flags[0])
		buf_printf(text, "VmFlags: %s \n", vma->flags);
}

static void settle_texts(const struct fake *fake, struct fake_process *process)
{
	struct buf maps = {0}, smaps = {0}, line = {0};
	size_t i;

	for (i = 0; i < process->n_vmas; i++) {
		print_header(&process->vmas[i], &maps);
		print_smaps(fake, process, &process->vmas[i], &smaps);
	}
	if (!process->maps)
		process->maps = print(&maps);
	if (!process->smaps)
		process->smaps = print(&smaps);
	buf_fini(&maps);
	buf_fini(&smaps);
	if (!process->stat) {
		buf_printf(&line, "%d (fake) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0\n",
			   process->pid);
		process->stat = print(&line);
	}
	if (!process->status) {
		buf_printf(&line, "Name:\tfake\nVmRSS:\t     512 kB\nVmPTE:\t%8llu kB\nVmSwap:\t0 kB\n",
			   (unsigned long long)process->page_tables_kb);
		process->status = print(&line);
	}
}

void fake_settle(struct fake *fake)
{
	struct fake_process *process;
	size_t i;

	settle_counts(fake);
	settle_exclusive(fake);
	for (process = fake->processes; process; process = process->next) {
		for (i = 0; i < process->n_entries; i++)
			settle_entry(fake, &process->entries[i]);
		if (process->n_entries)
			qsort(process->entries, process->n_entries, sizeof(*process->entries), by_vpn);
		settle_texts(fake, process);
	}
}
