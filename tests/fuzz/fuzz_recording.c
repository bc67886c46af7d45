/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a recording: refused with a sentence, or every moment that is said to be there can be asked for. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From the last to the first; those that make no sense are gone once they were asked for. */
static void read_all(struct tape *tape)
{
	struct moment *moment;
	char error[512];
	size_t at;

	for (at = tape_count(tape); at-- > 0;) {
		if (!tape_read(tape, at, &moment, error, sizeof(error)))
			moment_free(moment);
		else if (tape_count(tape) > at || !tape_broken(tape) || !*error)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int fd = memfd_create("recording", MFD_CLOEXEC);
	char path[64], error[512] = "";
	struct tape *tape;
	uint64_t whole;
	size_t kept;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (tape_open(path, &tape, error, sizeof(error))) {
		if (!*error)
			abort();
	} else {
		if (!tape_count(tape) ||
		    (!tape_whole(tape, &whole, &kept) && (whole > size || !kept || kept > tape_count(tape))))
			abort();
		read_all(tape);
		tape_close(tape);
	}
	close(fd);
	return 0;
}
