/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking what to record into. */
#include "ui/recording.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/screen_parts.h"

#define STAMP 32

void recording_say(struct screen *screen, const char *sentence)
{
	snprintf(screen->recording.said, sizeof(screen->recording.said), "%s", sentence);
	screen->message = screen->recording.said;
}

/* Of a name that the process made what is harmless in a file's. */
static void plain_name(char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	for (; *name; name++)
		if (!strchr(plain, *name))
			*name = '_';
}

/* "redis-server-20261122-093000.thprec": of the process under the cursor, and the time. */
static void usual_name(const struct screen *screen, char *text, size_t size)
{
	const time_t seconds = (time_t)(screen->scene.newest->wall_ns / 1000000000);
	char name[64] = "process", stamp[STAMP] = "recording";
	struct spot spot;
	struct tm tm;

	if (map_spot(screen, &spot) && *spot.shown->comm)
		snprintf(name, sizeof(name), "%s", spot.shown->comm);
	plain_name(name);
	if (*name == '-' || *name == '.')
		*name = '_';
	if (localtime_r(&seconds, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	snprintf(text, size, "%s-%s.thprec", name, stamp);
}

void recording_command(struct screen *screen)
{
	struct recording_state *recording = &screen->recording;
	char name[128];

	if (recording->on)
		recording->stop = true;
	else if (screen_lists(screen))
		recording_say(screen, "That is for a map: open a process first.");
	else if (timeline_of(screen))
		recording_say(screen, "This is a recording already.");
	else if (recording->refused)
		recording_say(screen, recording->refused);
	else if (screen->scene.lost)
		recording_say(screen, SCREEN_LOST);
	else if (!screen->scene.newest)
		recording_say(screen, "There is nothing to record yet.");
	else {
		usual_name(screen, name, sizeof(name));
		prompt_open(&screen->prompt, PROMPT_RECORD, name);
	}
}

void recording_typed(struct screen *screen, const char *text, enum prompt_end how)
{
	struct recording_state *recording = &screen->recording;

	if (how != PROMPT_DONE)
		return;
	if (!*text) {
		recording_say(screen, "No file, no recording.");
		return;
	}
	snprintf(recording->file, sizeof(recording->file), "%s", text);
	recording->start = true;
}
