/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any moment of a recording. */
#include "replay/tape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "replay/tape_parts.h"

#define NOWHERE SIZE_MAX

static int cannot_read(const char *path, int err, char *error, size_t size)
{
	snprintf(error, size, "cannot read %s: %s", path, strerror(-err));
	return err == -ENOENT ? -EIO : err; /* a file that is not there is no process that is not there */
}

static int open_file(const char *path, int *fd, char *error, size_t size)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return cannot_read(path, -errno, error, size);
	if (fstat(*fd, &st) || S_ISREG(st.st_mode))
		return 0;
	close(*fd);
	snprintf(error, size,
		 "%s is no file that can be gone back in: write what comes there to a file first", path);
	return -ESPIPE;
}

static int find_moments(struct tape *tape, char *error, size_t size)
{
	int err = bytes_open(&tape->bytes, tape->fd);

	if (err == -EBADMSG)
		tape_break(tape, 0, "%s", tape->bytes.problem);
	else if (!err)
		err = tape_scan(tape);
	if (err && err != -EBADMSG)
		return cannot_read(tape->path, err, error, size);
	if (tape->n)
		return 0;
	if (!*tape->broken)
		tape_break(tape, 0, "is empty: not one moment is in it");
	snprintf(error, size, "%s", tape->broken);
	return -EBADMSG;
}

int tape_open(const char *path, struct tape **result, char *error, size_t size)
{
	struct tape *tape;
	int fd, err = open_file(path, &fd, error, size);

	if (err)
		return err;
	tape = mem_alloc(sizeof(*tape));
	tape->fd = fd;
	tape->path = mem_strdup(path);
	tape->next = NOWHERE;
	tape->reader = delta_reader_open(0);
	err = find_moments(tape, error, size);
	if (err)
		tape_close(tape);
	else
		*result = tape;
	return err;
}

void tape_close(struct tape *tape)
{
	if (!tape)
		return;
	while (tape->n_kept)
		moment_free(tape->kept[--tape->n_kept].moment);
	delta_reader_close(tape->reader);
	bytes_close(&tape->bytes);
	close(tape->fd);
	free(tape->moments);
	free(tape->path);
	free(tape);
}

size_t tape_count(const struct tape *tape)
{
	return tape->n;
}

const struct tape_moment *tape_at(const struct tape *tape, size_t at)
{
	return &tape->moments[at];
}

const char *tape_broken(const struct tape *tape)
{
	return *tape->broken ? tape->broken : NULL;
}

int tape_whole(const struct tape *tape, uint64_t *whole, size_t *moments)
{
	size_t n = tape->n;

	*whole = tape->whole;
	/* Where nothing but the checksum is missing the last moment is there, and goes with its frame. */
	if (tape->ends && n > 1 && tape->moments[n - 1].place.frame >= tape->whole)
		n--;
	*moments = n;
	if (!tape->bytes.packed || (*tape->broken && !tape->ends) ||
	    tape->moments[n - 1].place.frame >= tape->whole)
		return -EBADMSG;
	return 0;
}

size_t tape_find(const struct tape *tape, uint64_t ns)
{
	size_t low = 0, high = tape->n, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (tape->moments[middle].ns <= ns)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The kept moment nearest before `at` that it leads on from, or NULL. */
static struct kept *find_kept(struct tape *tape, size_t at)
{
	struct kept *best = NULL;
	unsigned i;

	for (i = 0; i < tape->n_kept; i++) {
		struct kept *kept = &tape->kept[i];

		if (kept->at <= at && kept->at >= tape->moments[at].base && (!best || kept->at > best->at))
			best = kept;
	}
	return best;
}

static void drop_oldest(struct tape *tape)
{
	moment_free(tape->kept[0].moment);
	memmove(&tape->kept[0], &tape->kept[1], --tape->n_kept * sizeof(tape->kept[0]));
}

static void keep(struct tape *tape, size_t at, struct moment *moment)
{
	size_t bytes = moment->arena.used;
	unsigned i;

	for (i = 0; i < tape->n_kept; i++) {
		if (tape->kept[i].at == at)
			return;
		bytes += tape->kept[i].moment->arena.used;
	}
	while (tape->n_kept && (tape->n_kept == KEPT_MAX || bytes > KEPT_BYTES)) {
		bytes -= tape->kept[0].moment->arena.used;
		drop_oldest(tape);
	}
	tape->kept[tape->n_kept++] = (struct kept){at, moment_hold(moment)};
}

/* What was a line when it was scanned is none. */
static int changed(struct json_problem *problem)
{
	snprintf(problem->text, sizeof(problem->text), "the file has changed");
	return -EBADMSG;
}

/* Reads the one moment at tape->next. */
static int read_next(struct tape *tape, struct moment **moment)
{
	const struct tape_moment *of = &tape->moments[tape->next];
	struct json_problem problem;
	struct place_in place;
	const char *line;
	uint64_t lines = 0;
	size_t len;
	int got;

	do {
		lines++;
		got = bytes_line(&tape->bytes, &line, &len, &place);
		if (got == 1)
			got = delta_read_line(tape->reader, line, len, moment, &problem);
		else
			got = changed(&problem);
	} while (!got);
	if (got == 1) {
		tape->next++;
		return 0;
	}
	tape_break(tape, tape->next, "makes no sense at line %llu, in moment %zu: %s",
		   (unsigned long long)(of->line + lines - 1), tape->next + 1, problem.text);
	tape->next = NOWHERE;
	return -EBADMSG;
}

/* Goes to where the moments that lead to `at` are read from. */
static int go(struct tape *tape, size_t from, struct moment *before)
{
	delta_reader_rewind(tape->reader, before);
	tape->next = from;
	if (!bytes_go(&tape->bytes, &tape->moments[from].place))
		return 0;
	tape_break(tape, from, "cannot be read any more at moment %zu: the file has changed", from + 1);
	tape->next = NOWHERE;
	return -EBADMSG;
}

/* Halves of the way, so that going back by one again and again reads each moment a few times and not hundreds. */
static bool is_halfway(size_t left)
{
	return left && !(left & (left - 1));
}

int tape_read(struct tape *tape, size_t at, struct moment **moment, char *error, size_t size)
{
	struct kept *kept = find_kept(tape, at);
	const size_t base = kept ? kept->at + 1 : tape->moments[at].base;
	int err = 0;

	if (kept && kept->at == at) {
		*moment = moment_hold(kept->moment);
		return 0;
	}
	if (tape->next > at || tape->next < base || tape->next == NOWHERE)
		err = go(tape, base, kept ? kept->moment : NULL);
	while (!err && tape->next <= at) {
		err = read_next(tape, moment);
		if (err || tape->next == at + 1)
			break;
		if (is_halfway(at + 1 - tape->next))
			keep(tape, tape->next - 1, *moment);
		moment_free(*moment);
	}
	if (err)
		snprintf(error, size, "%s", tape->broken);
	else
		keep(tape, at, *moment);
	return err;
}
