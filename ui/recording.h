/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key that records what is looked at: into which file is asked here, the writing is the caller's. Pure. */
#ifndef UI_RECORDING_H
#define UI_RECORDING_H

#include <stdint.h>

#include "ui/prompt.h"

/* Zero-initialised nothing is recorded, and it can be. */
struct recording_state {
	/* what is told */
	const char *refused; /* why nothing can be, a sentence; NULL: it can */
	bool on;
	uint64_t bytes; /* of the file, up to its last whole moment */
	/* what is asked of the caller, who clears it */
	bool start, stop;
	char file[PROMPT_BYTES]; /* where to */
	char said[PROMPT_BYTES + 160];
};

struct screen;

/* COMMAND_RECORD: asks for a file, or stops. */
void recording_command(struct screen *screen);

/* Its prompt has a new text, is done, or was left. */
void recording_typed(struct screen *screen, const char *text, enum prompt_end how);

/* What came of it, a sentence: on the bottom line until the next key. */
void recording_say(struct screen *screen, const char *sentence);

#endif
