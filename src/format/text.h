/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as text for people: the machine, each process's figures, and a map with one cell a region. */
#ifndef FORMAT_TEXT_H
#define FORMAT_TEXT_H

#include <stdbool.h>

#include "core/cow.h"
#include "format/sink.h"

struct text_options {
	unsigned width;	    /* columns; 0: 80. Below 40 it is taken as 40 */
	bool ascii;	    /* glyphs and names in ASCII only */
	bool colour;	    /* ANSI colours; the shapes say the same */
	struct cow_ask cow; /* under these rules a line on what writes would do */
	bool all_vmas; /* also those that hold no whole region and nothing large, else one line tells their sum */
};

/*
 * Writes the moment. Names are escaped: nothing in them reaches a terminal as anything but text. Long runs of
 * equal cells fold, so that the size follows what is mapped and not what is reserved. Pages, where the moment
 * has them, follow the map of their VMA as runs. Returns 0 or what the sink returned. Pure but for the sink; any
 * thread.
 */
int text_write(const struct moment *moment, const struct text_options *options, const struct sink *sink);

/* The events of the moment alone, a paragraph each, in the same way. */
int text_write_events(const struct moment *moment, const struct text_options *options,
		      const struct sink *sink);

#endif
