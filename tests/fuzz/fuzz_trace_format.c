/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a tracepoint's format: refused, or fields and words within bounds, whose values are read within bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_format format;
	uint64_t value;
	size_t i;

	if (trace_format_parse((const char *)data, size, &format))
		return 0;
	if (format.n_fields > TRACE_FIELDS_MAX || format.n_words > TRACE_WORDS_MAX)
		abort();
	for (i = 0; i < format.n_fields; i++) {
		if (!format.fields[i].name[0] ||
		    !memchr(format.fields[i].name, 0, sizeof(format.fields[i].name)))
			abort();
		trace_field_value(&format.fields[i], data, size, &value);
	}
	for (i = 0; i < format.n_words; i++)
		if (!trace_format_word(&format, format.words[i].value))
			abort();
	return 0;
}
