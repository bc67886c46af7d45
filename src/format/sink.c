/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of text on their way to a sink. */
#include "format/sink.h"

#include <errno.h>
#include <unistd.h>

int sink_fd(void *ctx, const char *bytes, size_t n)
{
	const int *fd = ctx;
	ssize_t done;

	while (n) {
		done = write(*fd, bytes, n);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

int sink_buf(void *ctx, const char *bytes, size_t n)
{
	buf_add(ctx, bytes, n);
	return 0;
}

static void pass_on(struct out *out)
{
	if (!out->error && out->buf.len)
		out->error = out->sink->write(out->sink->ctx, out->buf.data, out->buf.len);
	buf_clear(&out->buf);
}

void out_line(struct out *out)
{
	if (out->buf.len >= OUT_PIECE)
		pass_on(out);
}

int out_end(struct out *out)
{
	pass_on(out);
	buf_fini(&out->buf);
	return out->error;
}
