/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page references that user space cannot see (mm/gup.c): a device's long-term pin, and a plain one as vmsplice takes.
 * Who has such a page keeps it, whatever the page tables say later: that is the story of seed 003.
 */
#include "model/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Whether the entry there lets the access through; *pfn: the page itself. */
static bool maps_for(struct world *world, uint32_t mm, uint64_t addr, bool write, uint32_t *pfn)
{
	uint64_t entry = leaf_of(world, mm, addr);

	*pfn = entry_pfn(entry);
	return entry_present(entry) && entry & ENTRY_USER && (!write || entry & ENTRY_WRITE);
}

/* Faults until the entry is there, with mmap_lock held over that and the last look: the caller's own step follows. */
static enum progress faultin_page_run(struct world *world, struct ktask *task)
{
	struct faultin_page *at = task_locals(task);
	uint32_t pfn;

	switch (task_at(task)) {
	case 0:
		for (at->tries = 0; at->tries < TRIES_MAX; at->tries++) {
			STEP("follow_page_mask");
			if (maps_for(world, at->mm, at->addr, at->write, &pfn))
				RETURN(0);
			CALL(handle_mm_fault, .mm = at->mm, .addr = at->addr, .write = at->write);
			if (task->result)
				RETURN(task->result);
		}
		world_violated(world, "%s faults at %#llx, and no fault helps", world->mms[at->mm].name,
			       (unsigned long long)at->addr);
	}
	RETURN(-EFAULT);
}
const struct function faultin_page = {"faultin_page", faultin_page_run};

/* The record of a page, or of one more behind those that a record has; 0: no room. */
static uint32_t pin_of(struct world *world, const struct call_pin *call, uint32_t pfn)
{
	uint32_t unused = 0;

	for (uint32_t at = 1; at < world->extent.pins; at++) {
		const struct pin *pin = &world->pins[at];

		if (!pin->used)
			unused = unused ? unused : at;
		else if (pin->pin == call->pin && !strcmp(pin->name, call->name) &&
			 pin->pfn + pin->pages == pfn)
			return at;
	}
	if (unused) {
		world->pins[unused] = (struct pin){.used = true, .pin = call->pin, .pfn = pfn};
		snprintf(world->pins[unused].name, sizeof(world->pins[unused].name), "%s", call->name);
	}
	return unused;
}

void pin_put(struct world *world, uint32_t at)
{
	const struct pin pin = world->pins[at];

	memset(&world->pins[at], 0, sizeof(world->pins[at]));
	for (uint32_t n = 0; n < pin.pages; n++) {
		if (world->pages[pin.pfn + n].use == PAGE_ZERO)
			continue;
		if (pin.pin)
			world->pages[folio_head(world, pin.pfn + n)].pins--;
		folio_put(world, pin.pfn + n);
	}
}

/* try_grab_folio(). */
static int32_t pin_page(struct world *world, const struct call_pin *call, uint32_t pfn)
{
	uint32_t at = pin_of(world, call, pfn);

	if (!at)
		return -ENOMEM;
	world->pins[at].pages++;
	if (world->pages[pfn].use == PAGE_ZERO)
		return 0;
	folio_get(world, pfn);
	if (call->pin)
		world->pages[folio_head(world, pfn)].pins++;
	return 0;
}

/* What a call that failed has taken already goes back. */
static int32_t give_up(struct world *world, const struct call_pin *call, int32_t error)
{
	for (uint32_t at = 1; at < world->extent.pins; at++) {
		if (world->pins[at].used && !strcmp(world->pins[at].name, call->name))
			pin_put(world, at);
	}
	return error;
}

/* A pin is for writing, so that nobody else shares the page when it is taken; a reference is for reading. */
static enum progress call_pin_run(struct world *world, struct ktask *task)
{
	struct call_pin *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		if (name_kept(world, at->name)) {
			UNLOCK(LOCK_MMAP, at->mm);
			RETURN(-EEXIST);
		}
		for (at->addr = at->start; at->addr < at->end; at->addr += PAGE_BYTES) {
			CALL(faultin_page, .mm = at->mm, .addr = at->addr, .write = at->pin);
			/* The look and the reference are one: the kernel has the pte lock meanwhile. */
			if (!task->result && maps_for(world, at->mm, at->addr, at->pin, &at->pfn))
				task->result = pin_page(world, at, at->pfn);
			if (task->result) {
				UNLOCK(LOCK_MMAP, at->mm);
				RETURN(give_up(world, at, task->result));
			}
		}
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(0);
}
const struct function call_pin = {"pin_user_pages", call_pin_run};

/* A device knows frames and no page tables; it asks nobody. */
static enum progress device_write_run(struct world *world, struct ktask *task)
{
	struct device_write *at = task_locals(task);
	int32_t result = -ENOENT;

	switch (task_at(task)) {
	case 0:
		STEP("dma");
		for (uint32_t k = 1; k < world->extent.pins; k++) {
			const struct pin *pin = &world->pins[k];

			if (!pin->used || !pin->pin || strcmp(pin->name, at->name))
				continue;
			for (uint32_t n = 0; n < pin->pages; n++)
				world->pages[pin->pfn + n].data = at->value;
			result = 0;
		}
		RETURN(result);
	}
	RETURN(0);
}
const struct function device_write = {"device_write", device_write_run};
