/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of an entry's bits. */
#include "core/entry.h"

#include <stddef.h>

static const struct {
	unsigned bit;
	const char *name;
} names[] = {
	{0, "PRESENT"},	 {1, "RW"},	     {2, "USER"},    {3, "PWT"},    {4, "PCD"},
	{5, "ACCESSED"}, {6, "DIRTY"},	     {7, "PSE"},     {8, "GLOBAL"}, {9, "SPECIAL"},
	{10, "UFFD_WP"}, {11, "SOFT_DIRTY"}, {58, "DEVMAP"}, {63, "NX"},
};

static const char *name_of(uint64_t word, bool pte, size_t i)
{
	if (pte && names[i].bit == ENTRY_BIT_PSE)
		return "PAT";
	if (names[i].bit == ENTRY_BIT_PROTNONE && !(word >> ENTRY_BIT_PRESENT & 1))
		return "PROTNONE";
	return names[i].name;
}

void entry_names(uint64_t word, bool pte, struct buf *out)
{
	const char *between = "";
	size_t i;

	if (!entry_is_present(word))
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(word >> names[i].bit & 1))
			continue;
		buf_puts(out, between);
		buf_puts(out, name_of(word, pte, i));
		between = " ";
	}
}
