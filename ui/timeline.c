/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of time below a recording. */
#include "ui/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/screen_parts.h"
#include "ui/theme.h"

#define CLOCK_FROM 100 /* from this width on the line tells the time of day, and which moment it is */
#define LINE_LEAST 8   /* columns of the line itself */

typedef char time_text[32];

const struct timeline *timeline_of(const struct screen *screen)
{
	return screen->scene.newest ? screen->scene.newest->timeline : NULL;
}

static bool at_end(const struct timeline *time)
{
	return time->at + 1 == time->n;
}

bool timeline_stands(const struct screen *screen)
{
	const struct timeline *time = timeline_of(screen);

	return time && (screen->paused || at_end(time));
}

/* Where a command leads; false: it is none of these. */
static bool travel_of(enum command command, enum travel *travel)
{
	static const struct {
		enum command command;
		enum travel travel;
	} table[] = {
		{COMMAND_STEP_BACK, TRAVEL_BACK},
		{COMMAND_STEP, TRAVEL_FORWARD},
		{COMMAND_CHANGE_BACK, TRAVEL_CHANGE_BACK},
		{COMMAND_STEP_AGAIN, TRAVEL_CHANGE},
		{COMMAND_START, TRAVEL_START},
		{COMMAND_FINISH, TRAVEL_END},
		{COMMAND_SLOWER, TRAVEL_SLOWER},
		{COMMAND_FASTER, TRAVEL_FASTER},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].command != command)
			continue;
		*travel = table[i].travel;
		return true;
	}
	return false;
}

bool timeline_command_is(enum command command)
{
	enum travel travel;

	return travel_of(command, &travel);
}

void timeline_command(struct screen *screen, enum command command)
{
	struct deed deed = {.kind = DEED_TRAVEL};

	if (!timeline_of(screen)) {
		screen->message = "That is for a recording: thpscope replay FILE";
		return;
	}
	if (!travel_of(command, &deed.travel))
		return;
	screen->paused |= deed.travel <= TRAVEL_CHANGE;
	tasks_order(screen, &deed);
}

void timeline_pause(struct screen *screen)
{
	const struct timeline *time = timeline_of(screen);

	screen->paused = !screen->paused;
	if (!time)
		rates_break(&screen->counters);
	if (time && at_end(time) && !screen->paused)
		screen->message = "This is the end of the recording; ^ goes to its beginning, , back";
}

bool timeline_offers(const struct view *view, enum command command)
{
	if (command == COMMAND_STEP_AGAIN) /* it stands beside its counterpart */
		return false;
	return timeline_command_is(command) || !screen_asks_far(view, command);
}

int timeline_rows(const struct screen *screen)
{
	return timeline_of(screen) && !screen_lists(screen);
}

/* "0:12.5", "1:02:12.5". */
static const char *put_time(time_text text, uint64_t ns)
{
	const uint64_t tenths = ns / 100000000, seconds = tenths / 10;

	if (seconds < 3600)
		snprintf(text, sizeof(time_text), "%" PRIu64 ":%02u.%u", seconds / 60,
			 (unsigned)(seconds % 60), (unsigned)(tenths % 10));
	else
		snprintf(text, sizeof(time_text), "%" PRIu64 ":%02u:%02u.%u", seconds / 3600,
			 (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60), (unsigned)(tenths % 10));
	return text;
}

/* "1×", "0.5×". */
static const char *put_speed(time_text text, unsigned tenths)
{
	snprintf(text, sizeof(time_text), tenths % 10 ? "%u.%u×" : "%u×", tenths / 10, tenths % 10);
	return text;
}

/* All that lies in one column. */
static unsigned marks_at(const struct timeline *time, int col, int cols)
{
	const int from = col * TIMELINE_PARTS / cols, to = (col + 1) * TIMELINE_PARTS / cols;
	unsigned marks = 0;
	int part;

	/* Where a part has several columns it is shown in the first. */
	if (col && from == (col - 1) * TIMELINE_PARTS / cols)
		return 0;
	for (part = from; part == from || part < to; part++)
		marks |= time->parts[part];
	return marks;
}

static void draw_line(const struct timeline *time, const struct pane *pane)
{
	const double share = time->length_ns ? (double)time->ns / (double)time->length_ns : 0;
	const int here = (int)(share * (pane->cols - 1) + 0.5);
	unsigned marks;
	int col;

	for (col = 0; col < pane->cols; col++) {
		marks = marks_at(time, col, pane->cols);
		if (col == here)
			pane_put(pane, 0, col, STYLE_STRONG, "┃");
		else if (marks & TIMELINE_HAPPENED)
			pane_put(pane, 0, col, STYLE_WARN, "◆");
		else if (marks & TIMELINE_CHANGED)
			pane_put(pane, 0, col, STYLE_TEXT, "│");
		else
			pane_put(pane, 0, col, STYLE_DIM, "─");
	}
}

/* The time of day, and which moment; returns the column before. */
static int draw_clock(const struct screen *screen, const struct timeline *time, const struct pane *pane,
		      int end)
{
	const int64_t wall_ns = screen->scene.newest->wall_ns;
	const time_t wall = (time_t)(wall_ns / 1000000000);
	char text[96], clock[32] = "";
	struct tm tm;

	if (wall_ns && gmtime_r(&wall, &tm))
		strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S UTC  ", &tm);
	snprintf(text, sizeof(text), "%s%zu/%zu", clock, time->at + 1, time->n);
	return pane_put_right(pane, 0, end, STYLE_DIM, text) - 2;
}

void timeline_draw(const struct screen *screen, const struct pane *pane)
{
	const struct timeline *time = timeline_of(screen);
	time_text text;
	struct pane line;
	int col, end = pane->cols - 1;
	bool ended;

	if (!time || !pane->rows)
		return;
	ended = at_end(time);
	col = pane_put(pane, 0, 1, STYLE_STRONG, put_time(text, time->ns)) + 1;
	if (pane->cols >= CLOCK_FROM)
		end = draw_clock(screen, time, pane, end);
	end = pane_put_right(pane, 0, end, STYLE_STRONG,
			     ended	      ? "end"
			     : screen->paused ? "stop"
					      : put_speed(text, time->tenths)) -
	      1;
	end = pane_put_right(pane, 0, end, time->broken ? STYLE_WARN : STYLE_DIM,
			     put_time(text, time->length_ns)) -
	      1;
	line = pane_part(pane, 0, col, 1, end - col);
	if (line.cols >= LINE_LEAST)
		draw_line(time, &line);
}
