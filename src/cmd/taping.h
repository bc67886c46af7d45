/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the screen shows, moment by moment, into a new file: what its key r starts and stops. */
#ifndef CMD_TAPING_H
#define CMD_TAPING_H

#include "cmd/cmd.h"
#include "cmd/stream.h"
#include "ui/screen.h"

struct recorder;

/* Zero-initialised nothing is recorded. */
struct taping {
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct stream stream;
	char *file;
	uint64_t moments;
	char said[512]; /* what came of it last, a sentence */
};

/* Why nothing of such a source is recorded, a sentence, as thpscope record has it; NULL: it is. */
const char *taping_refusal(const struct source_options *source);

/*
 * Does what the screen asks for (ui/recording.h), and tells it. A file is made anew: what is there already is not written
 * over. A recording ends with the map that it is of. From the first on the signal of a file over its limit is ignored: it
 * is an error of writing then.
 */
void taping_obey(struct taping *taping, struct screen *screen);

/*
 * Writes a moment, of which it keeps a hold, if anything is recorded. If that fails it is ended with what was whole
 * before, and the screen says so.
 */
void taping_take(struct taping *taping, struct screen *screen, struct moment *moment);

/* Ends what is recorded still, and says so on stderr; before the source is closed. */
void taping_end(struct taping *taping);

#endif
