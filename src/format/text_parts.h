/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a text snapshot, between the files that write them. */
#ifndef FORMAT_TEXT_PARTS_H
#define FORMAT_TEXT_PARTS_H

#include "core/symbol.h"
#include "format/text.h"

struct text {
	const struct moment *moment;
	struct text_options options; /* width set */
	struct out out;
	bool used[SYMBOL_COUNT]; /* for the legend */
	bool used_fragment;
};

void text_header(struct text *text);
void text_process(struct text *text, const struct process *process); /* its figures */
void text_skipped(struct text *text);

/* The VMAs of a process with their cells and pages. */
void text_map(struct text *text, const struct process *process);

/* "7f00..-7f40.. rw-p anon 1 GiB, 512 MiB present, 64 MiB pmd": a VMA without its name. */
void text_vma(struct buf *line, const struct vma *vma);

/* The cells of one VMA; from..to limits them (slot-aligned, or the VMA's own bounds). */
void text_cells(struct text *text, const struct process *process, const struct vma *vma, uint64_t from,
		uint64_t to);
void text_legend(struct text *text);

/* What writes to the pages of a VMA would do, where that is asked. */
void text_cow(struct text *text, const struct process *process, const struct vma *vma);

/* "pmd, thp: present 512 exclusive 512, mapcount entire 1 highest 1 total 1": what is known of a region. */
void text_facts(struct buf *line, const struct region *region);

/* What happened, a paragraph an event. */
void text_events(struct text *text);

/* The runs of pages of a VMA's regions. */
void text_pages(struct text *text, const struct process *process, const struct vma *vma);

#endif
