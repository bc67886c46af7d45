/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a specimen does to its own memory. Each fills a reply; nothing here allocates. */
#ifndef SPECIMEN_MEMORY_H
#define SPECIMEN_MEMORY_H

#include <stdbool.h>

#include "local/wire.h"

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

/* Notes errno as that of a call. */
void memory_failed(struct specimen_reply *reply, enum specimen_call call);

#endif
