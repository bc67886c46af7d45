/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings of moments made by hand, in files of their own. */
#ifndef REPLAY_COMMON_H
#define REPLAY_COMMON_H

#include "delta_common.h"
#include "replay/recorder.h"
#include "replay/tape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

/* A file without a place, by which path it can be opened as long as fd is open. */
struct made {
	int fd;
	char path[64];
	struct buf bytes; /* what recorder_write wrote */
};

static inline void make_file(struct made *made)
{
	made->fd = memfd_create("recording", MFD_CLOEXEC);
	assert_true(made->fd >= 0);
	snprintf(made->path, sizeof(made->path), "/proc/self/fd/%d", made->fd);
}

/* The file has these bytes and no others. */
static inline void fill_file(const struct made *made, const char *bytes, size_t n)
{
	assert_int_equal(ftruncate(made->fd, 0), 0);
	assert_int_equal(pwrite(made->fd, bytes, n, 0), n);
}

static inline void end_file(struct made *made)
{
	close(made->fd);
	buf_fini(&made->bytes);
}

/* Records them all, into made->bytes and the file; where each one ends is in ends. */
static inline void record_all(struct made *made, struct moment **moments, size_t n, size_t *ends)
{
	struct recorder *recorder = recorder_new();
	const struct sink sink = {sink_buf, &made->bytes};
	size_t i;

	make_file(made);
	for (i = 0; i < n; i++) {
		assert_int_equal(recorder_write(recorder, moments[i], &sink), 0);
		if (ends)
			ends[i] = made->bytes.len;
	}
	recorder_free(recorder);
	fill_file(made, made->bytes.data, made->bytes.len);
}

static inline struct tape *opened(const struct made *made)
{
	struct tape *tape;
	char error[512] = "";

	if (tape_open(made->path, &tape, error, sizeof(error)))
		fail_msg("%s", error);
	return tape;
}

/* Moment `at` is this one. */
static inline void assert_moment(struct tape *tape, size_t at, const struct moment *wanted)
{
	struct moment *moment;
	struct buf one, other;
	char error[512] = "";

	if (tape_read(tape, at, &moment, error, sizeof(error)))
		fail_msg("moment %zu: %s", at, error);
	one = sample_json(wanted);
	other = sample_json(moment);
	assert_string_equal(one.data, other.data);
	buf_fini(&one);
	buf_fini(&other);
	moment_free(moment);
}

/* n moments, a tenth of a second apart, in every seventh of which a region of `regions` is another. */
static inline struct moment **make_moments(size_t n, uint32_t regions)
{
	struct moment **moments = calloc(n, sizeof(struct moment *));
	size_t i;

	moments[0] = large(regions);
	for (i = 1; i < n; i++) {
		moments[i] = later(moments[i - 1]);
		if (i % 7 == 0)
			make_small(&moments[i]->processes[0].regions[i / 7 % regions], (uint32_t)(i % 512));
	}
	return moments;
}

static inline void free_moments(struct moment **moments, size_t n)
{
	while (n)
		moment_free(moments[--n]);
	free(moments);
}

#endif
