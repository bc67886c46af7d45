/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments one after another, each as what is different from the one before: the stream of recordings and of the agent,
 * described in thpscope-snapshot(5) under DELTAS.
 *
 * What comes back is all that screens and texts show of a moment, to the last bit, and more than json_write writes
 * (advice, eligible, RSS, free blocks, raw entries above an examined region's pages, tasks). Not in it is what only the
 * survey of the next live sample needs: region.words, process.carried (of what is carried over the bound, carried_ns, is
 * told), maps_hash, loose, shared, spans.
 */
#ifndef FORMAT_DELTA_H
#define FORMAT_DELTA_H

#include "format/json_read.h"
#include "format/sink.h"

/*
 * Writes `now`, as a delta to `before`, which may be freed afterwards. before NULL: whole, as json_write would with a few
 * keys more. A moment that no delta leads to is written whole too: of another page size, or with processes in another
 * order. No line is longer than 1 MiB, but for texts that are. Returns 0 or what the sink returned. Pure but for
 * the sink; any thread.
 */
int delta_write(const struct moment *before, const struct moment *now, const struct sink *sink);

/*
 * The same of the first moment, as a delta to nothing: for a slow link, a thirtieth of the bytes of a whole one. Only a
 * reader of streams takes it.
 */
int delta_write_first(const struct moment *now, const struct sink *sink);

struct delta_reader;

/*
 * Reads such a stream, line by line. `shift_ns` is added to every CLOCK_MONOTONIC that is read (never to a model's
 * steps): the reader's clock minus the writer's, or 0. One thread at a time.
 */
struct delta_reader *delta_reader_open(int64_t shift_ns);
void delta_reader_close(struct delta_reader *reader); /* NULL is fine */

/*
 * Takes one line, without its newline. Returns
 *   0         it goes on
 *   1         this was an end line: *moment is the caller's (moment_free). It shares no memory with another moment, and
 *             is as sound as json_read's. The reader keeps a hold of it: it is what the next delta is to.
 *   -EBADMSG  as json_read, with *problem filled (its line is counted from 1 on in all that was read); also a delta to a
 *             moment that is not the last one. What was read of this moment is dropped, the last whole one stays, and the
 *             next line has to be a snapshot line.
 * No allocation grows with a number that a line merely claims, and a moment of more than DELTA_MOMENT_MAX bytes of memory, of
 * more than DELTA_PROCESSES_MAX processes, or a line that takes as much work as none of ours, is refused: two bytes in a
 * column make a region, and what a far end has to say may not end.
 */
#define DELTA_MOMENT_MAX ((size_t)1 << 30)
#define DELTA_PROCESSES_MAX ((size_t)1 << 16)
int delta_read_line(struct delta_reader *reader, const char *line, size_t len, struct moment **moment,
		    struct json_problem *problem);

/*
 * The two clocks turned out to differ by so much more, beginning with `moment`, which the reader gave out and nobody has
 * looked at yet: it and its events are moved by that. Returns what is added from now on.
 */
int64_t delta_reader_shift(struct delta_reader *reader, int64_t by, struct moment *moment);

/* So much is added from the next moment on; those before stay as they are. */
void delta_reader_set_shift(struct delta_reader *reader, int64_t shift_ns);

/* Forgets a half-read moment, and goes on from `before` (a hold of its own is taken); NULL: from none. */
void delta_reader_rewind(struct delta_reader *reader, struct moment *before);

#endif
