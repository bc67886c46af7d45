/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a LAB_RUN says. Pure. */
#ifndef INIT_REQUEST_H
#define INIT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/frames.h"

/* Everything but the two lists, which are the request's own, points into the text. */
struct request {
	struct lab_run head;
	const char *folder, *share;
	char **words, **environment; /* with a NULL behind them */
};

/*
 * Takes a LAB_RUN apart. False: it breaks off, or its lists are longer than it is. Whatever it returns, request_fini frees
 * the lists.
 */
bool request_parse(const char *text, size_t len, struct request *request);
void request_fini(struct request *request);

#endif
