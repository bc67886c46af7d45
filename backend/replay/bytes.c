/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines out of frames. */
#include "replay/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

#define IN_ROOM ((size_t)128 << 10)
#define TEXT_PIECE ((size_t)256 << 10)

static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd}; /* RFC 8878, 3.1.1 */

/* More of the file into `in`. How much is there, 0 at its end, or a negative errno. */
static ssize_t read_more(struct bytes *bytes)
{
	ssize_t got;

	if (bytes->in_at < bytes->in_len)
		return (ssize_t)(bytes->in_len - bytes->in_at);
	do
		got = pread(bytes->fd, bytes->in, IN_ROOM, (off_t)bytes->in_next);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	bytes->in_at = 0;
	bytes->in_len = (size_t)got;
	bytes->in_next += (uint64_t)got;
	return got;
}

/* The byte of the file that comes next. */
static uint64_t tell(const struct bytes *bytes)
{
	return bytes->in_next - (bytes->in_len - bytes->in_at);
}

static int fail(struct bytes *bytes, int err, const char *problem)
{
	bytes->problem = problem;
	return err;
}

bool bytes_packed(const void *begin, size_t len)
{
	return len >= sizeof(magic) && !memcmp(begin, magic, sizeof(magic));
}

int bytes_open(struct bytes *bytes, int fd)
{
	ssize_t got;

	memset(bytes, 0, sizeof(*bytes));
	bytes->fd = fd;
	bytes->in = mem_alloc(IN_ROOM);
	buf_reserve(&bytes->text,
		    TEXT_PIECE); /* so that there is a place to point to, and be it for nothing */
	bytes->context = ZSTD_createDCtx();
	if (!bytes->context)
		mem_exhausted();
	got = read_more(bytes);
	if (got < 0)
		return (int)got;
	bytes->packed = bytes_packed(bytes->in, (size_t)got);
	if (got && !bytes->packed && *bytes->in != '{')
		return fail(bytes, -EBADMSG, "is neither a recording nor a snapshot");
	return 0;
}

void bytes_close(struct bytes *bytes)
{
	ZSTD_freeDCtx(bytes->context);
	buf_fini(&bytes->text);
	free(bytes->in);
}

/* What was taken of the text makes room. */
static void compact(struct bytes *bytes)
{
	struct buf *text = &bytes->text;

	if (!bytes->from)
		return;
	memmove(text->data, text->data + bytes->from, text->len - bytes->from);
	text->len -= bytes->from;
	bytes->mark -= (int64_t)bytes->from;
	bytes->from = 0;
}

static int add_plain(struct bytes *bytes)
{
	buf_add(&bytes->text, bytes->in + bytes->in_at, bytes->in_len - bytes->in_at);
	bytes->in_at = bytes->in_len;
	return 1;
}

static int add_unpacked(struct bytes *bytes)
{
	ZSTD_inBuffer in = {bytes->in, bytes->in_len, bytes->in_at};
	ZSTD_outBuffer out = {buf_reserve(&bytes->text, TEXT_PIECE), TEXT_PIECE, 0};
	size_t left;

	if (!bytes->within) {
		bytes->within = true;
		bytes->frame = tell(bytes);
		bytes->mark = (int64_t)bytes->text.len;
	}
	left = ZSTD_decompressStream(bytes->context, &out, &in);
	if (ZSTD_isError(left))
		return fail(bytes, -EBADMSG, "is damaged");
	bytes->in_at = in.pos;
	bytes->text.len += out.pos;
	bytes->more = left && out.pos == out.size;
	if (!left) {
		bytes->within = false;
		bytes->whole_to = tell(bytes);
	}
	return 1;
}

/* More text. 1; 0 at the end; or a negative errno. */
static int add_text(struct bytes *bytes)
{
	ssize_t got;

	compact(bytes);
	if (bytes->text.len > BYTES_LINE_MAX)
		return fail(bytes, -EBADMSG, "has a line that is longer than any of ours");
	if (bytes->more)
		return add_unpacked(bytes);
	got = read_more(bytes);
	if (got < 0)
		return (int)got;
	if (got)
		return bytes->packed ? add_unpacked(bytes) : add_plain(bytes);
	if (bytes->within || bytes->text.len)
		return fail(bytes, -ENODATA, "is cut off");
	return 0;
}

int bytes_go(struct bytes *bytes, const struct place_in *place)
{
	uint64_t left = place->skip;
	int err;

	ZSTD_DCtx_reset(bytes->context, ZSTD_reset_session_only);
	bytes->in_next = bytes->frame = place->frame;
	bytes->in_at = bytes->in_len = bytes->from = 0;
	bytes->within = bytes->more = false;
	bytes->mark = 0;
	bytes->here = (struct place_in){place->frame, 0};
	buf_clear(&bytes->text);
	while (left) {
		err = add_text(bytes);
		if (err <= 0)
			return err ? err : fail(bytes, -EBADMSG, "has changed");
		bytes->from = left < bytes->text.len ? (size_t)left : bytes->text.len;
		left -= bytes->from;
	}
	return 0;
}

int bytes_line(struct bytes *bytes, const char **line, size_t *len, struct place_in *place)
{
	size_t searched = 0;
	const char *end;
	int err;

	for (;;) {
		if ((int64_t)bytes->from >= bytes->mark) {
			bytes->here.frame = bytes->frame;
			bytes->here.skip = (uint64_t)((int64_t)bytes->from - bytes->mark);
		}
		*line = bytes->text.data + bytes->from;
		*len = bytes->text.len - bytes->from;
		end = *len > searched ? memchr(*line + searched, '\n', *len - searched) : NULL;
		if (end)
			break;
		searched = *len;
		err = add_text(bytes);
		if (err <= 0)
			return err;
	}
	*len = (size_t)(end - *line);
	*place = bytes->here;
	bytes->from += *len + 1;
	if (!bytes->packed) {
		place->frame += place->skip;
		place->skip = 0;
		bytes->whole_to = place->frame + *len + 1;
	}
	return 1;
}
