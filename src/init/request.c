/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a LAB_RUN says. */
#include "init/request.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static const char *next(const char **at, const char *end)
{
	const char *word = *at, *zero = memchr(word, '\0', (size_t)(end - word));

	if (!zero)
		return NULL;
	*at = zero + 1;
	return word;
}

static bool parse_list(const char **at, const char *end, uint32_t n, char ***list)
{
	uint32_t i;

	/* Each takes a byte at least. */
	if (n > (size_t)(end - *at))
		return false;
	*list = mem_alloc((n + (size_t)1) * sizeof(**list));
	for (i = 0; i < n; i++) {
		(*list)[i] = (char *)next(at, end);
		if (!(*list)[i])
			return false;
	}
	return true;
}

bool request_parse(const char *text, size_t len, struct request *request)
{
	const char *at, *end = text + len;

	memset(request, 0, sizeof(*request));
	if (len < sizeof(request->head))
		return false;
	at = text + sizeof(request->head);
	memcpy(&request->head, text, sizeof(request->head));
	request->folder = next(&at, end);
	request->share = request->folder ? next(&at, end) : NULL;
	return request->share && parse_list(&at, end, request->head.n_words, &request->words) &&
	       parse_list(&at, end, request->head.n_environment, &request->environment);
}

void request_fini(struct request *request)
{
	free(request->words);
	free(request->environment);
}
