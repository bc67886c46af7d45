/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lets one call of another kernel go wrong. */
#include "fault/fault.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct fault_kernel {
	struct kernel kernel;
	struct kernel_ops ops; /* without those that inner lacks */
	struct kernel *inner;
	struct fault_plan plan;
	unsigned calls;
};

struct fault_process {
	struct kernel_process process;
	struct kernel_process *inner;
};

/* Counts a call; true if it goes wrong. */
static bool strikes(struct fault_kernel *fault, enum fault_op op, const char *file)
{
	const struct fault_plan *plan = &fault->plan;

	if (plan->op != FAULT_ANY && plan->op != op)
		return false;
	if (plan->file && (!file || strcmp(plan->file, file)))
		return false;
	fault->calls++;
	return fault->calls >= plan->nth && (!plan->times || fault->calls - plan->nth < plan->times);
}

/* Whether this call fails; *cut: it is made, and its answer cut. */
static bool fails(struct kernel *kernel, enum fault_op op, const char *file, bool *cut)
{
	struct fault_kernel *fault = (struct fault_kernel *)kernel;
	bool strike = strikes(fault, op, file);

	*cut = strike && fault->plan.kind == FAULT_CUT;
	return strike && fault->plan.kind == FAULT_FAIL;
}

static struct fault_kernel *of(struct kernel *kernel)
{
	return (struct fault_kernel *)kernel;
}

static struct kernel_process *inner_of(struct kernel_process *process)
{
	return ((struct fault_process *)process)->inner;
}

/* The sentence of a failure goes with it. */
static void tell(struct kernel *kernel)
{
	memcpy(kernel->error, of(kernel)->inner->error, sizeof(kernel->error));
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void cut_text(const struct kernel *kernel, struct buf *out, size_t before)
{
	const size_t keep = ((const struct fault_kernel *)kernel)->plan.keep;

	if (out->len - before <= keep)
		return;
	out->len = before + keep;
	out->data[out->len] = '\0';
}

static ssize_t cut_words(struct kernel *kernel, ssize_t got, bool cut)
{
	tell(kernel);
	return got > 0 && cut ? (ssize_t)least((size_t)got, of(kernel)->plan.keep) : got;
}

static void fault_close(struct kernel *kernel)
{
	kernel_close(of(kernel)->inner);
	free(kernel);
}

static int fault_text(struct kernel *kernel, const char *path, struct buf *out)
{
	const size_t before = out->len;
	bool cut;
	int err;

	if (fails(kernel, FAULT_TEXT, path, &cut))
		return of(kernel)->plan.err;
	err = kernel_text(of(kernel)->inner, path, out);
	tell(kernel);
	if (!err && cut)
		cut_text(kernel, out, before);
	return err;
}

static int fault_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	bool cut;

	if (fails(kernel, FAULT_PIDS, NULL, &cut))
		return of(kernel)->plan.err;
	return kernel_pids(of(kernel)->inner, pids, n);
}

static int fault_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **out)
{
	struct kernel_process *inner;
	struct fault_process *process;
	bool cut;
	int err;

	if (fails(kernel, FAULT_PROCESS_OPEN, NULL, &cut))
		return of(kernel)->plan.err;
	err = kernel_process_open(of(kernel)->inner, pid, &inner);
	tell(kernel);
	if (err)
		return err;
	process = mem_alloc(sizeof(*process));
	process->process = *inner;
	process->process.kernel = kernel;
	process->inner = inner;
	*out = &process->process;
	return 0;
}

static void fault_process_close(struct kernel_process *process)
{
	kernel_process_close(inner_of(process));
	free(process);
}

static int fault_process_text(struct kernel_process *process, const char *name, struct buf *out)
{
	const size_t before = out->len;
	bool cut;
	int err;

	if (fails(process->kernel, FAULT_PROCESS_TEXT, name, &cut))
		return of(process->kernel)->plan.err;
	err = kernel_process_text(inner_of(process), name, out);
	tell(process->kernel);
	if (!err && cut)
		cut_text(process->kernel, out, before);
	return err;
}

static ssize_t fault_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words)
{
	bool cut;

	if (fails(process->kernel, FAULT_PAGEMAP, NULL, &cut))
		return of(process->kernel)->plan.err;
	return cut_words(process->kernel, kernel_pagemap(inner_of(process), addr, n, words), cut);
}

static int fault_scan(struct kernel_process *process, struct kernel_scan *scan)
{
	const struct fault_plan *plan = &of(process->kernel)->plan;
	bool cut;
	int err;

	if (fails(process->kernel, FAULT_SCAN, NULL, &cut))
		return plan->err;
	err = kernel_scan(inner_of(process), scan);
	tell(process->kernel);
	if (!err && cut && scan->n > plan->keep) {
		scan->n = plan->keep;
		scan->next = scan->n ? scan->out[scan->n - 1].end : scan->from;
	}
	return err;
}

static ssize_t fault_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	bool cut;

	if (fails(kernel, FAULT_FLAGS, NULL, &cut))
		return of(kernel)->plan.err;
	return cut_words(kernel, kernel_flags(of(kernel)->inner, pfn, n, words), cut);
}

static ssize_t fault_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	bool cut;

	if (fails(kernel, FAULT_COUNTS, NULL, &cut))
		return of(kernel)->plan.err;
	return cut_words(kernel, kernel_counts(of(kernel)->inner, pfn, n, words), cut);
}

static int fault_idle_mark(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words)
{
	bool cut;

	if (fails(kernel, FAULT_IDLE_MARK, NULL, &cut))
		return of(kernel)->plan.err;
	return kernel_idle_mark(of(kernel)->inner, pfn, n, words);
}

static ssize_t fault_idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	bool cut;

	if (fails(kernel, FAULT_IDLE, NULL, &cut))
		return of(kernel)->plan.err;
	return cut_words(kernel, kernel_idle(of(kernel)->inner, pfn, n, words), cut);
}

static int fault_clear_refs(struct kernel_process *process)
{
	bool cut;

	if (fails(process->kernel, FAULT_CLEAR_REFS, NULL, &cut))
		return of(process->kernel)->plan.err;
	return kernel_clear_refs(inner_of(process));
}

static ssize_t fault_entries(struct kernel_process *process, uint64_t addr, size_t n,
			     struct kernel_entries *out)
{
	bool cut;

	if (fails(process->kernel, FAULT_ENTRIES, NULL, &cut))
		return of(process->kernel)->plan.err;
	return cut_words(process->kernel, kernel_entries(inner_of(process), addr, n, out), cut);
}

static int fault_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps)
{
	bool cut;

	if (fails(kernel, FAULT_TEAM, NULL, &cut))
		return of(kernel)->plan.err;
	return kernel_team(of(kernel)->inner, pfn, usage, pmd_maps);
}

static int fault_vma_page_size(struct kernel_process *process, uint64_t addr, uint64_t *size)
{
	bool cut;
	int err;

	if (fails(process->kernel, FAULT_VMA_PAGE_SIZE, NULL, &cut))
		return of(process->kernel)->plan.err;
	err = kernel_vma_page_size(inner_of(process), addr, size);
	tell(process->kernel);
	return err;
}

struct kernel *fault_kernel_wrap(struct kernel *inner, const struct fault_plan *plan)
{
	struct fault_kernel *fault = mem_alloc(sizeof(*fault));

	fault->kernel = *inner;
	fault->ops = (struct kernel_ops){
		.source = "fault",
		.close = fault_close,
		.text = fault_text,
		.pids = fault_pids,
		.process_open = fault_process_open,
		.process_close = fault_process_close,
		.process_text = fault_process_text,
		.pagemap = fault_pagemap,
		.scan = inner->ops->scan ? fault_scan : NULL,
		.flags = inner->ops->flags ? fault_flags : NULL,
		.counts = inner->ops->counts ? fault_counts : NULL,
		.idle_mark = inner->ops->idle_mark ? fault_idle_mark : NULL,
		.idle = inner->ops->idle ? fault_idle : NULL,
		.clear_refs = inner->ops->clear_refs ? fault_clear_refs : NULL,
		.entries = inner->ops->entries ? fault_entries : NULL,
		.team = inner->ops->team ? fault_team : NULL,
		.vma_page_size = inner->ops->vma_page_size ? fault_vma_page_size : NULL,
	};
	fault->kernel.ops = &fault->ops;
	fault->inner = inner;
	fault->plan = *plan;
	return &fault->kernel;
}

unsigned fault_calls(const struct kernel *kernel)
{
	return ((const struct fault_kernel *)kernel)->calls;
}
