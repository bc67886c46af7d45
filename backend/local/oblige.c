/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trigger on a member of the specimen's family: what it is asked to do to its own memory. */
#include "local/oblige.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "target/target.h"

/* Younger than some C libraries (include/uapi/asm-generic/mman-common.h). */
#define ADVISE_POPULATE_WRITE 23
#define ADVISE_COLLAPSE 25

static const char no_hugetlb[] = "hugetlb pages are neither collapsed nor split";

struct oblige {
	struct family *family;
	struct member *member;
	const struct trigger *trigger;
	const struct vma *vma;
	uint64_t start, len; /* of the region */
	struct obliged *out;
	char *error;
	size_t size;
};

static int refuse(struct oblige *oblige, int err, const char *text)
{
	snprintf(oblige->error, oblige->size, "%s", text);
	return err;
}

/* The page that is worked on where one is enough. */
static uint64_t page_of(const struct oblige *oblige)
{
	const uint64_t page = oblige->family->page_size;

	return oblige->trigger->addr / page * page;
}

static struct specimen_request request(const struct oblige *oblige, enum specimen_op op, uint64_t addr,
				       uint64_t len)
{
	const bool anon = oblige->vma->kind == VMA_ANON || oblige->vma->kind == VMA_HEAP ||
			  oblige->vma->kind == VMA_STACK;

	return (struct specimen_request){.op = op,
					 .kind = anon ? SPECIMEN_ANON : SPECIMEN_SHMEM,
					 .addr = addr,
					 .len = len,
					 .align = oblige->family->pmd_size,
					 .page = oblige->family->page_size,
					 .fd = -1};
}

/* Its errno is an answer too. The first that was not 0 is kept. */
static int call(struct oblige *oblige, const struct specimen_request *request)
{
	const struct action action = {.kind = oblige->trigger->kind == TRIGGER_COLLAPSE ? ACTION_COLLAPSE
											: ACTION_SPLIT};
	struct specimen_reply reply;

	if (member_call(oblige->member, request, &reply, NULL)) {
		snprintf(oblige->error, oblige->size, "the specimen's process '%s' has died",
			 oblige->member->name);
		return -ESRCH;
	}
	if (reply.error && !oblige->out->error) {
		oblige->out->error = reply.error;
		family_explain(oblige->family, &action, &reply, oblige->out->reason,
			       sizeof(oblige->out->reason));
	}
	return 0;
}

static int advise(struct oblige *oblige, uint64_t addr, uint64_t len, int number, const char *how)
{
	struct specimen_request asked = request(oblige, SPECIMEN_ADVISE, addr, len);

	asked.number = number;
	oblige->out->how = how;
	return call(oblige, &asked);
}

/*
 * The VMA is split in two for a moment, and one page of a file faulted in meanwhile: the kernel just unmaps a file's PMD,
 * and would map it as before.
 */
static int protect(struct oblige *oblige)
{
	const char *perms = oblige->vma->perms;
	const int exec = perms[2] == 'x' ? PROT_EXEC : 0;
	const int own = (perms[0] == 'r' ? PROT_READ : 0) | (perms[1] == 'w' ? PROT_WRITE : 0) | exec;
	struct specimen_request set =
		request(oblige, SPECIMEN_PROTECT, page_of(oblige), oblige->family->page_size);
	struct specimen_request read = set;
	int err;

	oblige->out->how = "mprotect of one page, and back";
	set.number = own == (PROT_READ | exec) ? PROT_NONE : PROT_READ | exec;
	err = call(oblige, &set);
	if (err || oblige->out->error)
		return err;
	read.op = SPECIMEN_READ;
	if (set.kind != SPECIMEN_ANON && set.number)
		err = call(oblige, &read);
	set.number = own;
	return err ? err : call(oblige, &set);
}

static int split(struct oblige *oblige)
{
	const struct specimen_request asked = request(oblige, SPECIMEN_SPLIT, oblige->start, oblige->len);

	switch (oblige->trigger->way) {
	case TRIGGER_WAY_USUAL:
	case TRIGGER_WAY_ADVICE:
		oblige->out->way = TRIGGER_WAY_ADVICE;
		oblige->out->how = "madvise(MADV_DONTDUMP) of one page, then madvise(MADV_DODUMP)";
		return call(oblige, &asked);
	case TRIGGER_WAY_PROTECT:
		return protect(oblige);
	case TRIGGER_WAY_DEBUGFS:
	case TRIGGER_WAY_PUNCH:
	case TRIGGER_WAY_WRITE:
	case TRIGGER_WAY_POPULATE:
	case TRIGGER_WAY_COUNT:
		break;
	}
	return refuse(oblige, -ENOTSUP, "a mapping is split by advice or by mprotect");
}

/* The area with a file of its own that the page is in; NULL, with a sentence: there is none. */
static const struct area *area_of_file(struct oblige *oblige)
{
	const uint64_t addr = page_of(oblige);
	const struct area *area;
	size_t i;

	for (i = 0; i < oblige->member->n_areas; i++) {
		area = &oblige->member->areas[i];
		if (area->fd >= 0 && addr >= area->start && addr - area->start < area->len)
			return area;
	}
	refuse(oblige, -ENOTSUP,
	       "there is no file behind this memory: a hole in its file needs a shared file or memfd");
	return NULL;
}

static int punch(struct oblige *oblige)
{
	struct specimen_request asked =
		request(oblige, SPECIMEN_PUNCH, page_of(oblige), oblige->family->page_size);
	const struct area *area = area_of_file(oblige);

	if (!area)
		return -ENOTSUP;
	asked.fd = area->fd;
	asked.offset = asked.addr - area->start;
	oblige->out->how = "fallocate(FALLOC_FL_PUNCH_HOLE) of one page";
	return call(oblige, &asked);
}

static int split_folio(struct oblige *oblige)
{
	if (oblige->trigger->order > 0)
		return refuse(oblige, -ENOTSUP, "only debugfs splits into folios of a chosen order");
	switch (oblige->trigger->way) {
	case TRIGGER_WAY_USUAL:
	case TRIGGER_WAY_ADVICE:
		oblige->out->way = TRIGGER_WAY_ADVICE;
		return advise(oblige, page_of(oblige), oblige->family->page_size, 20 /* MADV_COLD */,
			      "madvise(MADV_COLD) of one page");
	case TRIGGER_WAY_PUNCH:
		return punch(oblige);
	case TRIGGER_WAY_DEBUGFS: /* the caller's */
	case TRIGGER_WAY_PROTECT:
	case TRIGGER_WAY_WRITE:
	case TRIGGER_WAY_POPULATE:
	case TRIGGER_WAY_COUNT:
		break;
	}
	return refuse(oblige, -ENOTSUP, "a folio is split through debugfs, by advice or by punching a hole");
}

static int refuse_cow(struct oblige *oblige)
{
	if (oblige->vma->perms[3] != 'p')
		return refuse(oblige, -EINVAL,
			      "this memory is shared on purpose: a write to it copies nothing");
	if (oblige->vma->perms[1] != 'w')
		return refuse(oblige, -EINVAL, "this memory cannot be written to");
	return 0;
}

static int cow(struct oblige *oblige)
{
	struct specimen_request asked =
		request(oblige, SPECIMEN_WRITE, page_of(oblige), oblige->family->page_size);
	int err = refuse_cow(oblige);

	if (err)
		return err;
	switch (oblige->trigger->way) {
	case TRIGGER_WAY_USUAL:
	case TRIGGER_WAY_WRITE:
		oblige->out->way = TRIGGER_WAY_WRITE;
		oblige->out->how = "a write that adds 0 to a byte";
		return call(oblige, &asked);
	case TRIGGER_WAY_POPULATE:
		return advise(oblige, asked.addr, asked.len, ADVISE_POPULATE_WRITE,
			      "madvise(MADV_POPULATE_WRITE) of one page");
	case TRIGGER_WAY_ADVICE:
	case TRIGGER_WAY_PROTECT:
	case TRIGGER_WAY_DEBUGFS:
	case TRIGGER_WAY_PUNCH:
	case TRIGGER_WAY_COUNT:
		break;
	}
	return refuse(oblige, -ENOTSUP,
		      "copy-on-write is brought about by a write or by MADV_POPULATE_WRITE");
}

static bool was_called(const struct family *family, const char *name)
{
	size_t i;

	for (i = 0; i < family->n; i++)
		if (!strcmp(family->members[i].name, name))
			return true;
	return false;
}

/* child, child2, child3: the first name that nobody of the family has or had. */
static int bear(struct oblige *oblige)
{
	struct family *family = oblige->family;
	char name[NAME_MAX_LEN + 1] = "child";
	unsigned number = 1;
	int err;

	while (was_called(family, name))
		snprintf(name, sizeof(name), "child%u", ++number);
	oblige->out->how = "fork";
	err = family_fork(family, oblige->member, name, oblige->error, oblige->size);
	if (!err)
		oblige->out->child = family->members[family->n - 1].pid;
	return err;
}

struct member *family_member_of(struct family *family, pid_t pid)
{
	size_t i;

	for (i = 0; family && i < family->n; i++)
		if (family->members[i].pid == pid && family->members[i].socket >= 0)
			return &family->members[i];
	return NULL;
}

int family_trigger(struct family *family, const struct trigger *trigger, const struct vma *vma,
		   struct obliged *out, char *error, size_t size)
{
	const uint64_t slot = trigger->addr / family->pmd_size * family->pmd_size;
	struct oblige oblige = {.family = family,
				.member = family_member_of(family, trigger->pid),
				.trigger = trigger,
				.vma = vma,
				.out = out,
				.error = error,
				.size = size};

	*out = (struct obliged){.way = trigger->way, .how = ""};
	if (trigger->kind == TRIGGER_FORK)
		return bear(&oblige);
	if (vma->kind == VMA_HUGETLB && trigger->kind != TRIGGER_COW)
		return refuse(&oblige, -EINVAL, no_hugetlb);
	oblige.start = slot > vma->start ? slot : vma->start;
	oblige.len = (slot + family->pmd_size < vma->end ? slot + family->pmd_size : vma->end) - oblige.start;
	switch (trigger->kind) {
	case TRIGGER_COLLAPSE:
		return advise(&oblige, oblige.start, oblige.len, ADVISE_COLLAPSE, "madvise(MADV_COLLAPSE)");
	case TRIGGER_SPLIT:
		return split(&oblige);
	case TRIGGER_SPLIT_FOLIO:
		return split_folio(&oblige);
	case TRIGGER_COW:
		return cow(&oblige);
	case TRIGGER_FORK:
	case TRIGGER_KIND_COUNT:
		break;
	}
	return refuse(&oblige, -ENOTSUP, "a specimen cannot do that");
}

/* The way that is gone where any will do. */
static enum trigger_way way_of(const struct trigger *trigger)
{
	if (trigger->way != TRIGGER_WAY_USUAL)
		return trigger->way;
	if (trigger->kind == TRIGGER_COW)
		return TRIGGER_WAY_WRITE;
	if (trigger->kind == TRIGGER_SPLIT_FOLIO && (trigger->order > 0 || !target_no_debugfs()))
		return TRIGGER_WAY_DEBUGFS;
	return TRIGGER_WAY_ADVICE;
}

static const char *call_of(const struct trigger *trigger)
{
	const enum trigger_way way = way_of(trigger);

	switch (trigger->kind) {
	case TRIGGER_COLLAPSE:
		return "calls madvise(MADV_COLLAPSE) on the region";
	case TRIGGER_SPLIT:
		return way == TRIGGER_WAY_PROTECT
			       ? "calls mprotect on one page to take a right away, and again to give it back"
			       : "calls madvise(MADV_DONTDUMP) on one page, then madvise(MADV_DODUMP)";
	case TRIGGER_SPLIT_FOLIO:
		return way == TRIGGER_WAY_DEBUGFS ? "has its region written to debugfs split_huge_pages"
		       : way == TRIGGER_WAY_PUNCH
			       ? "calls fallocate(FALLOC_FL_PUNCH_HOLE): one page of its file is lost"
			       : "calls madvise(MADV_COLD) on one page; what others map too stays whole";
	case TRIGGER_COW:
		return way == TRIGGER_WAY_POPULATE
			       ? "calls madvise(MADV_POPULATE_WRITE) on the page; no byte changes"
			       : "adds 0 to the first byte of the page";
	case TRIGGER_FORK:
		return "calls fork";
	case TRIGGER_KIND_COUNT:
		break;
	}
	return "";
}

/* Whether a way leads anywhere, by what is there now. */
static int refuse_split(struct oblige *oblige, const struct region *region)
{
	const enum trigger_way way = way_of(oblige->trigger);
	const char *missing = way == TRIGGER_WAY_DEBUGFS ? target_no_debugfs() : NULL;

	if (oblige->trigger->kind == TRIGGER_SPLIT) {
		if (!region || (region->mapping != MAPPING_PMD && region->mapping != MAPPING_UNKNOWN))
			return refuse(oblige, -EINVAL, "it is not mapped by PMD: there is nothing to split");
		return 0;
	}
	if (missing)
		return refuse(oblige, -ENOTSUP, missing);
	if (way == TRIGGER_WAY_PUNCH && !area_of_file(oblige))
		return -ENOTSUP;
	if (region && region->backing == BACKING_TEAM && way != TRIGGER_WAY_PUNCH)
		return refuse(oblige, -EINVAL,
			      "a team is no folio: its pages are small ones already; only its mapping can be "
			      "split, or "
			      "the team disbanded by a hole in its file");
	if (!region || region->backing == BACKING_SMALL || region->backing == BACKING_ZERO ||
	    region->backing == BACKING_SWAP || region->backing == BACKING_NONE)
		return refuse(oblige, -EINVAL, "no large folio is here: there is nothing to split");
	return 0;
}

int family_plan(struct family *family, struct member *member, const struct trigger *trigger,
		const struct vma *vma, const struct region *region, struct buf *text, char *error,
		size_t size)
{
	struct oblige oblige = {.family = family,
				.member = member,
				.trigger = trigger,
				.vma = vma,
				.error = error,
				.size = size};
	int err = 0;

	/* A fork is of all VMAs, and has none. */
	if (trigger->kind != TRIGGER_COW && trigger->kind != TRIGGER_FORK && vma->kind == VMA_HUGETLB)
		return refuse(&oblige, -EINVAL, no_hugetlb);
	if (trigger->kind == TRIGGER_COW)
		err = refuse_cow(&oblige);
	else if (trigger->kind == TRIGGER_SPLIT || trigger->kind == TRIGGER_SPLIT_FOLIO)
		err = refuse_split(&oblige, region);
	if (!err)
		buf_printf(text, "%s (%d) %s.\n", oblige.member->name, (int)trigger->pid, call_of(trigger));
	return err;
}
