/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a region is not huge: the order of the checks, and what they are made of. */
#include "core/why.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "core/system.h"
#include "core/why_parts.h"

const char *why_weight_name(enum why_weight weight)
{
	switch (weight) {
	case WHY_IS:
		return "is";
	case WHY_DECISIVE:
		return "decisive";
	case WHY_HINDERS:
		return "hinders";
	case WHY_SUSPECTED:
		return "suspected";
	}
	return "";
}

static const char *print(struct arena *arena, const char *format, va_list args)
{
	char line[512];
	int n = vsnprintf(line, sizeof(line), format, args);

	return arena_text(arena, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

struct why_reason *why_add(struct why_judge *judge, const char *id, enum why_weight weight, const char *text,
			   const char *fact, ...)
{
	struct why_reason *reason = &judge->reasons[judge->n];
	va_list args;

	if (judge->n < WHY_MOST - 1)
		judge->n++;
	va_start(args, fact);
	*reason = (struct why_reason){.id = id, .weight = weight, .text = text, .remedy = ""};
	reason->fact = print(judge->arena, fact, args);
	va_end(args);
	return reason;
}

struct why_reason *why_refused(struct why_judge *judge, struct why_reason *reason)
{
	reason->refused = true;
	judge->refused = true;
	return reason;
}

/* How a remedy names the command that has a region collapsed, up to its closing quote. */
#define NAME "'thpscope"
#define COMMAND NAME " collapse "

const char *why_from_afar(const char *remedy, const char *again, struct arena *arena)
{
	const char *from = strstr(remedy, COMMAND), *words = from ? from + strlen(NAME) : NULL;
	const char *end = words ? strchr(words, '\'') : NULL;

	if (!end)
		return remedy;
	if (!again)
		return arena_printf(arena, "%.*sC on the screen%s", (int)(from - remedy), remedy, end + 1);
	return arena_printf(arena, "%.*s\"%s%.*s\"%s", (int)(from - remedy), remedy, again,
			    (int)(end - words), words, end + 1);
}

const char *why_or_collapse(struct why_judge *judge, const char *remedy)
{
	const char *join = *remedy ? "; or " : "";

	/* Of a file on disk a request is refused too where the kernel was not built for it. */
	const char *then = judge->facts->vma->kind == VMA_FILE && judge->facts->read_only_file < 0
				   ? "if the kernel has CONFIG_READ_ONLY_THP_FOR_FS"
			   : why_is_team(judge) ? "which makes one entry of them and moves no page"
			   : judge->facts->vma->kind == VMA_SHMEM && judge->missing
				   ? "which no knob and no max_ptes limit stops, but a page that somebody "
				     "holds does, a want of memory, or "
				     "a userfaultfd where the file has holes"
				   : "which no knob and no max_ptes limit stops, but a page that somebody "
				     "holds does, and a want of memory";
	const char *where = why_unseen_file(judge) ? ", if the file holds anything here" : "";
	const enum why_asker asker = judge->facts->asker;

	if (judge->refused || judge->doubt || why_before(judge, 6, 1))
		return remedy;
	if (asker == WHY_ASKER_SELF)
		return arena_printf(judge->arena, "%s%smadvise(MADV_COLLAPSE) by the process itself, %s%s",
				    remedy, join, then, where);
	return arena_printf(judge->arena, "%s%s" COMMAND "%d 0x%llx'%s, %s%s", remedy, join,
			    (int)judge->facts->pid, (unsigned long long)judge->start,
			    asker == WHY_ASKER_ROOT ? " by root" : "", then, where);
}

const char *why_permitted(struct why_judge *judge, bool write, const char *remedy)
{
	const char *perms = judge->facts->vma->perms;

	if (write ? perms[1] == 'w' : strncmp(perms, "---", 3) != 0)
		return remedy;
	return arena_printf(judge->arena, "mprotect(%s) by the process itself, and then %s",
			    write ? "PROT_READ | PROT_WRITE" : "PROT_READ", remedy);
}

void why_unknown(struct why_judge *judge, const char *text)
{
	if (judge->n_unknown < WHY_MOST)
		judge->unknown[judge->n_unknown++] = text;
}

const char *why_knob(const struct why_judge *judge, const char *name)
{
	const struct system_figures *system = judge->facts->system;

	return figure_value(system->knobs, system->n_knobs, name);
}

bool why_knob_number(const struct why_judge *judge, const char *name, uint64_t *value)
{
	const char *text = why_knob(judge, name);

	return text && parse_number(text, value);
}

int why_built(const struct why_judge *judge)
{
	const struct system_figures *system = judge->facts->system;

	if (system->n_knobs || figure_value(system->meminfo, system->n_meminfo, "AnonHugePages"))
		return 1;
	/* Lines of hugetlb alone. */
	return system->n_meminfo ? 0 : -1;
}

bool why_anon(const struct vma *vma)
{
	return vma->kind == VMA_ANON || vma->kind == VMA_HEAP || vma->kind == VMA_STACK;
}

bool why_private(const struct vma *vma)
{
	return vma->perms[3] == 'p';
}

bool why_unseen_file(const struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const enum vma_kind kind = judge->facts->vma->kind;

	return (kind == VMA_FILE || kind == VMA_SHMEM) && (!region || region->mapping == MAPPING_NONE);
}

bool why_flag(const struct why_judge *judge, const char *flag)
{
	return smaps_has_flag(judge->facts->vma->smaps, flag);
}

bool why_read_huge(const struct why_judge *judge)
{
	return judge->facts->vma->kind == VMA_FILE && why_unseen_file(judge) &&
	       judge->facts->table != WHY_TABLE_STAYED && !why_before(judge, 5, 18);
}

static void start(struct why_judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct region *region = facts->region;
	const struct vma *vma = facts->vma;

	judge->start = facts->addr / facts->pmd_size * facts->pmd_size;
	judge->end = judge->start + facts->pmd_size;
	if (judge->start < vma->start)
		judge->start = vma->start;
	if (judge->end > vma->end || judge->end < judge->start)
		judge->end = vma->end;
	judge->pages = facts->pmd_size / facts->page_size;
	judge->missing = (judge->end - judge->start) / facts->page_size;
	if (region)
		judge->missing -= region->present + region->swapped + region->guard + region->nonswap;
	if (region)
		judge->missing += region->zero;
	judge->release = system_release(facts->system->release);
}

/* Whether it is huge already, by one way or another. */
static bool check_huge(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const struct vma *vma = judge->facts->vma;
	const bool huge = region && (region->mapping == MAPPING_PMD || region->mapping == MAPPING_PUD);
	const unsigned long long kb = (unsigned long long)vma->huge_page_size >> 10;

	if (vma->kind == VMA_HUGETLB || (region && region->backing == BACKING_HUGETLB) ||
	    why_flag(judge, "ht")) {
		why_add(judge, "hugetlb", WHY_IS,
			"This is hugetlb memory: its pages are huge from a pool of their own, "
			"and transparent huge pages have no part in it.",
			"VMA of kind hugetlb%s%s, mapping %s",
			kb ? arena_printf(judge->arena, ", pages of %llu kB", kb) : "",
			why_flag(judge, "ht") ? ", VmFlags ht" : "",
			region ? mapping_name(region->mapping) : "none");
		why_refused(judge, &judge->reasons[judge->n - 1])->remedy =
			huge ? ""
			     : why_permitted(judge, false,
					     "touch it: the first access takes a page from the pool");
		return huge;
	}
	if (!huge)
		return false;
	if (region->zero == region->present && region->zero)
		why_add(judge, "huge-zero-page", WHY_IS,
			"It is mapped huge, by the kernel's one huge zero page: it was read and never "
			"written.",
			"mapping %s, backing %s, use_zero_page %s", mapping_name(region->mapping),
			backing_name(region->backing),
			why_knob(judge, "use_zero_page") ? why_knob(judge, "use_zero_page") : "unknown");
	else
		why_add(judge, "already-huge", WHY_IS, "It is huge already.", "mapping %s, backing %s",
			mapping_name(region->mapping), backing_name(region->backing));
	return true;
}

/* Without any huge page but hugetlb's nothing else is worth a word. */
static bool check_not_built(struct why_judge *judge)
{
	if (why_built(judge) != 0)
		return false;
	why_refuse(judge, "thp-not-built", "This kernel was built without transparent huge pages.",
		   "no AnonHugePages in meminfo, no knobs in /sys/kernel/mm/transparent_hugepage")
		->remedy = "a kernel with CONFIG_TRANSPARENT_HUGEPAGE; or hugetlb memory";
	return true;
}

static void say_unknown_region(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;

	if (region && region->mapping == MAPPING_UNKNOWN)
		why_unknown(judge, "how it is mapped: this source cannot tell (Linux 6.7 and later can)");
	if (region && region->backing == BACKING_UNKNOWN)
		why_unknown(judge, judge->facts->frames ? "what is behind it: the flags of its pages could "
							  "not be read, or are of no kind "
							  "of memory that there is a word for"
							: "what is behind it: page frames and their flags "
							  "are not shown here (root sees "
							  "them)");
}

/* What could not be had, each with what would give it. */
static void say_unknown(struct why_judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct region *region = facts->region;

	if (facts->vma->start >> 63)
		why_unknown(judge,
			    "how it is mapped, and what is behind it: it lies in the kernel's half of the "
			    "addresses, where pagemap does not reach");
	else if (region && region->mapping == MAPPING_UNKNOWN && facts->vma->pfnmap_unknown)
		why_unknown(judge,
			    "how it is mapped, and what is behind it: pagemap shows a device's and the "
			    "kernel's own pages as if nothing were there");
	else
		say_unknown_region(judge);
	if (!facts->vma->smaps)
		why_unknown(judge, "THPeligible and what was advised (MADV_HUGEPAGE, MADV_NOHUGEPAGE, "
				   "userfaultfd): smaps cannot be read");
	else if (!facts->vma->smaps->n_flags)
		why_unknown(judge, "what was advised (MADV_HUGEPAGE, MADV_NOHUGEPAGE, userfaultfd): this "
				   "kernel's smaps has no VmFlags");
	if (facts->vma->kind == VMA_FILE && facts->read_only_file < 0)
		why_unknown(judge, "whether this kernel collapses files on disk "
				   "(CONFIG_READ_ONLY_THP_FOR_FS): /boot has no configuration of it");
	if (facts->thp_enabled == UNKNOWN_COUNT)
		why_unknown(judge,
			    "whether PR_SET_THP_DISABLE is set: status cannot be read or has no THP_enabled "
			    "(Linux 5.0 and later have it)");
	if (!facts->memcg_known)
		why_unknown(judge, "the memory cgroup's limit: its files were not found or cannot be read");
	if (facts->system->free_pmd_blocks == UNKNOWN_COUNT)
		why_unknown(judge,
			    "how many free huge blocks there are: buddyinfo does not say or cannot be read");
}

/* Most decisive first: by weight, what the kernel refuses before what it does not; else as found. */
static void sort(struct why_judge *judge)
{
	struct why_reason sorted[WHY_MOST] = {0};
	size_t n = 0, i;
	int rank;

	for (rank = 0; rank <= 2 * WHY_SUSPECTED + 1; rank++)
		for (i = 0; i < judge->n; i++)
			if (2 * (int)judge->reasons[i].weight + !judge->reasons[i].refused == rank)
				sorted[n++] = judge->reasons[i];
	memcpy(judge->reasons, sorted, n * sizeof(*sorted));
}

void why_judge(const struct why_facts *facts, struct arena *arena, struct why *why)
{
	struct why_judge judge = {.facts = facts, .arena = arena};

	memset(why, 0, sizeof(*why));
	start(&judge);
	why->huge = check_huge(&judge);
	if (!judge.n && !check_not_built(&judge)) {
		why_check_fit(&judge);
		why_check_pages(&judge);
		why_check_team(&judge);
		why_check_policy(&judge);
		why_check_limits(&judge);
		why_check_backing(&judge);
		why_check_memory(&judge);
		why_check_khugepaged(&judge);
		why_check_suspected(&judge);
		say_unknown(&judge);
	}
	sort(&judge);
	why->pid = facts->pid;
	why->comm = facts->comm;
	why->start = judge.start;
	why->len = judge.end - judge.start;
	why->vma = facts->vma;
	why->region = facts->region;
	why->n = judge.n;
	why->reasons = arena_copy(arena, judge.reasons, judge.n * sizeof(*judge.reasons));
	why->n_unknown = judge.n_unknown;
	why->unknown = arena_copy(arena, judge.unknown, judge.n_unknown * sizeof(*judge.unknown));
	why->verdict = why->not_asked = "";
}

/* A reason as the end of a sentence: "huge pages were forbidden for this memory area (VmFlags nh: ...)". */
static const char *as_clause(const struct why_reason *reason, struct arena *arena)
{
	size_t len = strlen(reason->text);
	char *text = arena_printf(arena, "%s", reason->text);

	if (len && text[len - 1] == '.')
		text[len - 1] = '\0';
	/* (A word in capitals stays one.) */
	if (!isupper((unsigned char)text[0]) || !isupper((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return arena_printf(arena, "%s (%s)", text, reason->fact);
}

const char *why_refusal(const struct why_facts *facts, struct arena *arena)
{
	struct why_judge judge = {.facts = facts, .arena = arena};
	size_t i;

	start(&judge);
	check_huge(&judge);
	check_not_built(&judge);
	why_check_fit(&judge);
	why_check_pages(&judge);
	why_check_team(&judge);
	if (why_before(&judge, 6, 1))
		return "this kernel has no MADV_COLLAPSE, Linux 6.1 and later have";
	for (i = 0; i < judge.n; i++)
		if (judge.reasons[i].refused)
			return as_clause(&judge.reasons[i], arena);
	if (judge.doubt)
		return judge.doubt;
	/* file_thp_enabled (mm/huge_memory.c, 6.12) asks no more of a mapping that fits. */
	if (facts->vma->kind == VMA_FILE)
		return "of files on disk the kernel collapses those alone that nobody has open for writing, "
		       "and "
		       "only if it was built with CONFIG_READ_ONLY_THP_FOR_FS";
	return "nothing that can be seen from outside says why";
}

const char *why_no_page(const struct why_facts *facts, const struct page *page)
{
	const struct smaps *smaps = facts->vma->smaps;

	if (page && page->guard)
		return "there is a guard marker in its place (MADV_GUARD_INSTALL): whoever touches it is "
		       "killed "
		       "by SIGSEGV";
	if (!page && (smaps_has_flag(smaps, "um") || smaps_has_flag(smaps, "ui")))
		return "nothing is here, and userfaultfd watches this memory: its handler has to bring the "
		       "page, and "
		       "did not";
	return "";
}
