/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside backend/model: the text files of the model's /proc and /sys. */
#ifndef MODEL_TEXTS_H
#define MODEL_TEXTS_H

#include "core/buf.h"
#include "model/world.h"

/* Where a team kernel's bits are; the lab's announces them under sys/kernel/mm/pageteam (thpscope-kernel(7)). */
#define PM_TEAM_PMD_BIT 60
#define KPF_TEAM_BIT 28
#define KPF_TEAM_PMD_BIT 29
#define KPF_DOUBLEMAP_BIT 30

/* Appends the file of that path, as kernel.h's text; -ENOENT where this generation has none. */
int texts_system(const struct world *world, const char *path, struct buf *out);

/* Appends a process's file: maps, smaps, stat, status, mountinfo, comm. */
int texts_process(struct world *world, uint32_t mm, const char *name, struct buf *out);

#endif
