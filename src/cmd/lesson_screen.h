/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lessons on the screen. */
#ifndef CMD_LESSON_SCREEN_H
#define CMD_LESSON_SCREEN_H

#include "cmd/cmd.h"

struct script;

/*
 * Goes through a lesson beside the live map until its reader leaves. Takes the source over, which was opened with these
 * options (a model: `bare`) and has done nothing yet. Standard output has to be a screen (cmd_has_screen). Returns an
 * exit code, as watch_run; 5 if the script does not run on this source.
 */
int lesson_screen(struct source *source, const struct script *script, const struct source_options *from);

#endif
