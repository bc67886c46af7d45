/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the judgement why share; nobody else includes this. */
#ifndef CORE_WHY_PARTS_H
#define CORE_WHY_PARTS_H

#include "core/system.h"
#include "core/why.h"

#define WHY_MOST 48 /* reasons; there are fewer checks */

/* What the knobs say of huge pages here, for a fault and khugepaged. */
enum why_policy {
	WHY_POLICY_UNKNOWN,
	WHY_POLICY_NO,
	WHY_POLICY_YES,
};

/* One judgement under way. */
struct why_judge {
	const struct why_facts *facts;
	struct arena *arena;
	uint64_t start, end; /* the region: the slot, as far as the VMA covers it */
	uint64_t pages;	     /* of a whole slot */
	uint64_t missing;    /* of them, without memory of one's own: never touched, or the zero page */
	uint64_t release;    /* major << 16 | minor; 0: not known */
	enum why_policy policy;
	bool refused;	   /* by a reason found so far */
	bool size_refuses; /* a request for it heeds the knob of this size, which says no */
	/*
	 * What a request would do cannot be told: no remedy names it. What its refusal means then, as the end of a sentence;
	 * NULL: it can.
	 */
	const char *doubt;
	struct why_reason reasons[WHY_MOST];
	size_t n;
	const char *unknown[WHY_MOST];
	size_t n_unknown;
};

/* Whether the kernel is known to be older than that. */
static inline bool why_before(const struct why_judge *judge, unsigned major, unsigned minor)
{
	return judge->release && judge->release < SYSTEM_RELEASE(major, minor);
}

/* Adds a reason whose fact is printed; text is a constant or in the arena. Returns it, with an empty remedy. */
struct why_reason *why_add(struct why_judge *judge, const char *id, enum why_weight weight, const char *text,
			   const char *fact, ...) __attribute__((format(printf, 5, 6)));

/* The same for one that the kernel refuses a request for. */
#define why_refuse(judge, id, text, ...)                                                                     \
	why_refused(judge, why_add(judge, id, WHY_DECISIVE, text, __VA_ARGS__))
struct why_reason *why_refused(struct why_judge *judge, struct why_reason *reason);

/* `remedy`, or a request, which nothing that khugepaged heeds stops; unless it would be refused. Of a constant or a text in the arena. */
const char *why_or_collapse(struct why_judge *judge, const char *remedy);

/*
 * `remedy`, which touches the memory or writes to it, behind the call that permits that where it is forbidden: else it
 * is answered by SIGSEGV. Of a constant or a text in the arena.
 */
const char *why_permitted(struct why_judge *judge, bool write, const char *remedy);

/* Adds a sentence about what could not be had; a constant or in the arena. */
void why_unknown(struct why_judge *judge, const char *text);

/* The value of a knob, or NULL. */
const char *why_knob(const struct why_judge *judge, const char *name);
/* A number; false: there is none. */
bool why_knob_number(const struct why_judge *judge, const char *name, uint64_t *value);

bool why_anon(const struct vma *vma);
bool why_private(const struct vma *vma);
/* Whether nothing of a file, or of shared memory, is mapped here: then nobody sees what it holds, and where it ends. */
bool why_unseen_file(const struct why_judge *judge);
/* Whether VmFlags has the flag; false also where they are not known. */
bool why_flag(const struct why_judge *judge, const char *flag);
/*
 * Whether a fault may yet make a file on disk huge here, whatever khugepaged and a request may: where the file system has
 * large folios, MADV_HUGEPAGE has it read in by whole huge pages (do_sync_mmap_readahead, mm/filemap.c, 5.18+), which no
 * knob concerns and THPeligible does not tell. Which file systems have them is not known here.
 */
bool why_read_huge(const struct why_judge *judge);

/*
 * Whether the kernel was built with transparent huge pages: 1, 0, or -1: not known. THP_enabled of status does not tell
 * (0 there too; task_thp_status, fs/proc/array.c), the knobs may not be readable, meminfo's line always is.
 */
int why_built(const struct why_judge *judge);
/* Whether the file is on a mount that has page teams (huge=team), by that mount or by the team that is there. */
bool why_teams(const struct why_judge *judge);
/* Whether a page team is behind it. */
static inline bool why_is_team(const struct why_judge *judge)
{
	return judge->facts->region && judge->facts->region->backing == BACKING_TEAM;
}

/* why_fit.c: what no way can change but another mapping or another call: the kernel refuses a request too. */
void why_check_fit(struct why_judge *judge);
void why_check_pages(struct why_judge *judge);
/* why_team.c: the same of page teams, which no knob concerns. */
void why_check_team(struct why_judge *judge);
/* why_policy.c: the knobs; sets judge->policy. Before all else: whether a request heeds one. */
void why_check_size_knob(struct why_judge *judge);
void why_check_policy(struct why_judge *judge);
/* why_limits.c: khugepaged's limits, memory, khugepaged itself; and what can only be suspected. */
void why_check_limits(struct why_judge *judge);
void why_check_backing(struct why_judge *judge);
void why_check_memory(struct why_judge *judge);
void why_check_khugepaged(struct why_judge *judge);
void why_check_suspected(struct why_judge *judge);

#endif
