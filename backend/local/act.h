/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An action being carried out by the family: what the files that do it share. */
#ifndef LOCAL_ACT_H
#define LOCAL_ACT_H

#include "local/family.h"

/* What acting needs to know, found once. */
struct act {
	struct family *family;
	struct member *member;
	const struct action *action;
	struct area *area;  /* NULL for map, fork, exit */
	struct place place; /* of the target, with an area */
	struct specimen_reply reply;
	char *error;
	size_t size;
};

/* Writes the reason; always err. */
int act_refuse(struct act *act, int err, const char *text);

/* One request to the member. 0, or what the kernel refused it with, and the reason is written. */
int act_call(struct act *act, const struct specimen_request *request);

/* madvise of the place; the kernel's number of an advice, also of those younger than the C library. */
int act_advise(struct act *act, int number);
int act_advice(enum advice advice);

/* Where the next area is tried; 0 (anywhere) for one that no address space of today holds. */
uint64_t act_find_place(struct family *family, uint64_t len, uint64_t align, uint64_t skew);

/* `map` (act_map.c). */
int act_map(struct act *act);

#endif
