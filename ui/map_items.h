/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VMAs of a process a map lists, and which of them fold together. Pure. */
#ifndef UI_MAP_ITEMS_H
#define UI_MAP_ITEMS_H

#include "ui/map_layout.h"

/* A VMA, or the line that stands for several; of an open one the items that it stands for follow. */
struct map_item {
	enum line_kind kind; /* LINE_VMA, LINE_SMALL or LINE_RUN */
	bool open;
	uint32_t listed, n; /* in layout->listed */
};

/* Whether the user opened a line of this kind with these addresses (end 0: 2^64). */
bool map_opened(const struct map_layout *layout, enum line_kind kind, pid_t pid, uint64_t start,
		uint64_t end);

/* Appends a process's VMAs to layout->listed and their items to layout->items. */
void map_items_add(struct map_layout *layout, const struct shown *shown, const struct map_look *look);

#endif
