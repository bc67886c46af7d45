/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script's actions become tasks: what they name is looked up, what makes no sense is refused, the rest is one function. */
#include "model/act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What one area may have: far more than there is memory for, and not more than all of it can be looked at. */
#define MAP_MOST (UINT64_C(1) << 30)

/* An action under way to its task. */
struct begin {
	struct world *world;
	const struct action *action;
	const char *name;
	uint32_t mm, area, file;
	uint64_t start, end; /* of the target */
	uint32_t task;
	char *error;
	size_t size;
};

static int refuse(struct begin *begin, int err, const char *text)
{
	snprintf(begin->error, begin->size, "%s", text);
	return err;
}

static int start(struct begin *begin, const struct function *function, const void *locals, size_t size)
{
	begin->task = task_begin(begin->world, begin->name, begin->mm, function, locals, size);
	if (!begin->task)
		return refuse(begin, -EAGAIN, "there are as many tasks as the model has room for");
	return 0;
}

#define START(function, ...)                                                                                 \
	({                                                                                                   \
		struct function locals_ = {__VA_ARGS__};                                                     \
                                                                                                             \
		CLEAR_PADDING(&locals_);                                                                     \
		start(begin, &function, &locals_, LOCALS_SIZE(function));                                    \
	})

static int lacks(struct begin *begin, const char *what)
{
	snprintf(begin->error, begin->size, "%s has no %s", begin->world->rules.name, what);
	return -ENOTSUP;
}

/* A call that begins with a file open, in `size` bytes of locals: it stays, whoever unmaps it before it is made. */
static int start_open(struct begin *begin, const struct function *function, const void *locals, size_t size,
		      uint32_t file)
{
	int err = start(begin, function, locals, size);

	if (!err)
		begin->world->files[file].users++;
	return err;
}

/* Where the file of `map ... of OTHER` is. */
static int find_other(struct begin *begin)
{
	const struct action *action = begin->action;
	uint32_t mm, area;
	int err;

	if (!*action->map.of.area)
		return 0;
	err = action_area(begin->world, &action->map.of, &mm, &area, begin->error, begin->size);
	if (err)
		return err;
	if (!map_kind_fits(action->map.kind, (enum map_kind)begin->world->areas[area].kind)) {
		snprintf(begin->error, begin->size, "the file of %s cannot be mapped as %s",
			 action->map.of.area, map_kind_name(action->map.kind));
		return -EINVAL;
	}
	begin->file = begin->world->areas[area].file;
	return 0;
}

/* What runs out has a name: the call's errno would not say. */
static int check_room(struct begin *begin)
{
	const struct world *world = begin->world;
	const bool makes = begin->action->map.kind != MAP_KIND_ANON && !begin->file;
	uint32_t areas = 0, vmas = 0, files = 0;

	for (uint32_t at = 1; at < world->extent.areas; at++)
		areas += !world->areas[at].used;
	for (uint32_t at = 1; at < world->extent.vmas; at++)
		vmas += !world->vmas[at].used;
	for (uint32_t at = 1; at < world->extent.files; at++)
		files += !world->files[at].used;
	if (!areas || !vmas)
		return refuse(begin, -ENOMEM,
			      areas ? "the model has no VMA left" : "the model has no name left for an area");
	if (makes && !files)
		return refuse(begin, -ENOMEM, "the model has no file left");
	if (makes && !file_room(world, begin->action->map.size >> PAGE_SHIFT))
		return refuse(begin, -ENOMEM, "the model's page cache has no room for a file of that size");
	return 0;
}

static int check_map(struct begin *begin)
{
	const struct action *action = begin->action;

	if (action->map.kind == MAP_KIND_HUGETLB)
		return refuse(begin, -ENOTSUP, "the model has no hugetlb pages: nothing in it would differ");
	if (action->map.kind == MAP_KIND_TEAM && begin->world->rules.teams == TEAM_NONE)
		return lacks(begin, "page teams");
	if (area_named(begin->world, begin->mm, action->target.area))
		return refuse(begin, -EEXIST, "an area of that name is there already");
	if (action->map.size > MAP_MOST)
		return refuse(begin, -ENOMEM,
			      "the model maps at most 1 GiB at a time; it has 64 MiB of memory");
	if (!action->map.size || action->map.size % PAGE_BYTES)
		return refuse(begin, -EINVAL, "the size is no multiple of the page size, 4096 bytes");
	if (action->map.skew % PAGE_BYTES || action->map.skew >= huge_bytes(begin->world))
		return refuse(begin, -EINVAL, "a skew is whole pages and less than a region");
	if (action->map.noreserve && action->map.kind != MAP_KIND_ANON)
		return refuse(begin, -EINVAL, "only anonymous memory can be reserved with noreserve");
	return find_other(begin);
}

static int begin_map(struct begin *begin)
{
	const struct action *action = begin->action;
	struct call_mmap call = {.kind = (uint8_t)action->map.kind,
				 .len = action->map.size,
				 .skew = action->map.skew,
				 .advice = action->map.advice,
				 .noreserve = action->map.noreserve};
	int err = check_map(begin);

	if (!err)
		err = check_room(begin);
	if (err)
		return err;
	call.mm = begin->mm;
	call.file = call.open = begin->file;
	memcpy(call.name, action->target.area, sizeof(call.name));
	return call.open ? start_open(begin, &call_mmap, &call, sizeof(call), call.open)
			 : start(begin, &call_mmap, &call, sizeof(call));
}

static int begin_fork(struct begin *begin)
{
	struct dup_mm fork = {.mm = begin->mm};

	if (mm_named(begin->world, begin->action->name))
		return refuse(begin, -EEXIST, "there is a process of that name already");
	memcpy(fork.name, begin->action->name, sizeof(fork.name));
	return start(begin, &dup_mm, &fork, sizeof(fork));
}

static int begin_exit(struct begin *begin)
{
	if (begin->mm == mm_named(begin->world, "main"))
		return refuse(begin, -EINVAL, "main ends with the script; only a child can exit");
	return START(exit_mm, .mm = begin->mm);
}

static int begin_hold(struct begin *begin)
{
	struct hold_mmap_lock hold = {
		.mm = begin->mm,
		.mode = begin->action->hold.mode == HOLD_READ ? LOCK_READ : LOCK_WRITE,
	};

	if (*begin->action->name && name_kept(begin->world, begin->action->name))
		return refuse(begin, -EEXIST, "something is held under that name already");
	memcpy(hold.name, begin->action->name, sizeof(hold.name));
	return start(begin, &hold_mmap_lock, &hold, sizeof(hold));
}

static int begin_release(struct begin *begin)
{
	struct call_release call;
	struct device_write write = {.value = begin->action->value};

	if (!name_kept(begin->world, begin->action->name)) {
		snprintf(begin->error, begin->size, "nothing is held under the name '%s'",
			 begin->action->name);
		return -ENOENT;
	}
	memcpy(call.name, begin->action->name, sizeof(call.name));
	memcpy(write.name, begin->action->name, sizeof(write.name));
	if (begin->action->kind == ACTION_RELEASE)
		return start(begin, &call_release, &call, sizeof(call));
	return start(begin, &device_write, &write, sizeof(write));
}

static int begin_pin(struct begin *begin)
{
	struct call_pin call = {.mm = begin->mm,
				.start = begin->start,
				.end = begin->end,
				.pin = begin->action->kind == ACTION_PIN};

	if (name_kept(begin->world, begin->action->name))
		return refuse(begin, -EEXIST, "something is held under that name already");
	memcpy(call.name, begin->action->name, sizeof(call.name));
	return start(begin, &call_pin, &call, sizeof(call));
}

static int begin_set(struct begin *begin)
{
	struct act_set set;
	int err = act_knob(begin->world, begin->action->set.knob, begin->action->set.value, &set.knobs,
			   begin->error, begin->size);

	return err ? err : start(begin, &act_set, &set, sizeof(set));
}

static int begin_access(struct begin *begin, bool write, bool store, uint32_t value)
{
	return START(act_access, .mm = begin->mm, .start = begin->start, .end = begin->end, .write = write,
		     .store = store, .value = value);
}

/* The regions that the target touches, each as far as it is in the area. */
static int begin_split(struct begin *begin)
{
	const struct area *area = &begin->world->areas[begin->area];
	uint64_t from = huge_start(begin->world, begin->start);
	uint64_t to = huge_start(begin->world, begin->end - 1) + huge_bytes(begin->world);

	from = from < area->start ? area->start : from;
	to = to > area->start + area->len ? area->start + area->len : to;
	if (begin->action->kind == ACTION_SPLIT_FOLIO)
		return START(act_split_folio, .mm = begin->mm, .start = from, .end = to);
	return START(act_split, .mm = begin->mm, .start = from, .end = to,
		     .file = area->kind != MAP_KIND_ANON);
}

static int begin_advise(struct begin *begin)
{
	static const enum advice left_out[] = {ADVICE_MERGEABLE, ADVICE_UNMERGEABLE, ADVICE_DONTFORK,
					       ADVICE_DOFORK,	 ADVICE_WIPEONFORK,  ADVICE_KEEPONFORK};

	for (size_t at = 0; at < sizeof(left_out) / sizeof(left_out[0]); at++) {
		if (begin->action->advice == left_out[at])
			return refuse(begin, -ENOTSUP, "the model knows no KSM, and fork copies all areas");
	}
	if (begin->world->rules.madv_guard &&
	    (begin->action->advice == ADVICE_GUARD_INSTALL || begin->action->advice == ADVICE_GUARD_REMOVE))
		return refuse(begin, -ENOTSUP,
			      "the model leaves guard regions out: no patch here is about them");
	return START(call_madvise, .mm = begin->mm, .start = begin->start, .end = begin->end,
		     .advice = begin->action->advice);
}

static int begin_move(struct begin *begin)
{
	const struct area *area = &begin->world->areas[begin->area];

	if (begin->action->bytes % PAGE_BYTES || begin->action->bytes >= huge_bytes(begin->world))
		return refuse(begin, -EINVAL, "expected less than a region, in whole pages, to move by");
	return START(call_mremap, .mm = begin->mm, .start = area->start, .end = area->start + area->len,
		     .by = begin->action->bytes);
}

static int begin_file(struct begin *begin)
{
	const struct area *area = &begin->world->areas[begin->area];
	const uint64_t first = (begin->start - area->start) >> PAGE_SHIFT;
	struct act_truncate call = {.file = area->file};

	if (!area->file)
		return refuse(begin, -EINVAL, "there is no file behind this memory; 'discard' drops it");
	if (begin->action->kind == ACTION_TRUNCATE) {
		if (begin->action->bytes % PAGE_BYTES)
			return refuse(begin, -EINVAL, "the size is no multiple of the page size, 4096 bytes");
		call.first = begin->action->bytes >> PAGE_SHIFT;
	} else {
		call.punch = true;
		call.first = first;
		call.end = first + ((begin->end - begin->start) >> PAGE_SHIFT);
	}
	return start_open(begin, &act_truncate, &call, sizeof(call), call.file);
}

static int begin_uffd(struct begin *begin)
{
	if (begin->action->kind == ACTION_UFFD)
		return START(uffd_register, .mm = begin->mm, .start = begin->start, .end = begin->end,
			     .wp = begin->action->uffd == UFFD_WP,
			     .missing = begin->action->uffd == UFFD_MISSING);
	if (begin->action->kind == ACTION_UFFD_WP)
		return START(uffd_writeprotect, .mm = begin->mm, .start = begin->start, .end = begin->end,
			     .off = begin->action->uffd == UFFD_OFF);
	return START(uffd_copy, .mm = begin->mm, .start = begin->start, .end = begin->end);
}

static int begin_unmap(struct begin *begin)
{
	const struct area *area = &begin->world->areas[begin->area];
	struct act_unmap call = {.mm = begin->mm, .start = begin->start, .end = begin->end};

	if (begin->start == area->start && begin->end == area->start + area->len)
		memcpy(call.area, area->name, sizeof(call.area));
	return start(begin, &act_unmap, &call, sizeof(call));
}

/* A thread of its own: that it looks at a process keeps nobody from ending it (seed 000). */
static int begin_khugepaged(struct begin *begin)
{
	struct khugepaged_scan_mm_slot call = {.mm = begin->mm};

	begin->mm = 0;
	return start(begin, &khugepaged_scan_mm_slot, &call, sizeof(call));
}

static int begin_collapse(struct begin *begin)
{
	if (!begin->world->rules.madv_collapse)
		return lacks(begin, "MADV_COLLAPSE (6.1+); 'khugepaged' lets the daemon pass by");
	return START(madvise_collapse, .mm = begin->mm, .start = begin->start, .end = begin->end);
}

static int begin_what(struct begin *begin)
{
	const struct action *action = begin->action;

	switch (action->kind) {
	case ACTION_MAP:
		return begin_map(begin);
	case ACTION_UNMAP:
		return begin_unmap(begin);
	case ACTION_TOUCH:
		return begin_access(begin, true, true, 1);
	case ACTION_READ:
		return begin_access(begin, false, false, 0);
	case ACTION_WRITE:
		return begin_access(begin, true, false, 0);
	case ACTION_STORE:
		return begin_access(begin, true, true, action->value);
	case ACTION_WALK:
		return refuse(begin, -ENOTSUP, "the model's processor has no TLB that loads could miss");
	case ACTION_USE:
	case ACTION_REST:
		return refuse(begin, -ENOTSUP,
			      "nothing goes on in a model by itself: 'read' is one use of the memory");
	case ACTION_COLLAPSE:
		return begin_collapse(begin);
	case ACTION_SPLIT:
	case ACTION_SPLIT_FOLIO:
		return begin_split(begin);
	case ACTION_ADVISE:
		return begin_advise(begin);
	case ACTION_PROTECT:
		return START(call_mprotect, .mm = begin->mm, .start = begin->start, .end = begin->end,
			     .protection = action->protection);
	case ACTION_MOVE:
		return begin_move(begin);
	case ACTION_DISCARD:
		return START(madvise_dontneed, .mm = begin->mm, .start = begin->start, .end = begin->end);
	case ACTION_PUNCH:
	case ACTION_TRUNCATE:
		return begin_file(begin);
	case ACTION_FORK:
		return begin_fork(begin);
	case ACTION_EXIT:
		return begin_exit(begin);
	case ACTION_HOLD:
		return begin_hold(begin);
	case ACTION_PIN:
	case ACTION_REFERENCE:
		return begin_pin(begin);
	case ACTION_RELEASE:
	case ACTION_DEVICE:
		return begin_release(begin);
	case ACTION_UPROBE:
		return START(act_uprobe, .mm = begin->mm, .start = begin->start, .end = begin->end);
	case ACTION_UFFD:
	case ACTION_UFFD_WP:
	case ACTION_UFFD_COPY:
		return begin_uffd(begin);
	case ACTION_KHUGEPAGED:
		return begin_khugepaged(begin);
	case ACTION_SET:
		return begin_set(begin);
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
	return refuse(begin, -EINVAL, "that is for whoever runs the script to do");
}

/* What is looked up before; of the target whole pages, but for an access, which may be anywhere. */
enum place { PLACE_PAGES, PLACE_BYTES, PLACE_PROCESS, PLACE_NONE };

static const enum place places[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = PLACE_PROCESS,  [ACTION_TOUCH] = PLACE_BYTES,	    [ACTION_READ] = PLACE_BYTES,
	[ACTION_USE] = PLACE_BYTES,    [ACTION_REST] = PLACE_BYTES,	    [ACTION_WRITE] = PLACE_BYTES,
	[ACTION_STORE] = PLACE_BYTES,  [ACTION_FORK] = PLACE_PROCESS,	    [ACTION_EXIT] = PLACE_PROCESS,
	[ACTION_HOLD] = PLACE_PROCESS, [ACTION_KHUGEPAGED] = PLACE_PROCESS, [ACTION_RELEASE] = PLACE_NONE,
	[ACTION_DEVICE] = PLACE_NONE,  [ACTION_SET] = PLACE_NONE,
};

static int find_target(struct begin *begin, bool pages)
{
	const struct target *target = &begin->action->target;
	uint64_t len;
	int err = action_place(begin->world, target, &begin->mm, &begin->start, &len, begin->error,
			       begin->size);

	if (err)
		return err;
	begin->area = area_named(begin->world, begin->mm, target->area);
	begin->end = begin->start + len;
	if (!len)
		return refuse(begin, -EINVAL, "there is nothing of that length");
	if (pages && (begin->start | len) & (PAGE_BYTES - 1))
		return refuse(begin, -EINVAL,
			      "offset and length have to be multiples of the page size, 4096 bytes");
	return 0;
}

int action_begin(struct world *world, const char *name, const struct action *action, uint32_t *task,
		 char *error, size_t size)
{
	struct begin begin = {.world = world, .action = action, .name = name, .error = error, .size = size};
	int err = 0;

	if (!action_has_task(action->kind))
		return begin_what(&begin);
	if (places[action->kind] == PLACE_PROCESS)
		err = action_process(world, action->target.process, &begin.mm, error, size);
	else if (places[action->kind] != PLACE_NONE)
		err = find_target(&begin, places[action->kind] == PLACE_PAGES);
	/* khugepaged has its own business with an mm, and looks whether it is exiting (seed 000). */
	if (!err && begin.mm && world->mms[begin.mm].exiting && action->kind != ACTION_KHUGEPAGED)
		err = refuse(&begin, -ESRCH, "the process is exiting");
	if (!err)
		err = begin_what(&begin);
	*task = begin.task;
	return err;
}
