/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes from a far end, in pieces of as many as the first byte says: the lines that they are, each once and whole, and
 * then its end.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/link.h"

#define SENT_MAX ((size_t)64 << 10) /* what a socket takes with nobody reading */
#define LONG_NS (600 * LINK_NS_PER_S)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The lines that have come by now are the next ones of the text. */
static const char *check_lines(struct link *link, const char *text, const char *end)
{
	const char *line, *newline;
	size_t len;

	while (!link_line(link, LONG_NS, 0, &line, &len)) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline || len != (size_t)(newline - text) || memcmp(line, text, len))
			abort();
		text = newline + 1;
	}
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t piece = size ? data[0] + 1u : 1;
	const char *at = (const char *)data + 1, *told = at, *end = (const char *)data + size;
	const char *line;
	struct link *link;
	size_t n, len;
	int pair[2];

	if (!size || size > SENT_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return 0;
	link = link_socket(pair[0], "fuzz");
	for (; at < end; at += n) {
		n = (size_t)(end - at) < piece ? (size_t)(end - at) : piece;
		if (write(pair[1], at, n) != (ssize_t)n)
			abort();
		told = check_lines(link, told, at + n);
		if (memchr(told, '\n', (size_t)(at + n - told)))
			abort();
	}
	close(pair[1]);
	if (link_line(link, LONG_NS, LONG_NS, &line, &len) != -EIO || !*link_error(link))
		abort();
	link_close(link);
	return 0;
}
