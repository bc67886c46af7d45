/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The survey's way in: a process from its texts to its regions, with a clear outcome whatever it does meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "core/survey_parts.h"
#include "core/system.h"

static int fail(struct process *out, enum outcome outcome, int err, const char *reason)
{
	out->outcome = outcome;
	out->reason = reason;
	return err;
}

static int fail_errno(struct survey *survey, int err, const char *what)
{
	struct process *out = survey->out;

	switch (-err) {
	case ENOENT:
		return fail(out, OUTCOME_GONE, err, "no such process");
	case ESRCH:
		return fail(out, OUTCOME_GONE, err, "it has exited");
	case EACCES:
	case EPERM:
		return fail(out, OUTCOME_DENIED, -EACCES,
			    arena_printf(survey->arena, "no permission to read its %s: %s", what,
					 kernel_denied(survey->kernel)));
	case EBADMSG:
		return fail(out, OUTCOME_DAMAGED, err,
			    arena_printf(survey->arena, "its %s is damaged or ends in the middle%s%s", what,
					 *survey->kernel->error ? ": " : "", survey->kernel->error));
	}
	return fail(out, OUTCOME_FAILED, err,
		    arena_printf(survey->arena, "reading its %s failed: %s", what, strerror(-err)));
}

static int read_stat(struct survey *survey, struct stat_line *stat)
{
	struct buf text = {0};
	int err = kernel_process_text(survey->process, "stat", &text);

	if (!err)
		err = system_stat(text.data ? text.data : "", text.len, stat);
	buf_fini(&text);
	if (err)
		return fail_errno(survey, err, "stat");
	survey->out->comm = arena_text(survey->arena, stat->comm, strlen(stat->comm));
	survey->out->start_time = stat->start_time;
	return 0;
}

/* The kB of a line of its status, or UNKNOWN_COUNT. */
static int64_t status_kb(const struct buf *text, const char *line)
{
	const char *at = text->data ? strstr(text->data, line) : NULL;
	uint64_t kb = UINT64_MAX;

	if (at) {
		at += strlen(line);
		at += strspn(at, " \t");
		parse_u64(at, text->data + text->len, 10, &kb);
	}
	return kb > INT64_MAX ? UNKNOWN_COUNT : (int64_t)kb;
}

/* VmPTE is the memory of the tables of all levels but the top, 1 page each (mm_pgtables_bytes, include/linux/mm.h). */
static void read_status(struct survey *survey)
{
	struct buf text = {0};
	int64_t kb;

	if (kernel_process_text(survey->process, "status", &text))
		buf_clear(&text);
	kb = status_kb(&text, "\nVmPTE:");
	survey->out->rss_kb = status_kb(&text, "\nVmRSS:");
	survey->out->page_tables_kb = kb;
	survey->page_tables =
		kb == UNKNOWN_COUNT ? UINT64_MAX : ((uint64_t)kb << 10) / survey->kernel->page_size;
	buf_fini(&text);
}

static void read_swaps(struct survey *survey)
{
	struct buf text = {0};
	size_t lines = 0, i;

	survey->swap_devices = SIZE_MAX;
	if (!kernel_text(survey->kernel, "proc/swaps", &text)) {
		for (i = 0; i < text.len; i++)
			lines += text.data[i] == '\n';
		survey->swap_devices = lines ? lines - 1 : 0; /* without the header line */
	}
	buf_fini(&text);
}

/* A file's kind by the mount that it lies on. */
static void refine_kinds(struct survey *survey)
{
	struct mount_device *mounts = NULL;
	struct buf text = {0};
	size_t i, k, n = 0;
	bool any = false;

	if (!survey_recall_kinds(survey))
		for (i = 0; i < survey->out->n_vmas && !any; i++)
			any = survey->out->vmas[i].kind == VMA_FILE;
	if (any && !kernel_process_text(survey->process, "mountinfo", &text) && text.data)
		n = system_mounts(text.data, text.len, survey->arena, &mounts);
	for (i = 0; i < survey->out->n_vmas; i++) {
		struct vma *vma = &survey->out->vmas[i];

		vma->pfnmap_unknown = vma->kind == VMA_DEVICE || !strncmp(vma->name, "[vvar", 5) ||
				      !strcmp(vma->name, "[vsyscall]");
		for (k = 0; k < n && vma->kind == VMA_FILE; k++)
			if (mounts[k].major == vma->dev_major && mounts[k].minor == vma->dev_minor)
				vma->kind = mounts[k].hugetlbfs ? VMA_HUGETLB : VMA_SHMEM;
	}
	buf_fini(&text);
}

/* With a range, only the VMAs that it touches. */
static void keep_range(struct survey *survey)
{
	const struct survey_options *options = survey->options;
	struct process *out = survey->out;
	size_t i, kept = 0;

	if (!options->to)
		return;
	for (i = 0; i < out->n_vmas; i++)
		if (out->vmas[i].start < options->to && out->vmas[i].end > options->from)
			out->vmas[kept++] = out->vmas[i];
	out->n_vmas = kept;
}

static int survey_vmas(struct survey *survey)
{
	size_t i;
	int err;

	for (i = 0; i < survey->out->n_vmas; i++) {
		struct vma *vma = &survey->out->vmas[i];

		/* (smaps has no flag for [vsyscall], which lies outside of the process's page tables.) */
		if (vma->pfnmap_unknown && vma->smaps && !(vma->start >> 63))
			vma->pfnmap_unknown = smaps_has_flag(vma->smaps, "pf");
		err = survey_vma(survey, vma);
		if (err)
			return fail_errno(survey, err, "page tables");
		/* It may have been read on the way. */
		if (survey->smaps_error)
			return fail_errno(survey, survey->smaps_error, "smaps");
	}
	return 0;
}

static int survey_texts(struct survey *survey, struct buf *maps)
{
	struct process *out = survey->out;
	struct stat_line stat;
	size_t line;
	int err = read_stat(survey, &stat);

	if (err)
		return err;
	if (stat.flags & PF_KTHREAD)
		return fail(out, OUTCOME_NO_MEMORY, -ESRCH, "a kernel thread: it has no memory of its own");
	if ((stat.state == 'Z' || stat.state == 'X') && stat.threads <= 1)
		return fail(out, OUTCOME_GONE, -ESRCH,
			    "it has exited; its parent has not asked for its status yet");
	err = kernel_process_text(survey->process, "maps", maps);
	if (err)
		return fail_errno(survey, err, "maps");
	if (!maps->len)
		return fail(out, OUTCOME_NO_MEMORY, -ESRCH, "it maps nothing (exiting, or of the kernel)");
	err = vma_parse_maps(maps->data, maps->len, survey->arena, &out->vmas, &out->n_vmas, &line);
	if (err)
		return fail_errno(survey, err, "maps");
	return 0;
}

static void finish(struct survey *survey)
{
	struct process *out = survey->out;

	survey_keep_regions(survey);
	out->pages = arena_take(survey->arena, survey->pages);
	out->n_pages = survey->n_pages;
	out->spans = arena_take(survey->arena, survey->spans);
	out->n_spans = survey->n_spans;
	survey->spans = NULL;
	survey->pages = NULL;
	survey->spans_room = survey->pages_room = 0;
}

/* A survey that failed half-way tells nothing but who it was and why. */
static void forget(struct process *out)
{
	memset(&out->totals, 0, sizeof(out->totals));
	memset(&out->kb, 0, sizeof(out->kb));
	out->vmas = NULL;
	out->n_vmas = 0;
	out->regions = NULL;
	out->n_regions = 0;
	out->pages = NULL;
	out->n_pages = 0;
	out->spans = NULL;
	out->n_spans = 0;
	out->carried = NULL;
	out->shared = NULL;
	out->loose = NULL;
	out->same_since_ns = 0;
	out->n_walk = 0;
	memset(&out->queue, 0, sizeof(out->queue));
}

static void read_cgroup(struct survey *survey)
{
	struct buf text = {0};

	if (survey->options->cgroup && !kernel_process_text(survey->process, "cgroup", &text) && text.data)
		survey->out->cgroup = system_memory_cgroup(text.data, text.len, survey->arena);
	buf_fini(&text);
}

/*
 * Reads maps once more: a process that is gone by now was not read to its end; any difference makes the survey torn.
 * Once it asks for another try: if its first mapping is another, it may run another program now and be two halves.
 */
static int look_back(struct survey *survey, const struct buf *maps, struct buf *again)
{
	const char *first = memchr(maps->data, '\n', maps->len);
	size_t head = first ? (size_t)(first - maps->data) : maps->len;
	int err = kernel_process_text(survey->process, "maps", again);

	if (err && err != -ESRCH && err != -ENOENT)
		return fail_errno(survey, err, "maps");
	if (err || !again->len)
		return fail(survey->out, OUTCOME_GONE, -ESRCH, "it exited while it was looked at");
	survey->out->torn = again->len != maps->len || memcmp(again->data, maps->data, maps->len);
	if (survey->out->torn && !survey->again &&
	    (again->len < head || memcmp(again->data, maps->data, head))) {
		survey->again = true;
		return -EAGAIN;
	}
	return 0;
}

/* FNV-1a: tells address spaces that cannot be one. */
static uint64_t hash_of(const struct buf *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < text->len; i++)
		hash = (hash ^ (unsigned char)text->data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/*
 * The levels of the tables. A word tells where the walk comes that far: only with five levels is anything in a P4D, and only
 * with four does a PGD lead past it to a PUD.
 */
static unsigned count_levels(const struct kernel *kernel, const struct kernel_entries *entries)
{
	if (entries->word[ENTRY_P4D])
		return ENTRY_LEVELS;
	return entries->word[ENTRY_PUD] ? ENTRY_LEVELS - 1 : kernel->table_levels;
}

/* Where it cannot be told which level a word is of, none is shown. */
static void read_walk(struct survey *survey)
{
	struct process *out = survey->out;
	struct kernel_entries entries;
	unsigned level, levels;

	if (!survey->options->walk_to || !capable(&survey->kernel->caps, CAP_ENTRIES) ||
	    kernel_entries(survey->process, survey_align(survey->options->walk_to, survey->kernel->page_size),
			   1, &entries) != 1)
		return;
	levels = count_levels(survey->kernel, &entries);
	for (level = ENTRY_PGD; levels && level <= ENTRY_PMD; level++)
		if (level != ENTRY_P4D || levels == ENTRY_LEVELS)
			out->walk[out->n_walk++] = entries.word[level];
}

static void read_queue(struct survey *survey)
{
	struct buf text = {0};

	if (capable(&survey->kernel->caps, CAP_QUEUE) &&
	    !kernel_process_text(survey->process, survey->kernel->queue_file, &text))
		queue_parse(text.data ? text.data : "", text.len, &survey->out->queue);
	buf_fini(&text);
}

/* smaps for its own sake: behind the survey, which it does not change, so that no region comes and goes with it. */
static void read_smaps_of(struct survey *survey)
{
	size_t i;

	for (i = 0; i < survey->options->n_smaps_of; i++)
		if (survey->options->smaps_of[i] == survey->out->pid)
			survey_read_smaps(survey);
}

static int survey_opened(struct survey *survey)
{
	struct buf maps = {0}, again = {0};
	int err = survey_texts(survey, &maps);

	if (!err) {
		survey->out->maps_hash = hash_of(&maps);
		keep_range(survey);
		survey_recall(survey);
		refine_kinds(survey);
		read_status(survey);
		read_cgroup(survey);
		read_swaps(survey);
		if (survey->options->smaps)
			survey_read_smaps(survey);
		if (survey->smaps_error)
			err = fail_errno(survey, survey->smaps_error, "smaps");
	}
	if (!err)
		err = survey_vmas(survey);
	if (!err)
		read_smaps_of(survey);
	if (!err)
		read_walk(survey);
	if (!err)
		read_queue(survey);
	if (!err)
		err = look_back(survey, &maps, &again);
	if (err)
		forget(survey->out);
	else
		finish(survey);
	buf_fini(&maps);
	buf_fini(&again);
	return err;
}

/* Once more, from the start. */
static void restart(struct survey *survey, order_set grown)
{
	forget(survey->out);
	survey->again = true;
	survey->anon_orders |= grown;
	survey->n_regions = survey->n_pages = survey->n_spans = 0;
	survey->seen = 0;
	memset(survey->states, 0, sizeof(survey->states));
	survey->smaps_read = survey->shares = false;
	survey->asked_vma = NULL;
	survey->out->mapping_known = true;
}

int survey_process(struct kernel *kernel, struct kernel_process *process, pid_t pid,
		   const struct survey_options *options, struct arena *arena, struct process *out)
{
	const size_t pages = (size_t)1 << kernel->pmd_order;
	struct survey survey = {
		.kernel = kernel, .process = process, .options = options, .arena = arena, .out = out};
	order_set grown;
	bool told;
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->pid = pid;
	out->comm = "";
	out->page_tables_kb = UNKNOWN_COUNT;
	out->rss_kb = UNKNOWN_COUNT;
	out->mapping_known = true;
	if (options->progress)
		options->progress->tell(options->progress, pid, 0);
	if (!process)
		err = kernel_process_open(kernel, pid, &survey.process);
	if (err)
		return fail_errno(&survey, err, "files");
	survey.pagemap = mem_alloc(pages * sizeof(*survey.pagemap));
	survey.flags = mem_alloc(pages * sizeof(*survey.flags));
	survey.count = mem_alloc(pages * sizeof(*survey.count));
	survey.order = mem_alloc(pages);
	survey.runs = mem_alloc(pages * sizeof(*survey.runs));
	survey.file_orders = ((order_set)2 << kernel->pmd_order) - 2;
	/* Where every page's flags are read, they tell. */
	told = options->exact || options->pages;
	survey.anon_orders = told ? survey.file_orders : folio_anon_orders(kernel);
	err = survey_opened(&survey);
	/* Anonymous folios of an order that there was none of before: what was taken for small may be theirs. */
	grown = err || told ? 0 : folio_anon_orders(kernel) & ~survey.anon_orders;
	if (survey.again || grown) {
		restart(&survey, grown);
		err = survey_opened(&survey);
	}
	if (!process)
		kernel_process_close(survey.process);
	free(survey.pagemap);
	free(survey.flags);
	free(survey.count);
	free(survey.order);
	free(survey.runs);
	free(survey.regions);
	free(survey.carried);
	free(survey.spans);
	free(survey.pages);
	return err;
}
