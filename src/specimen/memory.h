/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a specimen does to its own memory. Each fills a reply; nothing here allocates. */
#ifndef SPECIMEN_MEMORY_H
#define SPECIMEN_MEMORY_H

#include <stdbool.h>

#include "local/wire.h"

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

/* Catches SIGSEGV and SIGBUS of the calls below. Once, at the start. */
void memory_init(void);

/* SPECIMEN_HAS_ bits of this kernel. */
uint32_t memory_abilities(void);

/* Carry out one request each; the reply says what the kernel said. */
void memory_map(const struct specimen_request *request, struct specimen_reply *reply);
void memory_move(const struct specimen_request *request, struct specimen_reply *reply);
void memory_access(const struct specimen_request *request, struct specimen_reply *reply);
void memory_advise(const struct specimen_request *request, struct specimen_reply *reply);
void memory_split(const struct specimen_request *request, struct specimen_reply *reply);
void memory_split_folio(const struct specimen_request *request, struct specimen_reply *reply);

/* Calls that, which accesses memory. False: some of it cannot be accessed so. */
bool memory_guarded(void (*access)(void));

/*
 * What is used again and again: memory_use loads it and notes it (the first time it maps some pages of its own);
 * memory_rest forgets all that the range touches, memory_rest_all everything. Whether there is any; memory_use_again
 * loads it all once more, and forgets what is not mapped any more.
 */
void memory_use(const struct specimen_request *request, struct specimen_reply *reply);
void memory_rest(const struct specimen_request *request);
void memory_rest_all(void);
bool memory_in_use(void);
void memory_use_again(void);

/* Notes errno as that of a call. */
void memory_failed(struct specimen_reply *reply, enum specimen_call call);

#endif
