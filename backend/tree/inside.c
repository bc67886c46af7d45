/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a recorded tree, and of nothing else. */
#include "tree/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/file.h"

static int last_error(void)
{
	return errno == EPERM ? -EACCES : -errno;
}

/*
 * One name, in a folder. What it is is asked first: to open a device does something, and a fifo would be waited for.
 * (openat2(RESOLVE_BENEATH) could do all this; --read-only refuses it, for its flags cannot be seen.)
 */
static int open_one(int folder, const char *name, mode_t type, int flags)
{
	struct stat status;
	int fd;

	if (!strcmp(name, ".."))
		return -EBADMSG;
	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW))
		return last_error();
	if ((status.st_mode & S_IFMT) != type)
		return -EBADMSG;
	fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? last_error() : fd;
}

static int open_inside(int root, const char *path, mode_t type, int flags)
{
	int at = root, next;
	char name[NAME_MAX + 1];
	size_t len;
	bool last;

	do {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		last = !path[len];
		if (len < sizeof(name)) {
			memcpy(name, path, len);
			name[len] = '\0';
			next = last ? open_one(at, name, type, flags)
				    : open_one(at, name, S_IFDIR, O_PATH | O_DIRECTORY);
		} else {
			next = -ENAMETOOLONG;
		}
		if (at != root)
			close(at);
		at = next;
		path += len;
	} while (at >= 0 && !last);
	return at;
}

/* What a file of this name may have: the texts that grow with a process are these. */
static size_t most_of(const char *path)
{
	static const char *const large[] = {"maps", "smaps", "pages.jsonl"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t i;

	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		if (!strcmp(name, large[i]))
			return FILE_MOST;
	return !strcmp(path, "tree.json") ? (size_t)64 << 10 : (size_t)16 << 20;
}

int inside_read(int root, const char *path, struct buf *out)
{
	const size_t most = most_of(path);
	int fd = open_inside(root, path, S_IFREG, O_RDONLY), err;
	struct stat status;

	if (fd < 0)
		return fd;
	/* Asked again: the name may by now be another file's. */
	if (fstat(fd, &status))
		err = last_error();
	else if (!S_ISREG(status.st_mode))
		err = -EBADMSG;
	else
		err = (uint64_t)status.st_size > most ? -EFBIG : file_read(fd, most, out);
	close(fd);
	return err;
}

int inside_numbers(int root, const char *path, pid_t **numbers, size_t *n)
{
	const int fd = open_inside(root, path, S_IFDIR, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : file_numbers(fd, numbers, n);
}

int inside_folder(int root, const char *path)
{
	const int fd = open_inside(root, path, S_IFDIR, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
