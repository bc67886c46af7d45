/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of tracefs: where somebody has mounted it, else on a mount of our own that nobody sees. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/ring.h"

/* Since 4.1; and where debugfs has it, mounted by itself at the first look. */
static const char *const places[] = {"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define FORMAT_MAX (64 << 10) /* bytes; the largest of Linux 6.18 have 4,000 */

/* That it may not be had, or not now, is another thing than that there is none. */
static int told(int error)
{
	if (error == EPERM || error == EACCES)
		return -EACCES;
	return error == EMFILE || error == ENFILE || error == ENOMEM ? -error : -ENOENT;
}

/*
 * tracefs on a mount that is in no namespace: it is gone with its last descriptor, and /proc/mounts never shows it
 * (fsopen(2), fsmount(2): Linux 5.2). By numbers: C libraries before glibc 2.36 do not have them by name.
 */
static int open_unseen(int *dir)
{
#ifdef SYS_fsopen
	const int create = 6; /* FSCONFIG_CMD_CREATE (include/uapi/linux/mount.h) */
	int context = (int)syscall(SYS_fsopen, "tracefs", 1 /* FSOPEN_CLOEXEC */), mount = -1, err;

	if (context >= 0 && !syscall(SYS_fsconfig, context, create, NULL, NULL, 0))
		mount = (int)syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
	*dir = mount < 0 ? -1 : openat(mount, "events", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = errno;
	if (mount >= 0)
		close(mount);
	if (context >= 0)
		close(context);
	if (*dir >= 0)
		return 0;
	return told(err);
#else
	*dir = -1;
	return -ENOENT;
#endif
}

/* 0 with an open directory, or what the likelier place said. */
static int open_events(int *dir)
{
	int err = -ENOENT;
	size_t i;

	for (i = 0; i < COUNT_OF(places); i++) {
		*dir = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*dir >= 0)
			return 0;
		if (err == -ENOENT)
			err = told(errno);
	}
	return err == -ENOENT ? open_unseen(dir) : err;
}

static int read_file(int dir, const char *path, struct buf *text)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && text->len < FORMAT_MAX) {
		n = read(fd, buf_reserve(text, 4096), 4096);
		text->len += n > 0 ? (size_t)n : 0;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

static int read_format(int dir, const char *name, struct trace_format *format)
{
	struct buf text = {0};
	char path[128];
	int err;

	snprintf(path, sizeof(path), "%s/format", name);
	err = read_file(dir, path, &text);
	if (!err)
		err = trace_format_parse(text.data ? text.data : "", text.len, format);
	buf_fini(&text);
	return err == -EPERM ? -EACCES : err;
}

int trace_files_format(const char *name, struct trace_format *format)
{
	int dir, err = open_events(&dir);

	if (err)
		return err;
	err = read_format(dir, name, format);
	close(dir);
	return err;
}

int trace_files_probe(const char **why)
{
	struct trace_format format;
	int dir, err = open_events(&dir);

	*why = NULL;
	if (err == -ENOENT) {
		*why = "there is no tracefs, so the kernel's own verdicts on collapses are not heard; a "
		       "kernel "
		       "with CONFIG_FTRACE has it, before Linux 5.2 once it is mounted on "
		       "/sys/kernel/tracing";
		return err;
	}
	if (!err) {
		err = read_format(dir, trace_layouts[0].name, &format);
		close(dir);
	}
	if (err == -EACCES)
		*why = "the kernel's tracepoints may be read by root only; run as root to hear its own "
		       "verdicts "
		       "on collapses";
	else if (err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		*why = "no descriptor or no memory was left to read the kernel's tracepoints with, so its "
		       "own "
		       "verdicts on collapses are not heard";
	else if (err)
		*why = "this kernel has no tracepoints of huge memory, which say its verdicts on collapses; "
		       "one "
		       "with huge pages and CONFIG_FTRACE has";
	return err;
}
