/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places of the map that are looked for: not huge, an address, a name, what matches words. Works on a laid-out map. */
#ifndef UI_MAP_FIND_H
#define UI_MAP_FIND_H

#include "ui/screen.h"

/*
 * To the next region (or the one before) that could be huge and is not: a whole slot mapped by ptes. What is folded
 * into one line, or shown by one cell, counts once. Says so if there is none.
 */
void map_find_not_huge(struct screen *screen, bool down);

/*
 * To an address in hexadecimal, or to a mapping by its name: "heap", the end of a path, a part of it. Where nothing is
 * mapped, to the mapping of exactly that name ("B"), else to the next mapping, and says so. Unfolds, and ends a filter that hides the place.
 */
void map_find_place(struct screen *screen, const char *text);

/*
 * To an address of a process (has_addr), or to its first mapping, as map_find_place goes there. False, and says so, if that
 * process is not on the map.
 */
bool map_find_event(struct screen *screen, pid_t pid, uint64_t addr, bool has_addr);

/*
 * To the next match of map->search (or the one before), around the end if need be: a mapping that it fits, or in one
 * that it does not the first of neighbouring regions that it fits. `here`: the cursor's own cell counts too. Unfolds.
 */
void map_find_match(struct screen *screen, bool down, bool here);

#endif
