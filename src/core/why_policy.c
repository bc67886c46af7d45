/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the knobs say: whether a fault and khugepaged may make a region huge. A request (MADV_COLLAPSE) asks none of
 * them but shmem_enabled's deny, and see why_check_size_knob. (thp_vma_allowable_orders, include/linux/huge_mm.h;
 * shmem_allowable_huge_orders, mm/shmem.c; 6.12. Documentation/admin-guide/mm/transhuge.rst.)
 */
#include <string.h>

#include "core/why_parts.h"

#define NO_THP "what the knobs say: they cannot be read (a kernel without transparent huge pages has none)"

/* The word that decides, and the knob that it is of. */
struct choice {
	const char *word, *knob;
	const char *also; /* "" or, for a fact, where it was inherited */
};

/* The knob of this size (6.8+ for anonymous memory, 6.12+ for shmem), unless it inherits from the one of all. */
static struct choice choose(struct why_judge *judge, const char *knob)
{
	const char *own, *all = why_knob(judge, knob);
	struct choice choice = {all, knob, ""};
	char *name = arena_printf(judge->arena, "hugepages-%llukB/%s",
				  (unsigned long long)judge->facts->pmd_size >> 10, knob);

	own = why_knob(judge, name);
	if (own && strcmp(own, "inherit"))
		return (struct choice){own, name, ""};
	if (own)
		choice.also = arena_printf(judge->arena, ", %s inherit", name);
	return choice;
}

/* What is said of a kind of memory. */
struct wording {
	const char *off, *not_requested; /* ids */
	const char *of;
	const char *words;	  /* that switch it on */
	const char *nobody, *who; /* makes one, or makes them */
};
#define ALL "no fault and no khugepaged makes one", "the kernel"
static const struct wording of_anon = {"thp-off", "thp-not-requested", "anonymous memory",
				       "'madvise' or 'always'", ALL};
/* (A fault asks nobody: why_read_huge.) */
static const struct wording of_file = {
	"thp-off",   "thp-not-requested", "files", "'madvise' or 'always'", "khugepaged makes none",
	"khugepaged"};
static const struct wording of_shmem = {"shmem-off", "shmem-not-requested", "shared memory",
					"'advise' or 'always'", ALL};

/* Whether it is known that madvise(MADV_HUGEPAGE) was called or not; 1, 0, or -1. */
static int requested(const struct why_judge *judge)
{
	const struct smaps *smaps = judge->facts->vma->smaps;

	return smaps && smaps->n_flags ? why_flag(judge, "hg") : -1;
}

/* "always", "madvise" (of shmem "advise"), "never", "within_size". */
static void judge_choice(struct why_judge *judge, const struct choice *choice, const struct wording *wording)
{
	const bool on_request = !strcmp(choice->word, "madvise") || !strcmp(choice->word, "advise");
	const enum why_weight weight = why_read_huge(judge) ? WHY_HINDERS : WHY_DECISIVE;
	struct why_reason *reason;

	judge->policy = WHY_POLICY_NO;
	if (!strcmp(choice->word, "never")) {
		reason = why_add(judge, wording->off, weight,
				 arena_printf(judge->arena, "Huge pages are off for %s: %s.", wording->of,
					      wording->nobody),
				 "%s never%s", choice->knob, choice->also);
		reason->remedy = why_or_collapse(
			judge, arena_printf(judge->arena, "%s in /sys/kernel/mm/transparent_hugepage/%s",
					    wording->words, choice->knob));
	} else if (on_request && why_flag(judge, "nh")) {
		/* That it was forbidden says it already. */
	} else if (on_request && requested(judge) == 0) {
		reason = why_add(judge, wording->not_requested, weight,
				 arena_printf(judge->arena,
					      "Of %s %s makes huge pages on request alone, and nobody "
					      "asked for them here.",
					      wording->of, wording->who),
				 "%s %s%s, no VmFlags hg", choice->knob, choice->word, choice->also);
		reason->remedy = why_or_collapse(judge, "madvise(MADV_HUGEPAGE) by the process itself");
	} else if (on_request && requested(judge) < 0) {
		judge->policy = WHY_POLICY_UNKNOWN;
	} else {
		judge->policy = WHY_POLICY_YES;
	}
}

/* tmpfs goes by its mount, whatever shmem_enabled says short of deny and force. */
static void check_mount(struct why_judge *judge)
{
	const char *word = judge->facts->mount;

	if (!word)
		return;
	judge->policy = WHY_POLICY_NO;
	if (!strcmp(word, "never"))
		why_add(judge, "tmpfs-off", WHY_DECISIVE,
			"The tmpfs that the file is on makes no huge pages.",
			"mounted with huge=never, which is the default")
			->remedy = why_or_collapse(judge, "mount -o remount,huge=advise (or always)");
	else if (!strcmp(word, "advise") && requested(judge) == 0)
		why_add(judge, "tmpfs-not-requested", WHY_DECISIVE,
			"The tmpfs that the file is on makes huge pages on request alone, and nobody asked "
			"for them here.",
			"mounted with huge=advise, no VmFlags hg")
			->remedy = why_or_collapse(judge, "madvise(MADV_HUGEPAGE) by the process itself");
	else if (!strcmp(word, "advise") && requested(judge) < 0)
		judge->policy = WHY_POLICY_UNKNOWN;
	else
		judge->policy = WHY_POLICY_YES;
}

static void check_within_size(struct why_judge *judge, const char *word, const char *where)
{
	/* Once somebody asked, the file's length does not matter (shmem_huge_global_enabled falls through). */
	if (strcmp(word, "within_size") || judge->policy != WHY_POLICY_YES || requested(judge) == 1)
		return;
	why_add(judge, "within-size", WHY_SUSPECTED,
		"The file may end inside of this huge page: then it is made on request alone.",
		"%s within_size; how long the file is cannot be seen here", where)
		->remedy = why_or_collapse(judge, "ftruncate to a multiple of the huge page size");
}

/*
 * Shared memory that has no name in a tmpfs that somebody mounted, of mmap, shmget and memfd_create: it goes by the
 * knobs. So the kernel judges whatever had no link when it was mapped (shmem_mmap).
 */
static bool anonymous_shmem(const struct vma *vma)
{
	static const char *const names[] = {"/memfd:", "/SYSV", "/dev/zero", "[anon_shmem"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(vma->name, names[i], strlen(names[i])))
			return true;
	return !*vma->name;
}

static void check_tmpfs(struct why_judge *judge)
{
	check_mount(judge);
	check_within_size(judge, judge->facts->mount ? judge->facts->mount : "", "mounted with huge=");
}

static void check_anonymous(struct why_judge *judge, const struct choice *choice)
{
	const size_t first = judge->n;

	judge_choice(judge, choice, &of_shmem);
	if (judge->size_refuses && judge->n > first)
		why_refused(judge, &judge->reasons[first]);
	check_within_size(judge, choice->word, choice->knob);
}

/* Says of the reasons from `from` to `to` under which condition they hold. */
static void only_if(struct why_judge *judge, size_t from, size_t to, bool certain, const char *condition)
{
	struct why_reason *reason;

	for (reason = judge->reasons + from; reason < judge->reasons + to; reason++) {
		reason->fact = arena_printf(judge->arena, "%s; %s", reason->fact, condition);
		if (!certain)
			reason->weight = WHY_SUSPECTED;
	}
}

/*
 * A file that was unlinked: before it was mapped, and it goes by the knob of this size, or after that, and it goes by its
 * mount. Nothing shows which. Where the knob inherits it is the mount's affair anyway, for it does so from the file's
 * own superblock (shmem_huge_global_enabled).
 */
static void check_unlinked(struct why_judge *judge, const struct choice *choice)
{
	const struct smaps *smaps = judge->facts->vma->smaps;
	const size_t first = judge->n;
	enum why_policy anonymous;
	size_t second;
	bool certain;

	if (!judge->facts->mount) {
		why_unknown(judge,
			    "by what shared memory of an unlinked file goes: the tmpfs that it was on is "
			    "not among the mounts that the process sees");
		return;
	}
	if (*choice->also || !strcmp(choice->knob, "shmem_enabled")) {
		check_tmpfs(judge);
		return;
	}
	check_anonymous(judge, choice);
	anonymous = judge->policy;
	second = judge->n;
	check_tmpfs(judge);
	certain = anonymous == WHY_POLICY_NO && judge->policy == WHY_POLICY_NO;
	only_if(judge, first, second, certain, "if the file was unlinked before it was mapped");
	only_if(judge, second, judge->n, certain, "if the file was unlinked after it was mapped");
	if (anonymous == judge->policy)
		return;
	if (smaps && smaps->thp_eligible == 1 &&
	    (anonymous == WHY_POLICY_YES || judge->policy == WHY_POLICY_YES))
		judge->policy = WHY_POLICY_YES;
	else
		judge->policy = WHY_POLICY_UNKNOWN;
}

/*
 * force: of a mounted tmpfs whatever its mount says; of anonymous memory only where the knob of this size inherits it,
 * and no other word of that counts (shmem_allowable_huge_orders).
 */
static void check_force(struct why_judge *judge, const struct choice *choice)
{
	const struct vma *vma = judge->facts->vma;
	const bool certain = anonymous_shmem(vma);
	const size_t first = judge->n;

	judge->policy = WHY_POLICY_YES;
	if ((!certain && !vma->deleted) || *choice->also || !strcmp(choice->knob, "shmem_enabled"))
		return;
	why_add(judge, "shmem-off", WHY_DECISIVE,
		"Huge pages are off for shared memory: under 'force' those sizes alone are on that inherit "
		"it.",
		"shmem_enabled force, %s %s", choice->knob, choice->word)
		->remedy = why_or_collapse(
		judge, arena_printf(judge->arena, "'inherit' in /sys/kernel/mm/transparent_hugepage/%s",
				    choice->knob));
	judge->policy = certain ? WHY_POLICY_NO : WHY_POLICY_UNKNOWN;
	if (judge->size_refuses)
		why_refused(judge, &judge->reasons[first]);
	if (!certain)
		only_if(judge, first, judge->n, false, "if the file was unlinked before it was mapped");
}

/*
 * Of anonymous shared memory a request asked no knob but deny up to 6.12 (shmem_allowable_huge_orders with
 * shmem_huge_force); 6.18 says EINVAL where that of this size says no (tried). Which release in between began is not
 * known here.
 */
void why_check_size_knob(struct why_judge *judge)
{
	const struct vma *vma = judge->facts->vma;
	const char *all = why_knob(judge, "shmem_enabled");
	const struct choice choice = choose(judge, "shmem_enabled");

	if (vma->kind != VMA_SHMEM || !all || !judge->release || why_before(judge, 6, 13) ||
	    (!anonymous_shmem(vma) && !vma->deleted) || why_teams(judge))
		return;
	/* Inherited, or none of its own; or it says yes. */
	if (*choice.also || !strcmp(choice.knob, "shmem_enabled") ||
	    (strcmp(all, "force") && (!strcmp(choice.word, "always") || requested(judge) == 1) &&
	     strcmp(choice.word, "never")))
		return;
	judge->doubt =
		"the knob of this size says no (hugepages-*/shmem_enabled), which Linux 6.18 heeds for "
		"shared memory also where somebody asks";
	judge->size_refuses = !why_before(judge, 6, 18) && anonymous_shmem(vma) &&
			      (!strcmp(all, "force") || !strcmp(choice.word, "never") ||
			       (!strcmp(choice.word, "advise") && requested(judge) == 0));
}

static void check_shmem(struct why_judge *judge)
{
	const char *all = why_knob(judge, "shmem_enabled");
	const struct vma *vma = judge->facts->vma;
	struct choice choice = choose(judge, "shmem_enabled");

	/* Nothing but the mount has a say, and khugepaged none. */
	if (why_teams(judge)) {
		judge->policy = WHY_POLICY_NO;
		return;
	}
	if (!all) {
		why_unknown(judge, NO_THP);
		return;
	}
	if (!strcmp(all, "deny")) {
		judge->policy = WHY_POLICY_NO;
	} else if (!strcmp(all, "force")) {
		check_force(judge, &choice);
	} else if (anonymous_shmem(vma)) {
		check_anonymous(judge, &choice);
	} else if (vma->deleted) {
		check_unlinked(judge, &choice);
	} else {
		check_tmpfs(judge);
	}
}

static void check_anon_or_file(struct why_judge *judge)
{
	const bool anon = why_anon(judge->facts->vma);
	struct choice choice = choose(judge, "enabled");

	/* Files go by the knob of all sizes (vma_file_allow_thp_tuneables). */
	if (!anon)
		choice = (struct choice){why_knob(judge, "enabled"), "enabled", ""};
	if (!choice.word) {
		why_unknown(judge, NO_THP);
		return;
	}
	judge_choice(judge, &choice, anon ? &of_anon : &of_file);
}

/*
 * What smaps says is the kernel's own answer, but of any size of folio since 6.8: 0 is an answer, 1 is one only where
 * nothing else was found. Of a file on disk it is khugepaged's alone (vma_can_map_huge_file). What the policy suspects,
 * from `first` on, may be what it goes by, and may not: a process's own settings make it 0 as well.
 */
static void check_eligible(struct why_judge *judge, size_t first)
{
	const struct vma *vma = judge->facts->vma;
	const int eligible = vma->smaps ? vma->smaps->thp_eligible : -1;
	const char *perhaps = "";
	bool suspected = false;

	if (eligible != 0 || judge->policy == WHY_POLICY_NO || judge->refused)
		return;
	judge->policy = WHY_POLICY_NO;
	for (; first < judge->n; first++)
		suspected |= judge->reasons[first].weight == WHY_SUSPECTED;
	if (vma->kind == VMA_FILE)
		perhaps = "perhaps it was built without CONFIG_READ_ONLY_THP_FOR_FS, or the file is open for "
			  "writing";
	else if (vma->kind == VMA_SHMEM)
		perhaps = "perhaps the file ends before the huge page would";
	else if (!why_before(judge, 6, 18) && !why_flag(judge, "hg"))
		perhaps = "perhaps PR_SET_THP_DISABLE with PR_THP_DISABLE_EXCEPT_ADVISED (Linux 6.18), which "
			  "no file shows";
	why_add(judge, "not-eligible", why_read_huge(judge) ? WHY_HINDERS : WHY_DECISIVE,
		vma->kind == VMA_FILE
			? "The kernel says that khugepaged may not make this memory area huge; no file says "
			  "why."
		: suspected
			? "The kernel says that this memory area may not have huge pages; what is suspected "
			  "of it may be why."
			: "The kernel says that this memory area may not have huge pages; no file says why.",
		"THPeligible 0 in smaps%s%s", *perhaps ? "; " : "", perhaps)
		->remedy =
		why_or_collapse(judge, why_anon(vma) ? "madvise(MADV_HUGEPAGE) by the process itself" : "");
	/* A file that may not even be asked for is not promised. */
	if (vma->kind == VMA_FILE)
		judge->reasons[judge->n - 1].remedy =
			"thpscope why --ask has the kernel say whether a collapse "
			"works nevertheless";
}

void why_check_policy(struct why_judge *judge)
{
	const size_t first = judge->n;

	switch (judge->facts->vma->kind) {
	case VMA_ANON:
	case VMA_HEAP:
	case VMA_STACK:
	case VMA_FILE:
		check_anon_or_file(judge);
		break;
	case VMA_SHMEM:
		check_shmem(judge);
		break;
	case VMA_HUGETLB:
	case VMA_DEVICE:
	case VMA_SPECIAL:
	case VMA_KIND_COUNT:
		return;
	}
	check_eligible(judge, first);
}
