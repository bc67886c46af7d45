/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an action of a script is made of, where it is more than one call: run by the tasks that actions.c begins. */
#ifndef MODEL_ACT_H
#define MODEL_ACT_H

#include "model/ops.h"

/* Each page of a range, in order: as access_page. */
struct act_access {
	uint32_t mm;
	uint64_t start, end;
	bool write, store;
	uint32_t value;
	uint64_t addr;
};
extern const struct function act_access;

/* munmap; area: what is forgotten behind it, with its file, unless another task has done so; "": a part of one. */
struct act_unmap {
	uint32_t mm;
	uint64_t start, end;
	char area[NAME_MAX_LEN + 1];
};
extern const struct function act_unmap;

/*
 * The PMD mapping of every region that the range touches, within the area. Of a file's memory what the page cache has is
 * mapped again by ptes, as the specimen does it.
 */
struct act_split {
	uint32_t mm;
	uint64_t start, end;
	bool file;
	uint64_t addr, next, page;
};
extern const struct function act_split;

/* Every huge folio that is mapped in the range becomes pages, as debugfs' split_huge_pages does it. */
struct act_split_folio {
	uint32_t mm;
	uint64_t start, end;
	uint64_t addr;
	int32_t error;
};
extern const struct function act_split_folio;

/*
 * ftruncate of a file to `first` pages, or a hole punched into it: pages [first, end). The call has the file open: whoever
 * begins it has made it one of kfile.users.
 */
struct act_truncate {
	uint32_t file;
	uint64_t first, end;
	bool punch;
	int32_t error;
};
extern const struct function act_truncate;

/* uprobe_write of each page. */
struct act_uprobe {
	uint32_t mm;
	uint64_t start, end;
	uint64_t addr;
};
extern const struct function act_uprobe;

/* A knob below /sys/kernel/mm/transparent_hugepage gets a value. */
struct act_set {
	struct knobs knobs;
};
extern const struct function act_set;

/* A process by its name ("": main), and an area of it: 0, or -ENOENT with a sentence. */
int action_process(const struct world *world, const char *name, uint32_t *mm, char *error, size_t size);
int action_area(const struct world *world, const struct target *target, uint32_t *mm, uint32_t *area,
		char *error, size_t size);

/* Whether this kernel has a knob, below /sys/kernel/mm/transparent_hugepage: for who reads and who writes it. */
bool knob_exists(const struct rules *rules, const char *knob);

/* The knobs with one changed. 0, or -ENOENT, -EINVAL with a sentence. */
int act_knob(const struct world *world, const char *knob, const char *value, struct knobs *knobs, char *error,
	     size_t size);

#endif
