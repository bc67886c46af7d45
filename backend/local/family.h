/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The specimen's family as thpscope sees it: who lives, over which socket, and where its areas are. */
#ifndef LOCAL_FAMILY_H
#define LOCAL_FAMILY_H

#include "core/action.h"
#include "core/kernel.h"
#include "core/source.h"
#include "local/wire.h"

struct area {
	char name[NAME_MAX_LEN + 1];
	enum map_kind kind;
	enum map_kind file; /* as what the file behind it was first mapped */
	uint64_t start, len;
	uint64_t align; /* its start is a multiple of this, plus a skew */
	int fd;		/* the number in the specimen, or -1 */
};

struct member {
	char name[NAME_MAX_LEN + 1];
	pid_t pid;
	int socket; /* -1: it has exited */
	int pidfd;  /* -1: before Linux 5.3 */
	struct area *areas;
	size_t n_areas, room_areas;
};

struct family {
	struct member *members; /* "main" first; those who exited stay, for their names */
	size_t n, room;
	uint64_t page_size, pmd_size;
	uint64_t next;	    /* where the next area is tried */
	uint32_t abilities; /* SPECIMEN_HAS_ bits */
};

/*
 * Starts the specimen's first member. On failure a negative errno and one sentence in error. It has a session of
 * its own (the terminal's signals pass it by) and none of our descriptors but its socket.
 */
int family_spawn(const char *program, uint64_t page_size, uint64_t pmd_size, struct family **family,
		 pid_t *pid, char *error, size_t size);

/* Ends and reaps all of them: by closing their sockets; who has not gone after two seconds is killed. */
void family_free(struct family *family);

/* As source.h's act, locate, value (by that kernel's pagemap) and family. */
int family_act(struct family *family, const struct action *action, char *error, size_t size);
int family_value(struct family *family, struct kernel *kernel, pid_t pid, uint64_t addr, uint8_t *value,
		 char *error, size_t size);
int family_locate(struct family *family, const struct target *target, struct place *place, char *error,
		  size_t size);
size_t family_pids(const struct family *family, pid_t *pids, size_t room);

/* Gives the VMAs of the family's areas their names (struct vma's label). */
void family_label(const struct family *family, struct moment *moment);

/* Between the files of this folder. */

/* The member of a target, alive; else NULL and -errno in *err, with a sentence. */
struct member *family_member(struct family *family, const char *name, int *err, char *error, size_t size);

/* The index of an area, or n_areas. */
size_t member_area(const struct member *member, const char *name);

/*
 * One request and its reply, waiting as long as it takes; *passed, if not NULL, gets the descriptor that came
 * along, or -1. 0, or -EIO: the member is gone, which is then noted. What the kernel said is in the reply.
 */
int member_call(struct member *member, const struct specimen_request *request, struct specimen_reply *reply,
		int *passed);

/* `fork as name` and `exit`. */
int family_fork(struct family *family, struct member *parent, const char *name, char *error, size_t size);
int family_exit(struct member *member, char *error, size_t size);

/* A sentence for a call that the kernel refused: what was asked, what it said, what would help. */
void family_explain(const struct family *family, const struct action *action,
		    const struct specimen_reply *reply, char *error, size_t size);

#endif
