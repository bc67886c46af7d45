/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the pages that kpageflags calls merged by KSM can be. */
#include "proc/internal.h"

#define BIT(bit) (UINT64_C(1) << (bit))

void proc_believe_ksm(uint64_t *flags, size_t n, bool nothing)
{
	/* KSM has single pages only, and whoever may write to one without a copy has it alone. */
	const uint64_t never = BIT(KPF_HEAD) | BIT(KPF_TAIL) | BIT(KPF_ANON_EXCLUSIVE);
	size_t i;

	for (i = 0; i < n; i++)
		if (nothing || flags[i] & never)
			flags[i] &= ~BIT(KPF_KSM);
}
