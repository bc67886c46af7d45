/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the screen shows, moment by moment, into a new file: what its key r starts and stops. */
#ifndef CMD_TAPING_H
#define CMD_TAPING_H

#include "cmd/cmd.h"
#include "cmd/writer.h"
#include "ui/screen.h"

struct recorder;

/* Zero-initialised nothing is recorded. */
struct taping {
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct writer *writer;	   /* of its file, until that is closed: longer than the recorder is there */
	const struct writer_ops *ops; /* NULL: files as they are */
	char *file;
	bool made;	   /* it has been told that the file is there */
	bool slow;	   /* the last moment was left out */
	uint64_t left_out; /* moments for which there was no room: the disk did not keep up */
	char said[512];	   /* what came of it last, a sentence */
};

/* Why nothing of such a source is recorded, a sentence, as thpscope record has it; NULL: it is. */
const char *taping_refusal(const struct source_options *source);

/*
 * Does what the screen asks for (ui/recording.h), and tells it. A file is made anew: what is there already is not written
 * over. A recording ends with the map that it is of. Never waits for a disk: what came of it is told by taping_look.
 */
void taping_obey(struct taping *taping, struct screen *screen);

/* Readable when there is something to look at; -1: there is no file under way. */
int taping_fd(const struct taping *taping);

/*
 * Tells the screen how far the file is: that it is there, that it is on its disk, or that it could not be written, which
 * ends the recording with what was whole before.
 */
void taping_look(struct taping *taping, struct screen *screen);

/*
 * Records a moment, of which it keeps a hold, if anything is recorded. If too many wait for the disk it is left out, and
 * the screen says so: the next one tells what changed since the last that was not.
 */
void taping_take(struct taping *taping, struct screen *screen, struct moment *moment);

/*
 * Ends what is recorded still, and says on stderr what came of it, for which it waits some seconds; before the source is
 * closed.
 */
void taping_end(struct taping *taping);

#endif
