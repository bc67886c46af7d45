/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Built without a library of procps: the kernel's own text files tell. */
#include <errno.h>
#include <stddef.h>

#include "local/list.h"

struct lister *lister_open(void)
{
	return NULL;
}

void lister_close(struct lister *lister)
{
	(void)lister;
}

int lister_list(struct lister *lister, struct kernel *kernel, struct arena *arena, struct listed **list,
		size_t *n)
{
	(void)lister;
	(void)kernel;
	(void)arena;
	(void)list;
	(void)n;
	return -ENOTSUP;
}
