/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a script's words are in the model: processes, areas, and parts of them. */
#include "model/act.h"

#include <errno.h>
#include <stdio.h>

/* The slot of an index, from the area's first whole slot on. */
static int place_slot(const struct world *world, const struct area *area, uint64_t index, uint64_t *start,
		      char *error, size_t size)
{
	const uint64_t huge = huge_bytes(world), first = huge_start(world, area->start + huge - 1);
	const uint64_t end = area->start + area->len;
	const uint64_t whole = end > first ? (end - first) / huge : 0;

	if (index < whole) {
		*start = first + index * huge;
		return 0;
	}
	snprintf(error, size, "%s has %llu whole region%s of %llu kB, numbered from 0; there is no %s[%llu]",
		 area->name, (unsigned long long)whole, whole == 1 ? "" : "s", (unsigned long long)huge >> 10,
		 area->name, (unsigned long long)index);
	return -ERANGE;
}

int action_process(const struct world *world, const char *name, uint32_t *mm, char *error, size_t size)
{
	const char *whose = *name ? name : "main";

	*mm = mm_named(world, whose);
	if (*mm)
		return 0;
	snprintf(error, size, "there is no process '%s'", whose);
	return -ENOENT;
}

int action_area(const struct world *world, const struct target *target, uint32_t *mm, uint32_t *area,
		char *error, size_t size)
{
	int err = action_process(world, target->process, mm, error, size);

	if (err)
		return err;
	*area = area_named(world, *mm, target->area);
	if (*area)
		return 0;
	snprintf(error, size, "'%s' has no area called '%s'", world->mms[*mm].name, target->area);
	return -ENOENT;
}

int action_place(const struct world *world, const struct target *target, uint32_t *mm, uint64_t *start,
		 uint64_t *len, char *error, size_t size)
{
	const struct area *area;
	uint32_t at;
	uint64_t left;
	int err = action_area(world, target, mm, &at, error, size);

	if (err)
		return err;
	area = &world->areas[at];
	*start = area->start;
	*len = area->len;
	if (target->has_index) {
		err = place_slot(world, area, target->index, start, error, size);
		if (err)
			return err;
		*len = huge_bytes(world);
	}
	left = area->start + area->len - *start;
	if (target->has_offset)
		*len = PAGE_BYTES;
	if (target->has_len)
		*len = target->len;
	if (target->offset > left || *len > left - target->offset) {
		snprintf(error, size, "%s ends %llu kB from there on", area->name,
			 (unsigned long long)left >> 10);
		return -ERANGE;
	}
	*start += target->offset;
	return 0;
}
