/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files into a buffer. */
#include "proc/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/parse.h"

#define CHUNK ((size_t)64 << 10)

int file_read(int fd, size_t most, struct buf *out)
{
	size_t before = out->len;
	ssize_t got;
	int err = 0;

	do {
		got = read(fd, buf_reserve(out, CHUNK), CHUNK);
		if (got > 0)
			out->len += (size_t)got;
		else if (got < 0 && errno != EINTR)
			err = errno == EPERM ? -EACCES : -errno;
		if (out->len - before > most)
			err = -EFBIG;
	} while (!err && got);
	if (err)
		out->len = before;
	out->data[out->len] = '\0';
	return err;
}

int file_read_at(int dirfd, const char *path, struct buf *out)
{
	/* A fifo in a folder that is no /proc would otherwise be waited for. */
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;

	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	err = file_read(fd, FILE_MOST, out);
	close(fd);
	return err;
}

static int ascending(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int file_numbers(int fd, pid_t **numbers, size_t *n)
{
	size_t room = *n, before = *n;
	struct dirent *entry;
	uint64_t number;
	int err;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	/* The end and an error look alike but for errno; half a list is none. */
	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !parse_number(entry->d_name, &number) || number > INT_MAX)
			continue;
		mem_grow(numbers, &room, *n + 1, sizeof(**numbers));
		(*numbers)[(*n)++] = (pid_t)number;
	}
	err = errno == EPERM ? -EACCES : -errno;
	closedir(dir);
	if (err) {
		*n = before;
		return err;
	}
	if (*n > before)
		qsort(*numbers + before, *n - before, sizeof(**numbers), ascending);
	return 0;
}

int file_numbers_at(int dirfd, const char *path, pid_t **numbers, size_t *n)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	return file_numbers(fd, numbers, n);
}
