/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as what the lab's guest is to run: refused, or texts that lie within them, as many as are said. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "init/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *word, const char *text, size_t size)
{
	if (word < text || word >= text + size || !memchr(word, 0, (size_t)(text + size - word)))
		abort();
}

static void check_all(char *const *words, uint32_t n, const char *text, size_t size)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		check(words[i], text, size);
	if (words[n])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct request request;

	if (request_parse(text, size, &request)) {
		check(request.folder, text, size);
		check(request.share, text, size);
		check_all(request.words, request.head.n_words, text, size);
		check_all(request.environment, request.head.n_environment, text, size);
	}
	request_fini(&request);
	return 0;
}
