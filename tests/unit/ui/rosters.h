/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rosters built by hand, for the tests of the list of processes. */
#ifndef UI_ROSTERS_H
#define UI_ROSTERS_H

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/roster.h"

#define GIB_KB (UINT64_C(1) << 20)
#define MIB_KB (UINT64_C(1) << 10)
#define NOW_NS UINT64_C(100000000000)
#define ROWS_MAX 600

/* A roster in the making. */
struct making {
	struct roster_view *view;
	struct roster_row *rows;
};

static inline struct making making_start(void)
{
	struct making making = {mem_alloc(sizeof(struct roster_view)), NULL};

	making.rows = arena_alloc(&making.view->arena, ROWS_MAX * sizeof(*making.rows));
	making.view->rows = making.rows;
	making.view->mono_ns = NOW_NS;
	return making;
}

/* A process that nobody has looked into yet; PIDs have to ascend. */
static inline struct roster_row *making_row(struct making *making, pid_t pid, const char *user,
					    uint64_t rss_kb, const char *command)
{
	struct roster_row *row = &making->rows[making->view->n++];
	struct arena *arena = &making->view->arena;

	row->is = (struct listed){.pid = pid,
				  .start_time = 7,
				  .comm = "comm",
				  .command = arena_text(arena, command, strlen(command)),
				  .user = user,
				  .uid = 1000,
				  .rss_kb = (int64_t)rss_kb,
				  .own = true};
	row->outcome = OUTCOME_COUNT;
	return row;
}

/* What a survey said, a second ago: anonymous memory by PMD, pte-mapped THPs, and the rest in small pages. */
static inline struct roster_row *making_known(struct roster_row *row, uint64_t pmd, uint64_t thp_pte)
{
	row->outcome = OUTCOME_OK;
	row->known = row->mapping_known = true;
	row->looked_ns = NOW_NS - 1000000000;
	row->huge.anon = row->kb.pmd = pmd;
	row->kb.thp_pte = thp_pte;
	row->kb.present = (uint64_t)row->is.rss_kb;
	row->kb.small = row->kb.present - pmd - thp_pte;
	return row;
}

static inline struct roster_row *making_thread(struct making *making, pid_t pid, const char *comm)
{
	struct roster_row *row = making_row(making, pid, "root", 0, "");

	row->is.comm = comm;
	row->is.kernel_thread = true;
	return row;
}

/* A machine with each kind of process there is. */
static inline struct roster_view *making_machine(void)
{
	struct making making = making_start();
	struct roster_row *row;

	making_known(making_row(&making, 1, "root", 12 * MIB_KB, "/sbin/init splash"), 0, 0);
	making_thread(&making, 2, "kthreadd");
	making_thread(&making, 17, "ksoftirqd/0");
	making_row(&making, 611, "systemd-resolve", 9 * MIB_KB, "/lib/systemd/systemd-resolved");
	row = making_row(&making, 800, "postgres", 3 * GIB_KB,
			 "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main");
	making_known(row, 0, 0)->kb.hugetlb = 2 * GIB_KB;
	row->kb.present += 2 * GIB_KB;
	row = making_row(&making, 1200, "www-data", 40 * MIB_KB, "nginx: worker process");
	row->outcome = OUTCOME_DENIED;
	row->is.own = false;
	row = making_row(&making, 1500, "mallory", 0, "");
	row->outcome = OUTCOME_GONE;
	row->is.comm = "defunct";
	making_known(making_row(&making, 4242, "redis", 16 * GIB_KB, "/usr/bin/redis-server *:6379"),
		     12 * GIB_KB, 2 * GIB_KB);
	row = making_known(
		making_row(&making, 4300, "ada", 4 * GIB_KB, "/usr/lib/jvm/bin/java -Xmx4g -jar app.jar"),
		512 * MIB_KB, 1 * GIB_KB);
	row->huge.shmem = row->huge.anon = 256 * MIB_KB;
	row->kb.mthp = GIB_KB;
	row->kb.small -= GIB_KB;
	row = making_known(making_row(&making, 4301, "ada", 600 * MIB_KB, "python3 train.py --epochs 10"), 0,
			   2 * MIB_KB);
	row->looked_ns = NOW_NS - 60 * UINT64_C(1000000000); /* long ago */
	row = making_known(making_row(&making, 4302, "ada", 50 * MIB_KB, "-bash"), 30 * MIB_KB, 0);
	row->mapping_known = false; /* an old kernel */
	row->kb.unknown = row->kb.small;
	row->kb.small = 0;
	row = making_row(&making, 31000, "", 8 * MIB_KB, "./container-init");
	row->is.uid = 100999;
	making_known(making_row(&making, 4194303, "ada", 999 * MIB_KB, "tail -f /dev/null"), 998 * MIB_KB, 0);
	return making.view;
}

#endif
