/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What grows by whole snapshots: stdout, or a file that they are appended to. */
#include "cmd/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	stream->file = S_ISREG(st.st_mode);
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
