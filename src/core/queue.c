/* SPDX-License-Identifier: GPL-2.0-or-later */
/* khugepaged's queue, as the team kernel writes it. */
#include "core/queue.h"

#include <errno.h>
#include <string.h>

#include "core/parse.h"

/* "1 of 8" */
static bool parse_head(const struct line *line, uint64_t *n, uint64_t *room)
{
	static const char of[] = " of ";
	const char *end = line->text + line->len, *at = parse_u64(line->text, end, 10, n);

	if (!at || (size_t)(end - at) < sizeof(of) || memcmp(at, of, sizeof(of) - 1))
		return false;
	return parse_u64(at + sizeof(of) - 1, end, 10, room) == end && *room && *room <= QUEUE_MOST &&
	       *n <= *room;
}

static bool parse_queue(const char *at, const char *end, struct queue *queue)
{
	uint64_t n, room;
	struct line line;

	if (at == end)
		return true;
	if (!parse_line(&at, end, &line) || !parse_head(&line, &n, &room))
		return false;
	queue->room = (unsigned)room;
	while (parse_line(&at, end, &line)) {
		if (queue->n == n || parse_u64(line.text, line.text + line.len, 16,
					       &queue->addrs[queue->n]) != line.text + line.len)
			return false;
		queue->n++;
	}
	return queue->n == n;
}

int queue_parse(const char *text, size_t len, struct queue *queue)
{
	memset(queue, 0, sizeof(*queue));
	queue->known = parse_queue(text, text + len, queue);
	if (queue->known)
		return 0;
	memset(queue, 0, sizeof(*queue));
	return -EBADMSG;
}

unsigned queue_place(const struct queue *queue, uint64_t addr)
{
	unsigned i;

	for (i = 0; i < queue->n; i++)
		if (queue->addrs[i] == addr)
			return i + 1;
	return 0;
}
