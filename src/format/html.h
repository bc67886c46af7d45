/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as one HTML page: the map with details of each cell, for who points at it or goes there by keys. */
#ifndef FORMAT_HTML_H
#define FORMAT_HTML_H

#include "core/moment.h"
#include "format/sink.h"

/*
 * Writes the moment as one HTML 5 document that needs nothing but itself: it allows no network at all (a policy in its
 * head), shows details by style alone, and has a script of a few lines only for the arrow keys. Light or dark as the reader
 * wishes; readable when printed. What does not fit is left out or drawn with several regions a cell, and the page says so
 * (format/picture.h has the limits). Returns 0 or what the sink returned. Pure but for the sink; any thread.
 */
int html_write(const struct moment *moment, const struct sink *sink);

#endif
