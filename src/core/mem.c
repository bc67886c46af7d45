/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that never comes back NULL. */
#include "core/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void exhausted_default(void)
{
	static const char text[] = "thpscope: out of memory\n";

	(void)!write(2, text, sizeof(text) - 1);
	abort();
}

void (*mem_exhausted)(void) = exhausted_default;

static void *checked(void *memory)
{
	if (!memory) {
		mem_exhausted();
		abort();
	}
	return memory;
}

void *mem_alloc(size_t size)
{
	return checked(calloc(1, size ? size : 1));
}

void mem_grow(void *array, size_t *room, size_t need, size_t item)
{
	void *memory;
	size_t more;

	if (need <= *room)
		return;
	more = *room < 16 ? 16 : *room + *room / 2;
	if (more < need)
		more = need;
	memcpy(&memory, array, sizeof(memory));
	memory = more > SIZE_MAX / item ? checked(NULL) : checked(realloc(memory, more * item));
	memcpy(array, &memory, sizeof(memory));
	*room = more;
}

char *mem_strdup(const char *text)
{
	return checked(strdup(text));
}
