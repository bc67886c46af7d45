/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A roster as a table. */
#include "format/text_roster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "format/text_line.h"

#define USER_COLUMNS 12

/* Most huge memory first, then most memory, then the lowest PID. */
static int compare(const void *left, const void *right)
{
	const struct roster_row *a = *(const struct roster_row *const *)left,
				*b = *(const struct roster_row *const *)right;
	const uint64_t one = roster_huge_kb(a), other = roster_huge_kb(b);

	if (a->known != b->known)
		return b->known - a->known;
	if (one != other)
		return one < other ? 1 : -1;
	if (a->is.rss_kb != b->is.rss_kb)
		return a->is.rss_kb < b->is.rss_kb ? 1 : -1;
	return a->is.pid < b->is.pid ? -1 : 1;
}

static void put_kb(struct out *out, const struct roster_row *row, uint64_t kb, const char *unless)
{
	if (!row->known)
		buf_printf(&out->buf, " %9s", "-");
	else if (unless)
		buf_printf(&out->buf, " %9s", unless);
	else
		buf_printf(&out->buf, " %9" PRIu64, kb);
}

static void put_row(struct out *out, const struct roster_row *row, bool ascii)
{
	const char *mapping = row->mapping_known ? NULL : "?";
	const char *backing = row->kb.unknown ? "?" : NULL;
	char share[16] = "-", user[32], *name = user;
	size_t from;

	buf_printf(&out->buf, "%7d ", (int)row->is.pid);
	from = out->buf.len;
	snprintf(user, sizeof(user), row->is.uid == UNKNOWN_COUNT ? "?" : "%" PRId64, row->is.uid);
	if (*row->is.user)
		name = (char *)row->is.user;
	line_safe(&out->buf, name, ascii);
	line_pad(&out->buf, from, USER_COLUMNS);
	if (row->is.rss_kb == UNKNOWN_COUNT)
		buf_printf(&out->buf, " %9s", "?");
	else
		buf_printf(&out->buf, " %9" PRId64, row->is.rss_kb);
	put_kb(out, row, roster_huge_kb(row), mapping);
	put_kb(out, row, row->huge.anon, mapping);
	put_kb(out, row, row->huge.shmem, mapping);
	put_kb(out, row, row->huge.file, mapping);
	put_kb(out, row, row->kb.hugetlb, NULL);
	put_kb(out, row, row->kb.thp_pte, backing);
	put_kb(out, row, row->kb.mthp, backing);
	put_kb(out, row, row->kb.small, backing);
	if (row->known && mapping)
		strcpy(share, "?");
	else if (row->known)
		snprintf(share, sizeof(share), "%d%%",
			 row->kb.present ? (int)(row->kb.pmd * 100 / row->kb.present) : 0);
	buf_printf(&out->buf, " %4s ", share);
	if (*row->is.command) {
		line_safe(&out->buf, row->is.command, ascii);
	} else {
		buf_putc(&out->buf, '[');
		line_safe(&out->buf, row->is.comm, ascii);
		buf_putc(&out->buf, ']');
	}
	buf_putc(&out->buf, '\n');
}

int text_write_roster(const struct roster_view *roster, const struct text_options *options,
		      const struct sink *sink)
{
	const struct roster_row **rows = mem_alloc(roster->n * sizeof(*rows));
	struct out out = {.sink = sink};
	size_t i, n = 0;

	for (i = 0; i < roster->n; i++)
		if (!roster->rows[i].is.kernel_thread)
			rows[n++] = &roster->rows[i];
	if (n)
		qsort(rows, n, sizeof(*rows), compare);
	buf_printf(&out.buf, "%7s %-*s %9s %9s %9s %9s %9s %9s %9s %9s %9s %4s %s\n", "PID", USER_COLUMNS,
		   "USER", "RSS/kB", "HUGE/kB", "ANON", "SHMEM", "FILE", "HUGETLB", "PTE-THP", "MTHP",
		   "SMALL", "PMD", "COMMAND");
	for (i = 0; i < n; i++) {
		put_row(&out, rows[i], options->ascii);
		out_line(&out);
	}
	free(rows);
	return out_end(&out);
}
