/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An action of a script, as requests to the member of the family that it is for. */
#include "local/act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* The kernel's numbers (include/uapi/asm-generic/mman-common.h), also those younger than some C libraries. */
int act_advice(enum advice advice)
{
	switch (advice) {
	case ADVICE_NONE:
	case ADVICE_COUNT:
		break;
	case ADVICE_NORMAL:
		return MADV_NORMAL;
	case ADVICE_RANDOM:
		return MADV_RANDOM;
	case ADVICE_SEQUENTIAL:
		return MADV_SEQUENTIAL;
	case ADVICE_WILLNEED:
		return MADV_WILLNEED;
	case ADVICE_HUGEPAGE:
		return MADV_HUGEPAGE;
	case ADVICE_NOHUGEPAGE:
		return MADV_NOHUGEPAGE;
	case ADVICE_COLD:
		return 20;
	case ADVICE_PAGEOUT:
		return 21;
	case ADVICE_FREE:
		return MADV_FREE;
	case ADVICE_MERGEABLE:
		return MADV_MERGEABLE;
	case ADVICE_UNMERGEABLE:
		return MADV_UNMERGEABLE;
	case ADVICE_DONTFORK:
		return MADV_DONTFORK;
	case ADVICE_DOFORK:
		return MADV_DOFORK;
	case ADVICE_WIPEONFORK:
		return MADV_WIPEONFORK;
	case ADVICE_KEEPONFORK:
		return MADV_KEEPONFORK;
	case ADVICE_POPULATE_READ:
		return 22;
	case ADVICE_POPULATE_WRITE:
		return 23;
	case ADVICE_GUARD_INSTALL:
		return 102;
	case ADVICE_GUARD_REMOVE:
		return 103;
	}
	return -1;
}

#define ADVISE_COLLAPSE 25

int act_refuse(struct act *act, int err, const char *text)
{
	snprintf(act->error, act->size, "%s", text);
	return err;
}

int act_call(struct act *act, const struct specimen_request *request)
{
	if (member_call(act->member, request, &act->reply, NULL)) {
		snprintf(act->error, act->size, "the specimen's process '%s' has died", act->member->name);
		return -EIO;
	}
	if (!act->reply.error)
		return 0;
	family_explain(act->family, act->action, &act->reply, act->error, act->size);
	return -act->reply.error;
}

/* A request about the place of the target, to be completed. */
static struct specimen_request about_place(const struct act *act, enum specimen_op op)
{
	return (struct specimen_request){.op = op,
					 .kind = act->area->kind == MAP_KIND_ANON ? SPECIMEN_ANON
										  : SPECIMEN_SHMEM,
					 .addr = act->place.start,
					 .len = act->place.len,
					 .align = act->family->pmd_size,
					 .page = act->family->page_size,
					 .fd = -1};
}

static int do_access(struct act *act, enum specimen_op op, uint8_t number)
{
	struct specimen_request request = about_place(act, op);

	request.number = number;
	return act_call(act, &request);
}

static int do_walk(struct act *act)
{
	struct specimen_request request = about_place(act, SPECIMEN_WALK);

	request.to = act->action->ns;
	return act_call(act, &request);
}

int act_advise(struct act *act, int number)
{
	struct specimen_request request = about_place(act, SPECIMEN_ADVISE);

	request.number = number;
	return act_call(act, &request);
}

static int do_protect(struct act *act)
{
	static const int bits[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
	struct specimen_request request = about_place(act, SPECIMEN_PROTECT);

	_Static_assert(sizeof(bits) / sizeof(bits[0]) == PROTECTION_COUNT, "bits for each protection");
	request.number = bits[act->action->protection];
	return act_call(act, &request);
}

/* The mapping of every region that the target touches, each as far as it is in the area. */
static int do_split(struct act *act)
{
	const uint64_t slot = act->family->pmd_size;
	struct specimen_request request = about_place(act, SPECIMEN_SPLIT);
	uint64_t start = act->place.start / slot * slot;
	uint64_t end = (act->place.start + act->place.len + slot - 1) / slot * slot;

	if (act->area->kind == MAP_KIND_HUGETLB)
		return act_refuse(act, -EINVAL, "hugetlb pages cannot be split");
	if (start < act->area->start)
		start = act->area->start;
	if (end > act->area->start + act->area->len)
		end = act->area->start + act->area->len;
	request.addr = start;
	request.len = end - start;
	return act_call(act, &request);
}

static int do_punch(struct act *act)
{
	struct specimen_request request = about_place(act, SPECIMEN_PUNCH);

	if (act->area->fd < 0)
		return act_refuse(act, -EINVAL,
				  "there is no file behind this memory to punch; 'discard' drops it");
	request.fd = act->area->fd;
	request.offset = act->place.start - act->area->start;
	return act_call(act, &request);
}

static int do_truncate(struct act *act)
{
	const struct specimen_request request = {
		.op = SPECIMEN_TRUNCATE, .fd = act->area->fd, .len = act->action->bytes};

	if (act->area->fd < 0)
		return act_refuse(act, -EINVAL, "there is no file behind this memory to truncate");
	return act_call(act, &request);
}

static int do_unmap(struct act *act)
{
	struct specimen_request request = about_place(act, SPECIMEN_UNMAP);
	bool whole = act->place.len == act->area->len;
	int err;

	if (whole)
		request.fd = act->area->fd;
	err = act_call(act, &request);
	if (!err && whole)
		*act->area = act->member->areas[--act->member->n_areas];
	return err;
}

static int do_move(struct act *act)
{
	struct specimen_request request = about_place(act, SPECIMEN_MOVE);
	const uint64_t by = act->action->bytes;
	int err;

	if (by % act->family->page_size || by >= act->area->align)
		return act_refuse(act, -EINVAL, "expected less than a region, in whole pages, to move by");
	request.align = act->area->align;
	request.skew = by;
	request.to = act_find_place(act->family, request.len, request.align, by);
	err = act_call(act, &request);
	if (!err)
		act->area->start = act->reply.addr;
	return err;
}

/* What the kernel does in whole pages is asked for in whole pages; an access may be anywhere. */
static int check_pages(struct act *act)
{
	const uint64_t page = act->family->page_size;

	if (!(act->place.start % page) && !(act->place.len % page))
		return 0;
	snprintf(act->error, act->size, "offset and length have to be multiples of the page size, %llu bytes",
		 (unsigned long long)page);
	return -EINVAL;
}

static int on_place(struct act *act)
{
	switch (act->action->kind) {
	case ACTION_UNMAP:
		return do_unmap(act);
	case ACTION_TOUCH:
		return do_access(act, SPECIMEN_TOUCH, 1);
	case ACTION_READ:
		return do_access(act, SPECIMEN_READ, 0);
	case ACTION_WRITE:
		return do_access(act, SPECIMEN_WRITE, 1);
	case ACTION_STORE:
		return do_access(act, SPECIMEN_TOUCH, act->action->value);
	case ACTION_WALK:
		return do_walk(act);
	case ACTION_USE:
		return do_access(act, SPECIMEN_USE, 0);
	case ACTION_REST:
		return do_access(act, SPECIMEN_REST, 0);
	case ACTION_COLLAPSE:
		return act_advise(act, ADVISE_COLLAPSE);
	case ACTION_SPLIT:
		return do_split(act);
	case ACTION_SPLIT_FOLIO:
		return do_access(act, SPECIMEN_SPLIT_FOLIO, 0);
	case ACTION_ADVISE:
		return act_advise(act, act_advice(act->action->advice));
	case ACTION_PROTECT:
		return do_protect(act);
	case ACTION_MOVE:
		return do_move(act);
	case ACTION_DISCARD:
		return act_advise(act, MADV_DONTNEED);
	case ACTION_PUNCH:
		return do_punch(act);
	case ACTION_TRUNCATE:
		return do_truncate(act);
	case ACTION_MAP:
	case ACTION_FORK:
	case ACTION_EXIT:
	case ACTION_HOLD:
	case ACTION_PIN:
	case ACTION_REFERENCE:
	case ACTION_RELEASE:
	case ACTION_DEVICE:
	case ACTION_UPROBE:
	case ACTION_UFFD:
	case ACTION_UFFD_WP:
	case ACTION_UFFD_COPY:
	case ACTION_KHUGEPAGED:
	case ACTION_SET:
	case ACTION_TITLE:
	case ACTION_SAY:
	case ACTION_ASK:
	case ACTION_EXPECT:
	case ACTION_REQUIRE:
	case ACTION_WAIT:
	case ACTION_TASK:
	case ACTION_SCHEDULE:
	case ACTION_FINISH:
	case ACTION_ON:
	case ACTION_ORDER:
	case ACTION_WITHOUT:
	case ACTION_KIND_COUNT:
		break;
	}
	return act_refuse(act, -ENOTSUP, "a specimen cannot do that");
}

/* Why a running kernel does not do it, or NULL. */
static const char *refusal(enum action_kind kind)
{
	static const char *const refusals[ACTION_KIND_COUNT] = {
		[ACTION_PIN] = "pins are the model's; see --model",
		[ACTION_REFERENCE] = "page references are the model's; see --model",
		[ACTION_DEVICE] = "devices are the model's; see --model",
		[ACTION_UPROBE] = "uprobes are the model's; see --model",
		[ACTION_UFFD] = "userfaultfd is the model's; see --model",
		[ACTION_UFFD_WP] = "userfaultfd is the model's; see --model",
		[ACTION_UFFD_COPY] = "userfaultfd is the model's; see --model",
		[ACTION_SET] =
			"a script changes no knob of the machine; see --model for one whose knobs it may",
	};

	return refusals[kind];
}

int family_act(struct family *family, const struct action *action, char *error, size_t size)
{
	struct act act = {.family = family, .action = action, .error = error, .size = size};
	bool access =
		action->kind == ACTION_TOUCH || action->kind == ACTION_READ || action->kind == ACTION_WRITE;
	int err = 0;

	if (refusal(action->kind))
		return act_refuse(&act, -ENOTSUP, refusal(action->kind));
	act.member = family_member(family, action->target.process, &err, error, size);
	if (!act.member)
		return err;
	if (action->kind == ACTION_MAP)
		return act_map(&act);
	if (action->kind == ACTION_FORK)
		return family_fork(family, act.member, action->name, error, size);
	if (action->kind == ACTION_EXIT && act.member == family->members)
		return act_refuse(&act, -EINVAL, "main ends with the script; only a child can exit");
	if (action->kind == ACTION_EXIT)
		return family_exit(act.member, error, size);
	if (!*action->target.area)
		return act_refuse(&act, -ENOTSUP, "a specimen cannot do that");
	err = family_locate(family, &action->target, &act.place, error, size);
	if (err)
		return err;
	act.area = &act.member->areas[member_area(act.member, action->target.area)];
	err = access ? 0 : check_pages(&act);
	return err ? err : on_place(&act);
}
