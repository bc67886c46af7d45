/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What grows by whole snapshots: stdout, or a file that they are appended to. */
#include "cmd/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* As by /dev/stdout: what is in it is none of ours, and those who share stdout go on where we end. */
static bool is_stdout(const struct stat *st)
{
	struct stat out;

	return !fstat(STDOUT_FILENO, &out) && out.st_dev == st->st_dev && out.st_ino == st->st_ino;
}

int stream_open(struct stream *stream, const char *path)
{
	struct stat st;
	int err;

	*stream = (struct stream){.fd = STDOUT_FILENO};
	if (!path || !strcmp(path, "-"))
		return 0;
	/* A new file may be made where nothing that is there may be written to (privilege/privilege.h). */
	stream->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
	if (stream->fd < 0 && errno == EEXIST)
		stream->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
	if (stream->fd < 0)
		return -errno;
	/* Of what could be a file half a snapshot could not be cut off. */
	if (fstat(stream->fd, &st)) {
		err = -errno;
		close(stream->fd);
		stream->fd = STDOUT_FILENO;
		return err;
	}
	if (S_ISREG(st.st_mode) && is_stdout(&st)) {
		close(stream->fd);
		stream->fd = STDOUT_FILENO;
		return 0;
	}
	stream->file = S_ISREG(st.st_mode);
	stream_whole(stream);
	return 0;
}

/* Where the line begins that ends at `to`: behind the newline before that, or at 0; or a negative errno. */
static off_t line_begin(int fd, off_t to)
{
	char piece[4096];
	const char *newline;
	ssize_t got;
	off_t from;

	while (to) {
		from = to > (off_t)sizeof(piece) ? to - (off_t)sizeof(piece) : 0;
		got = pread(fd, piece, (size_t)(to - from), from);
		if (got != to - from)
			return got < 0 ? -errno : -EIO;
		newline = memrchr(piece, '\n', (size_t)got);
		if (newline)
			return from + (newline - piece) + 1;
		to = from;
	}
	return 0;
}

/* Whether the file goes on so at a place, as far as it goes. */
static bool goes_on(int fd, off_t at, const char *text)
{
	char begin[32];
	const ssize_t got = pread(fd, begin, strlen(text), at);

	return got >= 0 && !memcmp(begin, text, (size_t)got);
}

/* Behind the last end line; 0 if there is none. */
static off_t end_of_json(int fd, off_t size)
{
	off_t end = line_begin(fd, size), begin;

	for (; end > 0; end = begin) {
		begin = line_begin(fd, end - 1);
		if (begin < 0 || goes_on(fd, begin, "{\"type\":\"end\""))
			return begin < 0 ? begin : end;
	}
	return end;
}

static int find_end(const char *path, off_t size, bool lines, off_t *end)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err = 0;

	if (fd < 0)
		return -errno;
	*end = lines ? line_begin(fd, size) : end_of_json(fd, size);
	if (*end < 0)
		err = (int)*end;
	else if (*end < size && (lines ? !*end : !goes_on(fd, *end, "{\"type\":\"snapshot\"")))
		err = -EBADMSG;
	close(fd);
	return err;
}

int stream_mend(struct stream *stream, const char *path, bool lines, off_t *cut)
{
	off_t end = 0;
	int err;

	*cut = 0;
	if (!stream->file)
		return 0;
	if (flock(stream->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return -EBUSY;
	stream_whole(stream);
	if (stream->whole <= 0)
		return 0;
	err = find_end(path, stream->whole, lines, &end);
	if (err || end == stream->whole)
		return err;
	*cut = stream->whole - end;
	if (ftruncate(stream->fd, end))
		return -errno;
	stream_whole(stream);
	return 0;
}

struct sink stream_sink(struct stream *stream)
{
	return (struct sink){sink_fd, &stream->fd};
}

void stream_whole(struct stream *stream)
{
	if (stream->file)
		stream->whole = lseek(stream->fd, 0, SEEK_END);
}

void stream_cut(struct stream *stream)
{
	if (stream->file && stream->whole >= 0)
		(void)!ftruncate(stream->fd, stream->whole);
}

int stream_close(struct stream *stream)
{
	int err = 0;

	if (stream->fd == STDOUT_FILENO)
		return 0;
	/* Some file systems report a full disk only now. */
	if (stream->file && fsync(stream->fd) && errno != EINVAL && errno != EROFS)
		err = -errno;
	if (close(stream->fd) && !err)
		err = -errno;
	return err;
}
