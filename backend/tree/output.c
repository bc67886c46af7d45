/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory that appears whole or not at all. */
#include "tree/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

struct output {
	char *dir;	       /* its name at the end, without trailing slashes */
	char *beside;	       /* its name until then */
	int fd;		       /* of it */
	int err;	       /* the first failure, negative */
	char failed[PATH_MAX]; /* and the file that it befell */
};

/* 0 if the directory is not there, or empty. */
static int check_free(const char *dir)
{
	DIR *entries = opendir(dir);
	struct dirent *entry;
	int err = 0;

	if (!entries)
		return errno == ENOENT ? 0 : errno == ENOTDIR ? -EEXIST : -errno;
	while (errno = 0, !err && (entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			err = -EEXIST;
	if (!err)
		err = -errno;
	closedir(entries);
	return err;
}

static int folded(int err)
{
	return err == -EPERM ? -EACCES : err;
}

int tree_output_begin(const char *dir, struct output **out, char *error, size_t size)
{
	struct output *output;
	size_t len = strlen(dir);
	int err = len ? check_free(dir) : -ENOENT;
	bool made;

	if (err) {
		snprintf(error, size,
			 err == -EEXIST ? "%s: is there and not empty; name a new directory" : "%s: %s", dir,
			 strerror(-err));
		return folded(err);
	}
	output = mem_alloc(sizeof(*output));
	output->dir = mem_strdup(dir);
	while (len > 1 && output->dir[len - 1] == '/')
		output->dir[--len] = '\0';
	output->beside = mem_alloc(len + sizeof(".partial-XXXXXX"));
	memcpy(output->beside, output->dir, len);
	memcpy(output->beside + len, ".partial-XXXXXX", sizeof(".partial-XXXXXX"));
	made = mkdtemp(output->beside);
	output->fd = made ? open(output->beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (output->fd < 0) {
		err = -errno;
		if (made)
			rmdir(output->beside);
		snprintf(error, size, "%s: cannot be made: %s; name a directory below one that is there", dir,
			 strerror(-err));
		err = folded(err);
		free(output->dir);
		free(output->beside);
		free(output);
		return err;
	}
	*out = output;
	return 0;
}

/* Makes the directories on the way to a file. */
static int make_way(int fd, char *path)
{
	char *slash;
	int err = 0;

	for (slash = strchr(path, '/'); slash && !err; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(fd, path, 0777) && errno != EEXIST)
			err = -errno;
		*slash = '/';
	}
	return err;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	ssize_t put;

	while (len) {
		put = write(fd, bytes, len);
		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0) {
			bytes += put;
			len -= (size_t)put;
		}
	}
	return 0;
}

void tree_output_put(struct output *output, const struct buf *text, const char *path, ...)
{
	char name[PATH_MAX];
	va_list args;
	int fd, err;

	if (output->err)
		return;
	va_start(args, path);
	vsnprintf(name, sizeof(name), path, args);
	va_end(args);
	err = make_way(output->fd, name);
	if (!err) {
		fd = openat(output->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		err = fd < 0 ? -errno : write_all(fd, text->data, text->len);
		if (fd >= 0 && close(fd) && !err)
			err = -errno;
	}
	output->err = err;
	if (err)
		snprintf(output->failed, sizeof(output->failed), "%s", name);
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
	(void)stat;
	(void)type;
	(void)walk;
	/* Going on after a failure leaves less behind. */
	(void)!remove(path);
	return 0;
}

static void tree_output_free(struct output *output)
{
	close(output->fd);
	free(output->dir);
	free(output->beside);
	free(output);
}

void tree_output_abandon(struct output *output)
{
	nftw(output->beside, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	tree_output_free(output);
}

int tree_output_commit(struct output *output, char *error, size_t size)
{
	int err = folded(output->err);

	if (err)
		snprintf(error, size, "%s: %s cannot be written: %s", output->dir, output->failed,
			 strerror(-output->err));
	/* rename replaces an empty directory, and no other: what came there meanwhile stays. */
	else if (rename(output->beside, output->dir)) {
		err = folded(-errno);
		snprintf(error, size, "%s: cannot be given that name: %s", output->dir, strerror(errno));
	}
	if (err)
		tree_output_abandon(output);
	else
		tree_output_free(output);
	return err;
}
