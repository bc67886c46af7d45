/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that never comes back NULL: running out of it ends the program in one place. */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stddef.h>

/*
 * Called once when memory has run out; must not return. The default writes one line and aborts;
 * main sets one that restores the terminal and leaves with exit code 7. Any thread.
 */
extern void (*mem_exhausted)(void);

/* malloc, zeroed; size 0 gives a unique pointer. The caller frees with free(). */
void *mem_alloc(size_t size);

/*
 * Grows *array of items of `item` bytes so that it holds at least `need` items; *room is its
 * capacity in items. Contents stay; new items are not initialised. The caller frees *array.
 */
void mem_grow(void *array, size_t *room, size_t need, size_t item);

/* strdup that cannot fail; the caller frees. */
char *mem_strdup(const char *text);

#endif
