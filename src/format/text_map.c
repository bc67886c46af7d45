/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VMAs of a process: a header line each, its cells, its pages. */
#include "format/plot.h"
#include "format/text_line.h"
#include "format/text_parts.h"

/* The name behind `column` columns of the header line, or on a line of its own. */
static void put_name(struct text *text, const char *name, unsigned column)
{
	struct buf *out = &text->out.buf, safe = {0};
	unsigned width = text->options.width, columns;
	bool ascii = text->options.ascii;

	columns = line_safe(&safe, name, ascii);
	if (columns && column + 2 + columns <= width) {
		buf_puts(out, "  ");
		buf_add(out, safe.data, safe.len);
	} else if (columns) {
		buf_puts(out, "\n  ");
		line_safe_end(out, name, ascii, width - 2);
	}
	buf_putc(out, '\n');
	buf_fini(&safe);
}

static void put_smaps(struct text *text, const struct smaps *smaps)
{
	struct buf line = {0};
	size_t i;

	if (!smaps->n_flags && smaps->thp_eligible < 0)
		return;
	buf_puts(&line, "  VmFlags");
	for (i = 0; i < smaps->n_flags; i++) {
		buf_putc(&line, ' ');
		line_safe(&line, smaps->flags[i], text->options.ascii);
	}
	if (smaps->thp_eligible >= 0)
		buf_printf(&line, ", THPeligible %d", smaps->thp_eligible);
	line_wrap(&text->out.buf, text->options.width, 4, line.data);
	buf_fini(&line);
}

static void put_part(struct buf *line, uint64_t kb, const char *what)
{
	if (!kb)
		return;
	buf_puts(line, ", ");
	line_size_kb(line, kb);
	buf_puts(line, what);
}

void text_vma(struct buf *line, const struct vma *vma)
{
	buf_printf(line, "%llx-%llx %s %s ", (unsigned long long)vma->start, (unsigned long long)vma->end,
		   vma->perms, vma_kind_name(vma->kind));
	line_size(line, vma->end - vma->start);
	put_part(line, vma->kb.present, " present");
	put_part(line, vma->kb.pmd, " pmd");
	put_part(line, vma->kb.swap, " swapped");
	put_part(line, vma->kb.zero, " zero page");
}

static void put_vma(struct text *text, const struct process *process, const struct vma *vma)
{
	struct buf line = {0};
	uint64_t from, to;

	if (!plot_surveyed(text->moment, vma, &from, &to))
		return;
	text_vma(&line, vma);
	buf_add(&text->out.buf, line.data, line.len);
	put_name(text, vma->label ? vma->label : vma->name, (unsigned)line.len);
	buf_fini(&line);
	if (vma->smaps)
		put_smaps(text, vma->smaps);
	text_cells(text, process, vma, from, to);
	text_cow(text, process, vma);
	if (process->n_pages)
		text_pages(text, process, vma);
	out_line(&text->out);
}

void text_map(struct text *text, const struct process *process)
{
	uint64_t present = 0, swapped = 0, n = 0, from, to;
	struct buf line = {0};
	const struct vma *vma;
	size_t i;

	buf_putc(&text->out.buf, '\n');
	for (i = 0; i < process->n_vmas && !text->out.error; i++) {
		vma = &process->vmas[i];
		if (text->options.all_vmas || !plot_condensed(vma)) {
			put_vma(text, process, vma);
		} else if (plot_surveyed(text->moment, vma, &from, &to)) {
			n++;
			present += vma->kb.present;
			swapped += vma->kb.swap;
		}
	}
	if (!n)
		return;
	buf_printf(&line, "and %llu VMA%s without a whole region: ", (unsigned long long)n,
		   n == 1 ? "" : "s");
	line_size_kb(&line, present);
	buf_puts(&line, " present");
	put_part(&line, swapped, " swapped");
	line_wrap(&text->out.buf, text->options.width, 2, line.data);
	buf_fini(&line);
}
