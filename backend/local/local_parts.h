/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local source from within: what the files that carry out its calls share. */
#ifndef LOCAL_LOCAL_PARTS_H
#define LOCAL_LOCAL_PARTS_H

#include "count/count.h"
#include "local/areas.h"
#include "local/family.h"
#include "local/happened.h"
#include "local/hold.h"
#include "local/khugepaged.h"
#include "local/list.h"
#include "local/local.h"
#include "local/recent.h"
#include "local/watch.h"

struct local_source {
	struct source source;
	struct kernel *kernel;
	struct watch_list watched;
	struct recent recent;
	struct happened *happened; /* what live samples tell as events */
	struct family *family;	   /* NULL before spawn */
	struct hold *hold;	   /* a lock of a member that was asked to be held; or NULL */
	struct lister *lister;	   /* from the first list of this machine on */
	struct count_set *count;   /* from the first sample on that counts */
	struct areas *areas;	   /* of the process that a pass of questions is about; or NULL */
	char *program;		   /* NULL: there is none */
	uint64_t seq;
};

/* transact.c: as source.h's plan and trigger. */
int local_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks);
int local_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		  struct arena *arena, struct event *event);

static inline struct local_source *local_of(struct source *source)
{
	return (struct local_source *)source;
}

/* The calls of source.h that have a file each. */
int local_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
		  struct sharers *sharers);
int local_heat(struct source *source, const struct heat_query *query, struct arena *arena, struct heat *heat);
/* ask_why.c: the source's call `why`. */
int local_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
	      struct arena *arena, struct why *why);

/*
 * ask_why.c: why the kernel refused a collapse of this region, or a cow could not have its page, by what is known
 * now, as the end of a sentence, in the arena or static; "": nothing is. Reads smaps of that process.
 */
const char *local_refusal(struct source *source, const struct trigger *trigger, struct arena *arena);

/* memcg.c: false: the files of the process's cgroup were not found. memcg->path is NULL where nothing limits it. */
bool local_memcg(struct kernel *kernel, struct kernel_process *process, struct arena *arena,
		 struct why_memcg *memcg);

#endif
