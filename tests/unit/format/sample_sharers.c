/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sample of who maps a folio. */
#include "sample.h"

struct sharers sample_sharers(void)
{
	static struct sharer items[] = {
		{4242, 7, "redis-server", UINT64_C(0x7f0000000000), MAPPING_PMD, true, 0, 512, 0, 511},
		{4243, 8, "redis-server", UINT64_C(0x7f0000000000), MAPPING_PMD, true, 0, 512, 4242, 511},
		{4194304, 9, "abcdefgabcdefghijklm", UINT64_C(0x7fffffffe000), MAPPING_PTE, false, 12, 100, 0,
		 111},
		{4250, 10, "\033[31mh\xc3", UINT64_C(0x7f00000ff000), MAPPING_UNKNOWN, true, 255, 1, 0, 255},
		{4250, 10, "\033[31mh\xc3", UINT64_C(0x7f0000200000), MAPPING_PTE, true, 0, 411, 0, 510},
	};

	return (struct sharers){
		.source = "live",
		.pid = 4242,
		.addr = UINT64_C(0x7f0000001234),
		.page_size = 4096,
		.pmd_size = 2 << 20,
		.pfn = 0x11ce00,
		.order = 9,
		.anon = true,
		.mapcount = {2, 4, 515},
		.items = items,
		.n = sizeof(items) / sizeof(items[0]),
		.processes = 230,
		.looked = 12,
		.denied = 2,
		.found = 1024,
		.counted = 1538,
		.missing = 514,
		.missing_most = 2,
		.surplus = 3,
		.took_ns = 2000000000,
		.partial = "2.0 s were over",
		.changed = "the folio was split",
	};
}
