/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as an SVG picture: the text snapshot with its map drawn, for slides, print and bug reports. */
#ifndef FORMAT_SVG_H
#define FORMAT_SVG_H

#include "core/moment.h"
#include "format/sink.h"

/*
 * Writes the moment as an SVG 1.1 document that needs nothing but itself: no script, no network, no fonts but those that
 * there are. Symbols differ by shape as well as by colour; title and desc say what is seen. What does not fit a picture
 * is left out or drawn with several regions a cell, and the picture says so (format/picture.h has the limits). Returns 0
 * or what the sink returned. Pure but for the sink; any thread.
 */
int svg_write(const struct moment *moment, const struct sink *sink);

#endif
