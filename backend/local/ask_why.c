/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a region is not huge: gathers the facts, has them judged, and where wanted asks the kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/entry.h"
#include "core/system.h"
#include "local/local_parts.h"
#include "local/oblige.h"
#include "target/target.h"

/* One question under way. */
struct question {
	struct source *source;
	struct kernel *kernel;
	struct kernel_process *process;
	pid_t pid;
	struct arena *arena;
	bool pass; /* it is one of several about this process */
	struct why_facts facts;
	const struct page *pages; /* that were surveyed */
};

static void release_moment(void *moment)
{
	moment_free(moment);
}

static int fail(struct question *question, int err, const char *reason)
{
	snprintf(question->source->error, sizeof(question->source->error), "process %d: %s",
		 (int)question->pid, reason);
	return err;
}

static int fail_outcome(struct question *question, const struct process *process)
{
	int err = -EIO;

	switch (process->outcome) {
	case OUTCOME_OK:
		return 0;
	case OUTCOME_GONE:
	case OUTCOME_REUSED:
	case OUTCOME_NO_MEMORY:
		err = -ESRCH;
		break;
	case OUTCOME_DENIED:
		err = -EACCES;
		break;
	case OUTCOME_DAMAGED:
		err = -EBADMSG;
		break;
	case OUTCOME_FAILED:
	case OUTCOME_COUNT:
		break;
	}
	return fail(question, err, process->reason);
}

/* As read now; in a pass as read for its first question. */
static const struct areas *areas_for(struct question *question)
{
	struct local_source *local = local_of(question->source);
	struct areas *areas = local->areas;

	if (areas && (!question->pass || areas->pid != question->process->pid ||
		      areas->start_time != question->process->start_time)) {
		areas_give_back(areas);
		local->areas = areas = NULL;
	}
	if (!areas)
		areas = areas_read(question->process);
	areas_keep(areas, question->arena);
	if (question->pass)
		local->areas = areas;
	else
		areas_give_back(areas);
	return areas;
}

/* smaps of all VMAs: its flags for the one, THPeligible for all. Nothing is said where it cannot be read. */
static void read_smaps(struct question *question, struct vma *vma)
{
	const struct areas *areas = areas_for(question);
	const struct vma *vmas = areas->vmas;
	uint64_t slots = 0, first, last;
	bool told = false;
	size_t i;

	for (i = 0; i < areas->n; i++) {
		if (vmas[i].start == vma->start && vmas[i].end == vma->end)
			vma->smaps = vmas[i].smaps;
		if (!vmas[i].smaps || vmas[i].smaps->thp_eligible < 0)
			continue;
		told = true;
		first = (vmas[i].start + question->kernel->pmd_size - 1) / question->kernel->pmd_size;
		last = vmas[i].end / question->kernel->pmd_size;
		if (vmas[i].smaps->thp_eligible && last > first)
			slots += last - first;
	}
	if (told)
		question->facts.eligible_slots = (int64_t)slots;
}

static int64_t number(const struct buf *text, const char *name)
{
	uint64_t value;

	return text->data && system_status(text->data, text->len, name, 0, &value) && value <= INT64_MAX
		       ? (int64_t)value
		       : UNKNOWN_COUNT;
}

static void read_status(struct question *question)
{
	struct buf text = {0};

	kernel_process_text(question->process, "status", &text);
	question->facts.thp_enabled = number(&text, "THP_enabled");
	question->facts.locked_kb = number(&text, "VmLck");
	question->facts.pinned_kb = number(&text, "VmPin");
	buf_fini(&text);
}

/*
 * Whether a word is a marker that stands for userfaultfd's write protection where no page is: its offset holds a few bits
 * (PTE_MARKER_UFFD_WP, include/linux/swapops.h), or is not shown; of what is being moved it is a frame.
 */
static bool is_uffd_mark(uint64_t word)
{
	return !(word & PM_PRESENT) && word & PM_SWAP && word & PM_UFFD_WP && (word & PM_PFN_MASK) >> 5 <= 7;
}

/* What the pages of the region say one by one. */
static void read_pages(struct question *question, const struct process *process)
{
	struct why_facts *facts = &question->facts;
	const struct region *region = facts->region;
	const struct page *page;
	bool flags = true;
	uint32_t i;

	facts->uffd_wp = facts->uffd_marks = facts->off_lru = facts->unevictable = 0;
	for (i = 0; region && i < region->n_pages; i++) {
		page = &process->pages[region->first_page + i];
		facts->uffd_wp += (page->pagemap & PM_UFFD_WP) != 0;
		facts->uffd_marks += is_uffd_mark(page->pagemap);
		flags &= page->has_flags || !page->present;
		if (!page->present || !page->has_flags || page->flags >> KPF_ZERO & 1)
			continue;
		/* A tail's is its head's, which alone is on a list (fs/proc/page.c shows the head's for both). */
		facts->off_lru += !(page->flags >> KPF_LRU & 1) && !(page->flags >> KPF_TAIL & 1);
		facts->unevictable += page->flags >> KPF_UNEVICTABLE & 1;
	}
	if (!flags)
		facts->off_lru = facts->unevictable = UNKNOWN_COUNT;
}

static void read_mount(struct question *question)
{
	const struct vma *vma = question->facts.vma;
	struct buf text = {0};

	if (vma->kind == VMA_SHMEM && !kernel_process_text(question->process, "mountinfo", &text) &&
	    text.data)
		question->facts.mount = system_mount_huge(text.data, text.len, vma->dev_major, vma->dev_minor,
							  question->arena);
	buf_fini(&text);
}

/* The configuration lies beside the kernel on most distributions. */
static void read_config(struct question *question)
{
	const char *release = question->facts.system->release;
	struct buf text = {0};
	char path[256];

	question->facts.read_only_file = -1;
	if (question->facts.vma->kind != VMA_FILE || !*release || strchr(release, '/'))
		return;
	snprintf(path, sizeof(path), "boot/config-%s", release);
	if (!kernel_text(question->kernel, path, &text) && text.data)
		question->facts.read_only_file =
			system_config(text.data, text.len, "CONFIG_READ_ONLY_THP_FOR_FS");
	buf_fini(&text);
}

/* A member of the specimen's family makes the call itself. */
static enum why_asker asker(const struct question *question)
{
	if (!question->kernel->here)
		return WHY_ASKER_SELF;
	if (family_member_of(local_of(question->source)->family, question->pid) ||
	    target_may_collapse(question->pid))
		return WHY_ASKER_HERE;
	return WHY_ASKER_ROOT;
}

/* What the entry above the region's pages says, where it is shown. */
static enum why_table table_of(const struct process *process)
{
	if (!process->n_walk)
		return WHY_TABLE_UNKNOWN;
	return entry_is_table(process->walk[process->n_walk - 1]) ? WHY_TABLE_STAYED : WHY_TABLE_NONE;
}

static int gather(struct question *question, uint64_t addr)
{
	struct survey_options options = {.pages = true, .walk_to = addr};
	struct why_facts *facts = &question->facts;
	struct process *process;
	struct moment *moment;
	const struct vma *vma;
	int err;

	options.from = addr / question->kernel->pmd_size * question->kernel->pmd_size;
	options.to = options.from + question->kernel->pmd_size;
	moment = survey_moment(question->kernel, &question->pid, 1, &question->process, &options);
	arena_defer(question->arena, release_moment, moment);
	process = &moment->processes[0];
	err = fail_outcome(question, process);
	if (err)
		return err;
	vma = process_vma_at(process, addr);
	if (!vma) {
		snprintf(question->source->error, sizeof(question->source->error),
			 "process %d: nothing is mapped at 0x%llx; a snapshot lists what is",
			 (int)question->pid, (unsigned long long)addr);
		return -EFAULT;
	}
	facts->pid = question->pid;
	facts->comm = process->comm;
	facts->addr = addr;
	facts->page_size = moment->page_size;
	facts->pmd_size = moment->pmd_size;
	facts->vma = vma;
	facts->region = process_region_at(process, addr);
	facts->table = table_of(process);
	question->pages = process->pages;
	facts->frames = capable(&moment->caps, CAP_PFN) && capable(&moment->caps, CAP_KPAGEFLAGS);
	facts->asker = asker(question);
	facts->system = &moment->system;
	facts->eligible_slots = UNKNOWN_COUNT;
	read_smaps(question, &process->vmas[vma - process->vmas]);
	read_status(question);
	read_pages(question, process);
	read_mount(question);
	read_config(question);
	facts->memcg_known = local_memcg(question->kernel, question->process, question->arena, &facts->memcg);
	return 0;
}

/* Tries the collapse: whatever the kernel answers is an answer. */
static void ask_kernel(struct question *question, struct why *why)
{
	const struct trigger trigger = {.kind = TRIGGER_COLLAPSE,
					.pid = question->pid,
					.start_time = question->process->start_time,
					.addr = why->start,
					.len = why->len,
					.order = -1};
	struct event *event = arena_alloc(question->arena, sizeof(*event));
	struct source *source = question->source;

	if (source_trigger(source, &trigger, NULL, question->arena, event)) {
		why->not_asked = arena_text(question->arena, source->error, strlen(source->error));
		return;
	}
	why->asked = true;
	why->error = event->error;
	why->verdict = event->verdict ? event->verdict : "";
	why->event = event;
}

/* What the facts say of a refusal; the record of the page at the trigger's address, if there is one, with it. */
static const char *judge_refusal(struct question *question, const struct trigger *trigger,
				 struct arena *arena)
{
	const struct region *region = question->facts.region;
	const uint64_t page = question->facts.page_size, addr = trigger->addr / page * page;
	const struct page *found = NULL;
	uint32_t i;

	if (trigger->kind != TRIGGER_COW)
		return why_refusal(&question->facts, arena);
	for (i = 0; region && i < region->n_pages && !found; i++)
		if (question->pages[region->first_page + i].addr == addr)
			found = &question->pages[region->first_page + i];
	return why_no_page(&question->facts, found);
}

const char *local_refusal(struct source *source, const struct trigger *trigger, struct arena *arena)
{
	struct arena own = {0};
	struct question question = {
		.source = source, .kernel = local_of(source)->kernel, .pid = trigger->pid, .arena = &own};
	const char *text = "";

	if (kernel_process_open(question.kernel, trigger->pid, &question.process))
		return text;
	if ((!trigger->start_time || question.process->start_time == trigger->start_time) &&
	    !gather(&question, trigger->addr)) {
		text = judge_refusal(&question, trigger, &own);
		text = arena_text(arena, text, strlen(text));
	}
	source->error[0] = '\0';
	arena_fini(&own);
	kernel_process_close(question.process);
	return text;
}

int local_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
	      struct arena *arena, struct why *why)
{
	struct local_source *local = local_of(source);
	const struct watched *item = watch_list_find(&local->watched, pid);
	struct question question = {.source = source,
				    .kernel = local->kernel,
				    .pid = pid,
				    .arena = arena,
				    .pass = how == WHY_PASS,
				    .facts = {.asks = how == WHY_ASK}};
	struct kernel_process *opened = NULL;
	int err = 0;

	source->error[0] = '\0';
	if (item)
		question.process = item->process;
	if (!question.process) {
		err = kernel_process_open(local->kernel, pid, &opened);
		question.process = opened;
	}
	if (err)
		err = fail(&question, err == -ENOENT ? -ESRCH : err,
			   err == -ENOENT   ? "no such process"
			   : err == -EACCES ? "no permission to look into it"
					    : strerror(-err));
	else if (start_time && question.process->start_time != start_time)
		err = fail(&question, -ESRCH, "it has ended, and another one has its number now");
	else
		err = gather(&question, addr);
	if (!err) {
		why_judge(&question.facts, arena, why);
		if (how == WHY_ASK)
			ask_kernel(&question, why);
	}
	kernel_process_close(opened);
	return err;
}
