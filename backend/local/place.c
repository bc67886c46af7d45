/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a target of the script is in a member's address space. */
#include "local/family.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The slot of an index, from the area's first whole slot on. */
static int place_slot(const struct family *family, const struct area *area, uint64_t index, uint64_t *start,
		      char *error, size_t size)
{
	const uint64_t slot = family->pmd_size, first = (area->start + slot - 1) / slot * slot;
	const uint64_t end = area->start + area->len;
	uint64_t whole = end > first ? (end - first) / slot : 0;

	if (index < whole) {
		*start = first + index * slot;
		return 0;
	}
	snprintf(error, size, "%s has %llu whole region%s of %llu kB, numbered from 0; there is no %s[%llu]",
		 area->name, (unsigned long long)whole, whole == 1 ? "" : "s", (unsigned long long)slot >> 10,
		 area->name, (unsigned long long)index);
	return -ERANGE;
}

static int place_in(const struct family *family, const struct area *area, const struct target *target,
		    struct place *place, char *error, size_t size)
{
	uint64_t left;
	int err;

	place->start = area->start;
	place->len = area->len;
	if (target->has_index) {
		err = place_slot(family, area, target->index, &place->start, error, size);
		if (err)
			return err;
		place->len = family->pmd_size;
	}
	left = area->start + area->len - place->start;
	if (target->has_offset)
		place->len = family->page_size;
	if (target->has_len)
		place->len = target->len;
	if (target->offset > left || place->len > left - target->offset) {
		snprintf(error, size, "%s ends %llu kB from there on", area->name,
			 (unsigned long long)left >> 10);
		return -ERANGE;
	}
	place->start += target->offset;
	return 0;
}

int family_locate(struct family *family, const struct target *target, struct place *place, char *error,
		  size_t size)
{
	const struct member *member;
	size_t index;
	int err = 0;

	member = family_member(family, target->process, &err, error, size);
	if (!member)
		return err;
	place->pid = member->pid;
	place->start = place->len = 0;
	if (!*target->area)
		return 0;
	index = member_area(member, target->area);
	if (index == member->n_areas) {
		snprintf(error, size, "'%s' has no area called '%s'", member->name, target->area);
		return -ENOENT;
	}
	return place_in(family, &member->areas[index], target, place, error, size);
}

/* The area of a member that holds addr, or NULL. */
static const struct area *area_at(const struct family *family, pid_t pid, uint64_t addr)
{
	const struct member *member;
	size_t i;

	for (member = family->members; member < family->members + family->n; member++)
		for (i = 0; i < member->n_areas && member->pid == pid && member->socket >= 0; i++)
			if (addr - member->areas[i].start < member->areas[i].len)
				return &member->areas[i];
	return NULL;
}

/*
 * The byte at addr of a member. By /proc/PID/mem, for process_vm_readv changes what it reads: its pin gives a page that is not
 * anon-exclusive a copy of its own (mm/gup.c, gup_must_unshare; Linux 5.19).
 */
static bool read_byte(pid_t pid, uint64_t addr, uint8_t *byte)
{
	char path[32];
	bool got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd >= 0 && pread(fd, byte, 1, (off_t)addr) == 1;
	if (fd >= 0)
		close(fd);
	return got;
}

int family_value(struct family *family, struct kernel *kernel, pid_t pid, uint64_t addr, uint8_t *value,
		 char *error, size_t size)
{
	const uint64_t start = addr / family->page_size * family->page_size;
	const struct area *area = area_at(family, pid, addr);
	struct kernel_process *process;
	uint64_t word = 0;
	ssize_t n = -1;

	if (!area) {
		snprintf(error, size, "the specimen has no area at 0x%llx", (unsigned long long)addr);
		return -EFAULT;
	}
	if (!kernel_process_open(kernel, pid, &process)) {
		n = kernel_pagemap(process, start, 1, &word);
		kernel_process_close(process);
	}
	/* Of anonymous memory that has nothing yet, not even a page of zeros, the first load finds zeros. */
	if (n == 1 && !(word & ~PM_SOFT_DIRTY) && area->kind == MAP_KIND_ANON) {
		*value = 0;
		return 0;
	}
	/* To load what is not mapped would map it. */
	if (n == 1 && word & PM_PRESENT && read_byte(pid, start, value))
		return 0;
	snprintf(error, size,
		 "the page at 0x%llx is not there to be read (unmapped, swapped out or protected); a load "
		 "would "
		 "change that",
		 (unsigned long long)start);
	return -ENODATA;
}

static void label_area(const struct area *area, struct process *process, struct arena *arena)
{
	const char *label = NULL;
	size_t i;

	for (i = 0; i < process->n_vmas; i++) {
		struct vma *vma = &process->vmas[i];

		if (vma->start >= area->start + area->len || vma->end <= area->start)
			continue;
		if (!label)
			label = arena_text(arena, area->name, strlen(area->name));
		vma->label = label;
	}
}

void family_label(const struct family *family, struct moment *moment)
{
	size_t i, k, area;

	for (i = 0; i < moment->n_processes; i++)
		for (k = 0; k < family->n; k++)
			for (area = 0; area < family->members[k].n_areas; area++)
				if (family->members[k].pid == moment->processes[i].pid)
					label_area(&family->members[k].areas[area], &moment->processes[i],
						   &moment->arena);
}
