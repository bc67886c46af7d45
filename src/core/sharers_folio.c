/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folio whose sharers are looked for: which one it is, whether it still is, and how often it is mapped. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/folio.h"
#include "core/kpf.h"
#include "core/mem.h"
#include "core/sharers_parts.h"
#include "core/system.h"

/* A folio that is being split or freed while it is looked at is looked at so often. */
#define TRIES 4

static int refuse(struct search *search, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct search *search, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(search->error, search->size, format, args);
	va_end(args);
	return err;
}

static int refuse_process(struct search *search, int err)
{
	const int pid = (int)search->query->pid;

	if (err == -ENOENT || err == -ESRCH)
		return refuse(search, -ESRCH, "there is no process %d", pid);
	if (err == -EACCES)
		return refuse(search, err, "no permission to look into process %d: %s", pid,
			      kernel_denied(search->kernel));
	return refuse(search, err, "process %d cannot be read: %s", pid, strerror(-err));
}

/* What a page that is not there is. */
static int refuse_word(struct search *search, const struct vma *vma, uint64_t word)
{
	const unsigned long long addr = search->query->addr;
	const int pid = (int)search->query->pid;

	if (word & PM_GUARD_REGION)
		return refuse(search, -EFAULT, "a guard marker is at 0x%llx of process %d, and no memory",
			      addr, pid);
	if (word & PM_SWAP && capable(&search->kernel->caps, CAP_PFN) &&
	    PM_SWAP_TYPE(word) >= FIRST_NONSWAP_TYPE)
		return refuse(search, -EFAULT,
			      "the page at 0x%llx of process %d is on the move (or a marker stands in its "
			      "place): try again",
			      addr, pid);
	if (word & PM_SWAP)
		return refuse(search, -EFAULT,
			      "the page at 0x%llx of process %d is swapped out: no folio is behind it until "
			      "the process touches it",
			      addr, pid);
	if (vma->kind == VMA_FILE || vma->kind == VMA_SHMEM)
		return refuse(search, -EFAULT,
			      "nothing of the file is mapped at 0x%llx of process %d, and so it cannot be "
			      "seen what the file holds there until the process touches it",
			      addr, pid);
	return refuse(
		search, -EFAULT,
		"no memory is behind 0x%llx of process %d: the page was never touched, or was given back",
		addr, pid);
}

/* What a page that is no folio's is. */
static int refuse_order(struct search *search, uint8_t order)
{
	const unsigned long long addr = search->query->addr;

	if (order == ORDER_ZERO)
		return refuse(
			search, -ENOTSUP,
			"the zero page is at 0x%llx, which stands for all memory that was read and never "
			"written: it is everybody's, and the kernel does not count who maps it",
			addr);
	if (order == ORDER_HUGETLB)
		return refuse(
			search, -ENOTSUP,
			"hugetlb memory is at 0x%llx, which is shared as a file: processes that map the "
			"same inode (/proc/PID/maps) share its pages",
			addr);
	return refuse(search, -ENOTSUP,
		      "what is at 0x%llx is no folio of memory management: a driver's memory, or a page that "
		      "was just freed",
		      addr);
}

static const struct vma *vma_at(const struct vma *vmas, size_t n, uint64_t addr)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (addr >= vmas[i].start && addr < vmas[i].end)
			return &vmas[i];
	return NULL;
}

static bool is_kernel_thread(struct kernel_process *process)
{
	struct buf text = {0};
	struct stat_line stat;
	bool is = !kernel_process_text(process, "stat", &text) &&
		  !system_stat(text.data ? text.data : "", text.len, &stat) && stat.flags & PF_KTHREAD;

	buf_fini(&text);
	return is;
}

/* The VMA of the page, in the arena. */
static int find_vma(struct search *search, struct kernel_process *process, const struct vma **vma)
{
	struct buf text = {0};
	struct vma *vmas;
	size_t n, line;
	int err = kernel_process_text(process, "maps", &text);

	if (!err)
		err = vma_parse_maps(text.data ? text.data : "", text.len, search->arena, &vmas, &n, &line);
	buf_fini(&text);
	if (err)
		return refuse_process(search, err);
	*vma = vma_at(vmas, n, search->query->addr);
	if (*vma)
		return 0;
	if (!n)
		return refuse(search, -ESRCH, "process %d: %s", (int)search->query->pid,
			      is_kernel_thread(process) ? "a kernel thread: it has no memory of its own"
							: "it maps nothing (exiting, or of the kernel)");
	return refuse(search, -EFAULT, "nothing is mapped at 0x%llx of process %d: /proc/%d/maps has what is",
		      (unsigned long long)search->query->addr, (int)search->query->pid,
		      (int)search->query->pid);
}

/* The order and the flags of the frame at addr; ORDER_*. */
static int look_at_frame(struct kernel *kernel, uint64_t addr, uint64_t word, uint8_t *order, uint64_t *flags)
{
	const order_set all = ((order_set)2 << kernel->pmd_order) - 2;
	const struct folio_query query = {.kernel = kernel, .anon = all, .file = all, .exact = true};
	const struct run run = {.n = 1, .word = word};

	return folio_orders(&query, &run, 1, addr / kernel->page_size, order, flags);
}

/* A kernel that does not say its release has no such fault. */
static bool ksm_shown(struct kernel *kernel)
{
	struct buf text = {0};
	char release[64] = "";

	if (!kernel_text(kernel, "proc/sys/kernel/osrelease", &text) && text.len < sizeof(release))
		memcpy(release, text.data, text.len);
	buf_fini(&text);
	return kpf_ksm_shown(release);
}

/* The folio behind a page that is there. */
static int find_frame(struct search *search, const struct vma *vma, uint64_t addr, uint64_t word)
{
	const uint64_t page_size = search->kernel->page_size, pfn = word & PM_PFN_MASK;
	uint64_t flags, sub;
	uint8_t order;
	int err;

	err = look_at_frame(search->kernel, addr, word, &order, &flags);
	if (err)
		return refuse(search, err, "the flags of frame 0x%llx cannot be read: %s",
			      (unsigned long long)pfn, strerror(-err));
	if (order == ORDER_UNKNOWN && !(flags >> KPF_NOPAGE & 1) && flags >> KPF_THP & 1)
		return -EAGAIN;
	search->out->team = order == ORDER_TEAM;
	if (search->out->team)
		order = (uint8_t)
				search->kernel->pmd_order; /* a PMD maps it whole; it lies as a folio would */
	if (order > ORDER_MAX)
		return refuse_order(search, order);
	sub = pfn & ((UINT64_C(1) << order) - 1);
	search->head = pfn - sub;
	search->order = order;
	search->pages = UINT32_C(1) << order;
	search->base = addr - sub * page_size;
	search->out->anon = flags >> KPF_ANON & 1;
	search->out->ksm = flags >> KPF_KSM & 1 && ksm_shown(search->kernel);
	search->object = (struct sharers_object){
		.dev_major = vma->dev_major,
		.dev_minor = vma->dev_minor,
		.inode = vma->inode,
		.offset = vma->offset + (addr - vma->start) - sub * page_size,
		.special = vma->kind == VMA_SPECIAL && !vma->inode ? vma->name : NULL,
	};
	return 0;
}

static int find_page(struct search *search, struct kernel_process *process)
{
	const uint64_t addr = search->query->addr & ~(search->kernel->page_size - 1);
	const struct vma *vma = NULL;
	uint64_t word;
	ssize_t got;
	int err = find_vma(search, process, &vma);

	if (err || !vma)
		return err;
	got = kernel_pagemap(process, addr, 1, &word);
	if (got < 0)
		return refuse_process(search, (int)got);
	if (!got || !(word & PM_PRESENT))
		return refuse_word(search, vma, got ? word : 0);
	if (!(word & PM_PFN_MASK))
		return refuse(search, -ENOTSUP, "what is at 0x%llx has no page frame",
			      (unsigned long long)addr);
	return find_frame(search, vma, addr, word);
}

int sharers_find_folio(struct search *search)
{
	static const enum capability needed[] = {CAP_PFN, CAP_KPAGEFLAGS};
	const struct capabilities *caps = &search->kernel->caps;
	struct kernel_process *process;
	int tries, err;
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!capable(caps, needed[i]))
			return refuse(search, -EACCES, "who shares a folio cannot be found: %s",
				      caps->missing[needed[i]] ? caps->missing[needed[i]]
							       : "its page frame is not shown");
	err = kernel_process_open(search->kernel, search->query->pid, &process);
	if (err)
		return refuse_process(search, err);
	if (search->query->start_time && process->start_time != search->query->start_time) {
		kernel_process_close(process);
		return refuse(search, -ESRCH, "process %d has exited, and another one has its number",
			      (int)search->query->pid);
	}
	for (tries = 0, err = -EAGAIN; tries < TRIES && err == -EAGAIN; tries++)
		err = find_page(search, process);
	kernel_process_close(process);
	if (err == -EAGAIN)
		return refuse_order(search, ORDER_UNKNOWN);
	return err;
}

/* A team whose head alone counts its PMD maps: they are mappings of each page all the same. */
static void add_head_maps(struct search *search)
{
	int64_t usage, maps;
	uint32_t i;

	if (!search->out->team || search->kernel->team_counts_all || !search->counts_known)
		return;
	search->counts_known = !kernel_team(search->kernel, search->head, &usage, &maps);
	for (i = 1; search->counts_known && i < search->pages; i++)
		search->count[i] += (uint64_t)maps;
}

void sharers_read_counts(struct search *search)
{
	uint32_t i = 0;
	ssize_t got;

	search->counts_known = capable(&search->kernel->caps, CAP_KPAGECOUNT) &&
			       !(search->order && kernel_averaged(search->kernel));
	while (search->counts_known && i < search->pages) {
		got = kernel_counts(search->kernel, search->head + i, search->pages - i, search->count + i);
		search->counts_known = got > 0;
		i += got > 0 ? (uint32_t)got : 0;
	}
	add_head_maps(search);
	search->left = search->counts_known ? 0 : INT64_MAX;
	for (i = 0; search->counts_known && i < search->pages; i++)
		if (search->count[i] > search->found[i])
			search->left += (int64_t)(search->count[i] - search->found[i]);
}

/* The asker's word, or 0. */
static uint64_t asker_word(struct search *search, bool *gone)
{
	struct kernel_process *process;
	uint64_t word = 0;

	*gone = true;
	if (kernel_process_open(search->kernel, search->query->pid, &process))
		return 0;
	*gone = process->start_time != search->kin[0].start_time;
	if (!*gone &&
	    kernel_pagemap(process, search->query->addr & ~(search->kernel->page_size - 1), 1, &word) != 1)
		word = 0;
	kernel_process_close(process);
	return word;
}

const char *sharers_changed(struct search *search)
{
	const uint64_t addr = search->query->addr & ~(search->kernel->page_size - 1);
	uint64_t word, flags;
	uint8_t order;
	bool gone;

	word = asker_word(search, &gone);
	if (gone)
		return arena_printf(search->arena, "process %d exited while its sharers were looked for",
				    (int)search->query->pid);
	if (!(word & PM_PRESENT))
		return "the page was taken out of the asking process while its sharers were looked for";
	if ((word & PM_PFN_MASK) - search->head >= search->pages)
		return "another folio took this one's place while its sharers were looked for";
	if (look_at_frame(search->kernel, addr, word, &order, &flags) ||
	    (order == ORDER_TEAM) != search->out->team || (!search->out->team && order != search->order))
		return "the folio was split, or its memory given to another, while its sharers were looked "
		       "for";
	return NULL;
}
