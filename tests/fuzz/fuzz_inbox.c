/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as what a client says to the agent, behind a greeting or without, in pieces of as many as the first byte says: a
 * request for each line that is one, a sentence for one that is none, and the same whatever the pieces are.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/inbox.h"
#include "core/clock.h"

/* What a socket takes with nobody reading: of bytes, and of writes, each of which is kept by itself. */
#define SENT_MAX ((size_t)32 << 10)
#define PIECES_MAX 100
#define LONG_NS UINT64_C(60000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	uint64_t ids, n, errors, fatal, seen, cut;
};

static void note(struct told *told, const struct inbox_item *item, uint64_t *last)
{
	told->n++;
	if (item->error) {
		if (!item->problem[0])
			abort();
		told->errors++;
		told->fatal += item->fatal;
		return;
	}
	if (item->request.id <= *last)
		abort();
	*last = item->request.id;
	told->ids = told->ids * 31 + item->request.id * 7 + (unsigned)item->request.call;
}

static struct told listen_to(const char *text, size_t len, size_t piece, bool greeted)
{
	struct inbox_item *item;
	struct told told = {0};
	struct outbox outbox;
	struct buf hello = {0};
	struct inbox inbox;
	uint64_t last = 0;
	size_t n;
	int pair[2], nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    outbox_open(&outbox, nowhere) || inbox_open(&inbox, pair[0], &outbox))
		abort();
	wire_put_hello_client(&hello);
	if (greeted && write(pair[1], hello.data, hello.len) != (ssize_t)hello.len)
		abort();
	for (; len; len -= n, text += n) {
		n = len < piece ? len : piece;
		if (write(pair[1], text, n) != (ssize_t)n)
			abort();
	}
	shutdown(pair[1], SHUT_WR);
	while (!inbox_over(&inbox)) {
		item = inbox_take(&inbox, clock_mono_ns() + LONG_NS);
		if (item) {
			note(&told, item, &last);
			inbox_free(&inbox, item);
		}
		inbox_seen(&inbox, &told.seen);
	}
	inbox_seen(&inbox, &told.seen);
	/* With all CPUs busy the time of grace behind the end may have been too short. */
	told.cut = inbox.stop;
	inbox_close(&inbox);
	outbox_close(&outbox);
	buf_fini(&hello);
	close(pair[0]);
	close(pair[1]);
	close(nowhere);
	return told;
}

static size_t lines_of(const char *text, size_t len)
{
	const char *end = text + len;
	size_t lines = 0;

	while ((text = memchr(text, '\n', (size_t)(end - text)))) {
		text++;
		lines++;
	}
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 2;
	struct told pieces, whole;
	size_t lines, piece;

	if (size < 2 || size > SENT_MAX)
		return 0;
	lines = lines_of(text, size - 2);
	/* What is behind more requests than there is room for, when the client goes, is not answered. */
	if (lines >= INBOX_ROOM)
		return 0;
	piece = data[0] + 1u > size / PIECES_MAX ? data[0] + 1u : size / PIECES_MAX + 1;
	pieces = listen_to(text, size - 2, piece, data[1] & 1);
	whole = listen_to(text, size - 2, size, data[1] & 1);
	if (whole.n > lines || (!pieces.cut && !whole.cut && memcmp(&pieces, &whole, sizeof(whole))))
		abort();
	return 0;
}
