/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new area of a member of the family. */
#include "local/act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"

uint64_t act_find_place(struct family *family, uint64_t len, uint64_t align, uint64_t skew)
{
	uint64_t start;

	if (len > UINT64_C(1) << 46)
		return 0;
	start = (family->next + align - 1) / align * align + skew;
	/* A whole slot stays free behind, so that VMAs never merge. */
	family->next =
		(start + len + family->pmd_size - 1) / family->pmd_size * family->pmd_size + family->pmd_size;
	return start;
}

static enum specimen_kind map_kind(const struct action *action)
{
	switch (action->map.kind) {
	case MAP_KIND_ANON:
	case MAP_KIND_COUNT:
		break;
	case MAP_KIND_SHMEM:
		return SPECIMEN_SHMEM;
	case MAP_KIND_FILE:
		return SPECIMEN_FILE;
	case MAP_KIND_PRIVATE_FILE:
		return SPECIMEN_PRIVATE_FILE;
	case MAP_KIND_HUGETLB:
		return SPECIMEN_HUGETLB;
	case MAP_KIND_TEAM:
		return SPECIMEN_TEAM;
	}
	return action->map.noreserve ? SPECIMEN_RESERVE : SPECIMEN_ANON;
}

static int check_map(struct act *act, uint64_t align, uint64_t page)
{
	const struct action *action = act->action;

	if (member_area(act->member, action->target.area) < act->member->n_areas)
		return act_refuse(act, -EEXIST, "an area of that name is there already");
	if (action->map.size % page) {
		snprintf(act->error, act->size, "the size is no multiple of the page size, %llu bytes",
			 (unsigned long long)page);
		return -EINVAL;
	}
	if (action->map.skew % page || action->map.skew >= align)
		return act_refuse(act, -EINVAL, "a skew is whole pages and less than a region");
	if (action->map.noreserve && action->map.kind != MAP_KIND_ANON)
		return act_refuse(act, -EINVAL, "only anonymous memory can be reserved with noreserve");
	return 0;
}

/* The file of another area, whoever has it. */
static int map_of(struct act *act, struct specimen_request *request, enum map_kind *file)
{
	const struct target *of = &act->action->map.of;
	const struct member *member;
	const struct area *area;
	size_t index;
	int err = 0;

	member = family_member(act->family, of->process, &err, act->error, act->size);
	if (!member)
		return err;
	index = member_area(member, of->area);
	if (index == member->n_areas) {
		snprintf(act->error, act->size, "'%s' has no area called '%s'", member->name, of->area);
		return -ENOENT;
	}
	area = &member->areas[index];
	if (!map_kind_fits(act->action->map.kind, area->file)) {
		snprintf(act->error, act->size, "'%s' is %s, which cannot be mapped again as %s", of->area,
			 map_kind_name(area->file), map_kind_name(act->action->map.kind));
		return -EINVAL;
	}
	*file = area->file;
	request->number = member->pid;
	request->fd = area->fd;
	return 0;
}

static void add_area(struct act *act, const struct specimen_request *request, enum map_kind file)
{
	struct member *member = act->member;

	mem_grow(&member->areas, &member->room_areas, member->n_areas + 1, sizeof(*member->areas));
	act->area = &member->areas[member->n_areas++];
	memset(act->area, 0, sizeof(*act->area));
	memcpy(act->area->name, act->action->target.area, sizeof(act->area->name));
	act->area->kind = act->action->map.kind;
	act->area->file = file;
	act->area->start = act->reply.addr;
	act->area->len = request->len;
	act->area->align = request->align;
	act->area->fd = act->reply.fd;
	act->place = (struct place){.start = act->area->start, .len = act->area->len};
}

int act_map(struct act *act)
{
	const struct action *action = act->action;
	uint64_t page = act->family->page_size, align = act->family->pmd_size;
	struct specimen_request request = {.op = SPECIMEN_MAP, .kind = map_kind(action)};
	enum map_kind file = action->map.kind;
	int err;

	if (action->map.kind == MAP_KIND_HUGETLB) {
		page = action->map.page_size ? action->map.page_size : act->family->pmd_size;
		align = page > align ? page : align;
	}
	err = check_map(act, align, page);
	if (!err && *action->map.of.area)
		err = map_of(act, &request, &file);
	if (err)
		return err;
	request.len = action->map.size;
	request.align = align;
	request.skew = action->map.skew;
	request.page = page;
	request.addr = act_find_place(act->family, request.len, align, request.skew);
	snprintf(request.name, sizeof(request.name), "%s", action->target.area);
	err = act_call(act, &request);
	if (err)
		return act->action->map.kind == MAP_KIND_TEAM && err == -ENODEV ? -ENOTSUP : err;
	add_area(act, &request, file);
	return action->map.advice == ADVICE_NONE ? 0 : act_advise(act, act_advice(action->map.advice));
}
