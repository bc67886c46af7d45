/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What svg and html have in common: what of a moment is drawn, how a symbol looks, and text in markup. */
#ifndef FORMAT_PICTURE_H
#define FORMAT_PICTURE_H

#include "format/plot.h"
#include "format/sink.h"

/* So much is drawn at most, whatever the moment holds; what is left out is told. */
#define PICTURE_PROCESSES 64 /* those with the most memory */
#define PICTURE_VMAS 500     /* of all of them together, those with the most */
#define PICTURE_CELLS 20000  /* where there would be more, a cell stands for several regions */

#define PICTURE_ROW 64	    /* cells in a row */
#define PICTURE_COLUMNS 120 /* characters of a line of text */
#define PICTURE_TILE 12	    /* a cell in pixels, with the gap beside it */

struct picture {
	const struct moment *moment;
	uint64_t per;	    /* regions a cell */
	bool *processes;    /* drawn, by place in the moment */
	bool *vmas;	    /* drawn, by place among the VMAs of all processes */
	size_t *first;	    /* where a process's VMAs begin there */
	size_t n_hidden;    /* processes that could be read and are not drawn */
	uint64_t hidden_kb; /* what they have present */
};

/* Chooses what is drawn, by the limits above; picture_fini frees. */
struct picture picture_plan(const struct moment *moment);
void picture_fini(struct picture *picture);

/* Whether a VMA of a drawn process is drawn itself; else it is one of those that picture_rest() sums up. */
bool picture_shows(const struct picture *picture, size_t process, size_t vma);

/* A run of so many cells without memory is one cell and a number. */
static inline bool picture_folds(const struct plot_run *run)
{
	return !run->n_regions && run->cells > 32;
}

/* How a symbol looks: shapes for a tile, as they stand in an SVG; and a name of it, a letter. */
const char *picture_paint(enum symbol symbol);
char picture_letter(enum symbol symbol);

/* Lines for people, each with a newline: the machine and what is missing; what the cells are and what is left out. */
void picture_header(const struct picture *picture, struct buf *out);
void picture_notes(const struct picture *picture, struct buf *out);

/* Lines: a process and its figures; its VMAs that are not drawn, if any; who was skipped, and that something happened. */
void picture_process(const struct picture *picture, size_t process, struct buf *out);
void picture_rest(const struct picture *picture, size_t process, struct buf *out);
void picture_footer(const struct picture *picture, struct buf *out);

/* A line without its newline: a VMA. */
void picture_vma(const struct vma *vma, struct buf *out);

/* What is known of a run, for who points at it: "7f0000000000: pmd, thp: present 512". */
void picture_facts(const struct picture *picture, const struct plot_run *run, struct buf *out);

/* "4242 redis-server", or "12 processes": what the moment is of. */
void picture_title(const struct moment *moment, struct buf *out);

/* Appends text (UTF-8, as line_safe gives it) with what has a meaning in XML and HTML as entities. */
void picture_escape(struct buf *out, const char *text, size_t len);

#endif
