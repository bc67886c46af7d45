/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of an HTML page is the same in all: its style, its script, and what it may do. */
#ifndef FORMAT_HTML_PARTS_H
#define FORMAT_HTML_PARTS_H

#include "core/buf.h"

/* All up to and with <body>; `title` is text. */
void html_head(struct buf *out, const struct buf *title);

/* All from the script on. */
void html_tail(struct buf *out);

#endif
