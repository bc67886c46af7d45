/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a snapshot, one function a type; each appends one line with its newline. */
#ifndef FORMAT_JSON_LINES_H
#define FORMAT_JSON_LINES_H

#include "core/buf.h"
#include "core/moment.h"

/* Each appends one line with its newline. */
void json_snapshot_line(struct buf *out, const struct moment *moment);
void json_process_line(struct buf *out, const struct process *process);
void json_skipped_line(struct buf *out, const struct process *process);
void json_vma_line(struct buf *out, pid_t pid, const struct vma *vma);
void json_region_line(struct buf *out, pid_t pid, const struct region *region, uint64_t pmd_size);

/* Pages of one process: the part of the line up to the address is made once. */
struct json_page_prefix {
	char text[64];
	size_t len;
};
void json_page_prefix(struct json_page_prefix *prefix, pid_t pid);
void json_page_lines(struct buf *out, const struct json_page_prefix *prefix, const struct page *pages,
		     size_t n);

#endif
