/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of huge pages a run has come to: programs that never have any would agree about nothing (conform.h). */
#include "conform.h"

const char *const tally_kinds[TALLY_KINDS] = {
	"anon by pmd",	"anon by pmd, shared",	"anon by pte",	"anon by pte, shared",
	"shmem by pmd", "shmem by pmd, shared", "shmem by pte", "shmem by pte, shared",
};

static size_t pages[TALLY_KINDS];
static bool hidden;

void tally_page(const struct glance *glance, enum glance_way way, size_t at)
{
	const bool anon = glance->flags[at] >> KPF_ANON & 1, shared = glance->counts[at] > 1;
	const bool pmd = glance->huge[at] || glance->entries[at].word[ENTRY_PMD] & ENTRY_HUGE;

	hidden |= way == GLANCE_SMAPS;
	if (glance->flags[at] >> KPF_THP & 1 && !(glance->flags[at] >> KPF_ZERO & 1))
		pages[(anon ? 0 : 4) + (pmd ? 0 : 2) + shared]++;
}

size_t tally_of(size_t kind)
{
	return pages[kind];
}

bool tally_known(void)
{
	return !hidden;
}
