/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a time in a recording: refused with a sentence, or one of its moments. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/mem.h"
#include "format/json.h"
#include "replay/tape.h"
#include "replay/when.h"

#define MOMENTS 5
#define SECOND INT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Snapshots one after another are a recording too. */
static struct tape *made(int64_t first_ns)
{
	const int fd = memfd_create("recording", MFD_CLOEXEC);
	struct moment moment = {.page_size = 4096,
				.pmd_size = 2 << 20,
				.mono_ns = 1,
				.source = "model",
				.system = {.release = "6.18"}};
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};
	char path[64], error[512] = "";
	struct tape *tape;
	int i;

	for (i = 0; i < MOMENTS; i++) {
		moment.seq = (uint64_t)i;
		moment.mono_ns += (uint64_t)(i * 7 * SECOND / 3);
		moment.wall_ns = first_ns ? first_ns + i * 7 * SECOND : 0;
		if (json_write(&moment, &sink))
			abort();
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    tape_open(path, &tape, error, sizeof(error)) || tape_count(tape) != MOMENTS) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	buf_fini(&text);
	close(fd);
	return tape;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tape *tapes[2]; /* one with a clock, one without */
	char *text = mem_alloc(size + 1), error[200];
	size_t i, at;

	if (!tapes[0]) {
		setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
		tapes[0] = made(1761440000 * SECOND); /* in the night in which clocks are set back there */
		tapes[1] = made(0);
	}
	memcpy(text, data, size);
	text[size] = '\0';
	for (i = 0; i < 2; i++) {
		error[0] = '\0';
		at = SIZE_MAX;
		if (when_find(tapes[i], text, &at, error, sizeof(error)) ? !error[0] : at >= MOMENTS)
			abort();
	}
	free(text);
	return 0;
}
