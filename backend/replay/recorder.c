/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments into frames. */
#include "replay/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/mem.h"
#include "format/delta.h"
#include "replay/change.h"
#include "replay/tape.h"

/* The default of zstd(1). 9 takes three times as long for a tenth less. */
#define LEVEL 3

struct recorder {
	ZSTD_CCtx *context;
	struct moment *before; /* held */
	struct buf text, frame;
	size_t whole, deltas; /* bytes of the last whole moment, and of all deltas since, as written */
	unsigned n_deltas;
	size_t moments; /* in the file */
};

struct recorder *recorder_new(void)
{
	struct recorder *recorder = mem_alloc(sizeof(*recorder));

	recorder->context = ZSTD_createCCtx();
	if (!recorder->context)
		mem_exhausted();
	ZSTD_CCtx_setParameter(recorder->context, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(recorder->context, ZSTD_c_checksumFlag, 1);
	return recorder;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	ZSTD_freeCCtx(recorder->context);
	moment_free(recorder->before);
	buf_fini(&recorder->text);
	buf_fini(&recorder->frame);
	free(recorder);
}

void recorder_go_on(struct recorder *recorder, size_t moments)
{
	recorder->moments = moments;
}

/* The text of the moment as one frame, and out with it. */
static int put_frame(struct recorder *recorder, const struct sink *sink)
{
	const size_t room = ZSTD_compressBound(recorder->text.len);
	size_t len;

	buf_clear(&recorder->frame);
	len = ZSTD_compress2(recorder->context, buf_reserve(&recorder->frame, room), room,
			     recorder->text.data, recorder->text.len);
	if (ZSTD_isError(len)) /* with that much room it is memory alone */
		mem_exhausted();
	recorder->frame.len = len;
	return sink->write(sink->ctx, recorder->frame.data, len);
}

/* A whole moment does not show what is new in it: before its last line another one says that something is. */
static void tell_change(struct buf *text)
{
	static const char told[] = "{\"type\":\"change\"}\n";
	const char *last = memrchr(text->data, '\n', text->len - 1);
	const size_t at = last ? (size_t)(last + 1 - text->data) : 0, n = sizeof(told) - 1;

	buf_reserve(text, n);
	memmove(text->data + at + n, text->data + at, text->len - at + 1);
	memcpy(text->data + at, told, n);
	text->len += n;
}

/* Whether the next moment may be a delta. */
static bool may_be_delta(const struct recorder *recorder)
{
	return recorder->before && recorder->deltas < recorder->whole &&
	       recorder->n_deltas < RECORDER_DELTAS_MAX;
}

int recorder_write(struct recorder *recorder, struct moment *moment, const struct sink *sink)
{
	const struct sink text = {sink_buf, &recorder->text};
	const bool delta = may_be_delta(recorder);
	int err;

	if (recorder->moments >= TAPE_MOMENTS_MAX)
		return -EOVERFLOW;
	buf_clear(&recorder->text);
	err = delta ? delta_write(recorder->before, moment, &text) : delta_write_first(moment, &text);
	if (!delta && recorder->before && change_between(recorder->before, moment))
		tell_change(&recorder->text);
	if (!err)
		err = put_frame(recorder, sink);
	recorder->moments += !err;
	moment_free(recorder->before);
	recorder->before = err ? NULL : moment_hold(moment);
	recorder->whole = delta ? recorder->whole : recorder->frame.len;
	recorder->deltas = delta ? recorder->deltas + recorder->frame.len : 0;
	recorder->n_deltas = delta ? recorder->n_deltas + 1 : 0;
	return err;
}
