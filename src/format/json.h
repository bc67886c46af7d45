/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as thpscope-snapshot/1: JSON Lines, described in thpscope-snapshot(5). */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include "core/cow.h"
#include "format/sink.h"

#define JSON_SCHEMA "thpscope-snapshot/1"

/*
 * Writes the moment: the snapshot line; for each process its line (or a skipped line), its VMAs, each followed by
 * its regions, each followed by its pages where the moment has them; the events; the end line. Numbers that are not
 * known are left out. Passes text on in pieces of about OUT_PIECE bytes that end with a line. Returns 0 or what the
 * sink returned. Pure but for the sink; any thread.
 */
int json_write(const struct moment *moment, const struct sink *sink);

/*
 * The same bit by bit, for events that come one after another and are not kept: the snapshot line first, then the lines of
 * all events of a moment as often as there are new ones, the end line last. Processes are left out.
 */
int json_write_head(const struct moment *moment, const struct sink *sink);
int json_write_events(const struct moment *moment, const struct sink *sink);
int json_write_end(const struct sink *sink);

/*
 * As json_write, with what a write to each region and page would do (core/cow.h): "cow" of region lines is an array with an
 * object for each row asked for, of page lines one with their verdicts.
 */
int json_write_cow(const struct moment *moment, const struct cow_ask *ask, const struct sink *sink);

#endif
