/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two ioctls of /proc files that are newer than the headers of some distributions. */
#ifndef PROC_UAPI_H
#define PROC_UAPI_H

#include <stdint.h>
#include <sys/ioctl.h>

/* On /proc/PID/pagemap, Linux 6.7 (include/uapi/linux/fs.h, Documentation/admin-guide/mm/pagemap.rst). */
struct uapi_page_region {
	uint64_t start, end, categories;
};
struct uapi_pm_scan {
	uint64_t size; /* of this struct */
	uint64_t flags;
	uint64_t start, end;
	uint64_t walk_end; /* out */
	uint64_t vec;	   /* address of struct uapi_page_region[] */
	uint64_t vec_len;
	uint64_t max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask;
	uint64_t return_mask;
};
#define UAPI_PAGEMAP_SCAN _IOWR('f', 16, struct uapi_pm_scan)
_Static_assert(sizeof(struct uapi_pm_scan) == 96, "as the kernel checks it");

/* On /proc/PID/maps, Linux 6.11: the VMA that covers query_addr. */
struct uapi_procmap_query {
	uint64_t size; /* of this struct */
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size; /* from here on: out */
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define UAPI_PROCMAP_QUERY _IOWR('f', 17, struct uapi_procmap_query)
_Static_assert(sizeof(struct uapi_procmap_query) == 104, "as the kernel numbers the ioctl by it");

#endif
