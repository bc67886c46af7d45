/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kpageflags bits (include/uapi/linux/kernel-page-flags.h; 32 and up: fs/proc/page.c). */
#include "core/kpf.h"

#include <stddef.h>

#include "core/kernel.h"
#include "core/system.h"

static const char *const names[64] = {
	[0] = "LOCKED",		[1] = "ERROR",	       [2] = "REFERENCED",   [3] = "UPTODATE",
	[4] = "DIRTY",		[5] = "LRU",	       [6] = "ACTIVE",	     [7] = "SLAB",
	[8] = "WRITEBACK",	[9] = "RECLAIM",       [10] = "BUDDY",	     [11] = "MMAP",
	[12] = "ANON",		[13] = "SWAPCACHE",    [14] = "SWAPBACKED",  [15] = "HEAD",
	[16] = "TAIL",		[17] = "HUGE",	       [18] = "UNEVICTABLE", [19] = "HWPOISON",
	[20] = "NOPAGE",	[21] = "KSM",	       [22] = "THP",	     [23] = "OFFLINE",
	[24] = "ZERO_PAGE",	[25] = "IDLE",	       [26] = "PGTABLE",     [32] = "RESERVED",
	[33] = "MLOCKED",	[34] = "MAPPEDTODISK", [35] = "PRIVATE",     [36] = "PRIVATE_2",
	[37] = "OWNER_PRIVATE", [38] = "ARCH",	       [39] = "UNCACHED",    [40] = "SOFTDIRTY",
	[41] = "ARCH_2",	[42] = "ARCH_3",
};

const char *kpf_name(unsigned bit, uint64_t word, const struct kpf_bits *bits)
{
	if (bit >= 64)
		return NULL;
	if (bits->team >> bit & 1)
		return "TEAM";
	if (bits->team_pmd >> bit & 1)
		return "TEAM_PMD";
	if (bits->double_map >> bit & 1)
		return "DOUBLEMAP";
	if (bit == KPF_ANON_EXCLUSIVE && word >> KPF_ANON & 1)
		return "ANON_EXCLUSIVE";
	return names[bit];
}

void kpf_names(uint64_t word, const struct kpf_bits *bits, struct buf *out)
{
	const char *name;
	unsigned bit, n = 0;

	for (bit = 0; bit < 64; bit++) {
		if (!(word >> bit & 1))
			continue;
		name = kpf_name(bit, word, bits);
		if (n++)
			buf_putc(out, ',');
		if (name)
			buf_puts(out, name);
		else
			buf_printf(out, "bit%u", bit);
	}
}

bool kpf_ksm_shown(const char *release)
{
	const uint64_t running = system_release(release);

	return running < SYSTEM_RELEASE(6, 10) || running >= SYSTEM_RELEASE(6, 18);
}
