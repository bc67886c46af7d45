/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix of kernels (core/matrix.h), after matrix_compare, as text and as JSON. Pure but for the sink. */
#ifndef FORMAT_MATRIX_H
#define FORMAT_MATRIX_H

#include "core/matrix.h"
#include "format/sink.h"
#include "format/text.h"

#define MATRIX_SCHEMA "thpscope-matrix/1"

/*
 * The script line by line, but for what it only says; below a line how the kernels differ after it, where they did not, or
 * otherwise, before; then which are alike throughout, and what is not known or missing. 0 or what the sink returned.
 */
int matrix_write_text(const struct matrix *matrix, const struct text_options *options,
		      const struct sink *sink);

/* The same as one object on one line, described in thpscope(1), Kernels side by side. 0 or what the sink returned. */
int matrix_write_json(const struct matrix *matrix, const struct sink *sink);

#endif
