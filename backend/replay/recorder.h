/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments into a recording: each a zstd frame of its own, most of them as what changed (thpscope-snapshot(5), RECORDINGS). */
#ifndef REPLAY_RECORDER_H
#define REPLAY_RECORDER_H

#include "core/moment.h"
#include "format/sink.h"

/*
 * A whole moment is written again when the deltas since the last one have come to as many bytes as it, or are so many:
 * so whoever goes back in time reads no more than twice a whole moment, and whole ones are no more than half of a file.
 */
#define RECORDER_DELTAS_MAX 256

struct recorder;

struct recorder *recorder_new(void);
void recorder_free(struct recorder *recorder); /* NULL is fine */

/* What it writes goes behind so many moments. */
void recorder_go_on(struct recorder *recorder, size_t moments);

/*
 * Writes the moment, of which it keeps a hold until the next one; the first is whole. A frame ends with the moment and
 * has a checksum: what was written up to here is whole, whatever comes next. 0 or what the sink returned: then the next
 * one is whole again. -EOVERFLOW: with it there would be more than TAPE_MOMENTS_MAX (tape.h), and it is not written. One thread
 * at a time.
 */
int recorder_write(struct recorder *recorder, struct moment *moment, const struct sink *sink);

#endif
