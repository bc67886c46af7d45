/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guardian reads of /proc, by system calls and pure functions alone. */
#include "target/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/parse.h"

static char *put_number(char *at, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	while (n)
		*at++ = digits[--n];
	return at;
}

static char *put_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

/* "PID/task/TID/name", or "PID/name" with a TID of 0. Names are short and our own. */
static int open_at(int proc, pid_t pid, pid_t tid, const char *name, int flags)
{
	char path[96], *at = put_number(path, (uint64_t)pid);

	if (tid)
		at = put_number(put_text(at, "/task/"), (uint64_t)tid);
	at = put_text(put_text(at, "/"), name);
	*at = '\0';
	return openat(proc, path, flags | O_CLOEXEC);
}

size_t raw_read(int proc, pid_t pid, pid_t tid, const char *name, char *text, size_t room)
{
	int fd = open_at(proc, pid, tid, name, O_RDONLY);
	size_t len = 0;
	ssize_t got = 1;

	while (fd >= 0 && got && len + 1 < room) {
		got = read(fd, text + len, room - 1 - len);
		if (got < 0 && errno != EINTR)
			break;
		len += got > 0 ? (size_t)got : 0;
	}
	/* The beginning of a text is none. */
	if (got < 0)
		len = 0;
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return len;
}

uint64_t raw_pagemap(int proc, pid_t pid, pid_t tid, uint64_t index)
{
	int fd = open_at(proc, pid, tid, "pagemap", O_RDONLY);
	uint64_t word = 0;

	if (fd >= 0 && pread(fd, &word, sizeof(word), (off_t)(index * sizeof(word))) != sizeof(word))
		word = 0;
	if (fd >= 0)
		close(fd);
	return word;
}

int raw_memory(int proc, pid_t tid, uint64_t addr, void *to, size_t size)
{
	const int fd = open_at(proc, tid, 0, "mem", O_RDONLY);
	int error = fd < 0 ? errno : 0;
	size_t len = 0;
	ssize_t got;

	while (!error && len < size) {
		got = pread(fd, (char *)to + len, size - len, (off_t)(addr + len));
		if (got > 0)
			len += (size_t)got;
		else if (!got)
			error = ESRCH; /* it has no memory any more */
		else if (errno != EINTR)
			error = errno == EIO ? EFAULT : errno;
	}
	if (fd >= 0)
		close(fd);
	return error == ENOENT ? ESRCH : error;
}

/* Whether a line is that of `name`, with a number. */
static bool number_of(const char *text, size_t len, const char *name, uint64_t *value)
{
	const char *at = text + strlen(name), *end = text + len;

	if (len <= strlen(name) || memcmp(text, name, strlen(name)))
		return false;
	while (at < end && (*at == '\t' || *at == ' '))
		at++;
	return parse_u64(at, end, 10, value);
}

uint64_t raw_field(const char *text, const char *name)
{
	const char *at = text, *end = text + strlen(text);
	struct line line;
	uint64_t value = 0;

	while (parse_line(&at, end, &line) && !number_of(line.text, line.len, name, &value))
		;
	return value;
}

/*
 * Reads a file of a thread until `fits` says that a line of it is the one that was looked for. False: none is, or it cannot
 * be read.
 */
static bool find_line(int fd, bool (*fits)(void *data, const char *text, size_t len), void *data)
{
	/* A name in maps is at most PATH_MAX long, and a newline in it is four characters. */
	static char text[32768];
	size_t len = 0;
	bool found = false, rest = false; /* of a line whose beginning is gone */
	ssize_t got = 1;

	while (fd >= 0 && !found && got > 0) {
		const char *at = text, *newline;

		got = read(fd, text + len, sizeof(text) - len);
		len += got > 0 ? (size_t)got : 0;
		while (!found && (newline = memchr(at, '\n', len - (size_t)(at - text)))) {
			found = !rest && fits(data, at, (size_t)(newline - at));
			rest = false;
			at = newline + 1;
		}
		len -= (size_t)(at - text);
		memmove(text, at, len);
		if (len == sizeof(text)) {
			rest = true;
			len = 0;
		}
	}
	if (fd >= 0)
		close(fd);
	return found;
}

struct wanted_number {
	const char *name;
	uint64_t *value;
};

static bool number_fits(void *data, const char *text, size_t len)
{
	const struct wanted_number *wanted = data;

	return number_of(text, len, wanted->name, wanted->value);
}

bool raw_status(int proc, pid_t pid, pid_t tid, const char *name, uint64_t *value)
{
	struct wanted_number wanted = {name, value};

	return find_line(open_at(proc, pid, tid, "status", O_RDONLY), number_fits, &wanted);
}

char raw_stat(const char *text, uint64_t *flags)
{
	/* The comm, in brackets, may hold brackets and spaces itself. */
	const char *at = strrchr(text, ')'), *end = text + strlen(text);
	char state;
	int field;

	*flags = 0;
	if (!at || end - at < 4)
		return '\0';
	state = at[2];
	/* state ppid pgrp session tty_nr tpgid flags: proc_pid_stat(5) fields 3 to 9 */
	for (at += 2, field = 3; field < 9 && at; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (at)
		parse_u64(at, end, 10, flags);
	return state;
}

/* Reads a number that ends in `then`. */
static const char *take(const char *at, const char *end, unsigned base, char then, uint64_t *value)
{
	at = at ? parse_u64(at, end, base, value) : NULL;
	return at && at < end && *at == then ? at + 1 : NULL;
}

bool raw_maps_line(const char *text, size_t len, struct raw_vma *vma)
{
	static const char vdso[] = "[vdso]";
	const char *end = text + len, *at = take(text, end, 16, '-', &vma->start);

	at = take(at, end, 16, ' ', &vma->end);
	if (!at || end - at < 5 || at[4] != ' ')
		return false;
	memcpy(vma->perms, at, 4);
	vma->perms[4] = '\0';
	at = take(at + 5, end, 16, ' ', &vma->offset);
	at = take(at, end, 16, ':', &vma->dev_major);
	at = take(at, end, 16, ' ', &vma->dev_minor);
	at = at ? parse_u64(at, end, 10, &vma->inode) : NULL;
	if (!at)
		return false;
	vma->vdso = (size_t)(end - at) > strlen(vdso) && !memcmp(end - strlen(vdso), vdso, strlen(vdso)) &&
		    !vma->inode;
	return true;
}

struct wanted_vma {
	uint64_t addr;
	bool vdso;
	struct raw_vma *vma;
};

static bool vma_fits(void *data, const char *text, size_t len)
{
	const struct wanted_vma *wanted = data;
	const struct raw_vma *vma = wanted->vma;

	return raw_maps_line(text, len, wanted->vma) &&
	       (wanted->vdso ? vma->vdso && vma->perms[2] == 'x'
			     : vma->start <= wanted->addr && wanted->addr < vma->end);
}

bool raw_maps_find(int proc, pid_t pid, pid_t tid, uint64_t addr, bool vdso, struct raw_vma *vma)
{
	struct wanted_vma wanted = {addr, vdso, vma};

	return find_line(open_at(proc, pid, tid, "maps", O_RDONLY), vma_fits, &wanted);
}

bool raw_exists(pid_t tid)
{
	return !syscall(SYS_tkill, tid, 0) || errno != ESRCH;
}

bool raw_open(struct raw_dir *dir, int proc, pid_t pid)
{
	dir->fd = pid ? open_at(proc, pid, 0, "task", O_RDONLY | O_DIRECTORY)
		      : openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir->failed = dir->fd < 0 && errno != ENOENT && errno != ESRCH;
	dir->at = dir->len = 0;
	return dir->fd >= 0;
}

pid_t raw_next(struct raw_dir *dir)
{
	/* As getdents64(2) has it. */
	struct entry {
		uint64_t ino, off;
		unsigned short size;
		unsigned char type;
		char name[];
	};

	for (;;) {
		const struct entry *entry;
		uint64_t number;
		const char *end;
		long got;

		if (dir->at >= dir->len) {
			got = syscall(SYS_getdents64, dir->fd, dir->room, sizeof(dir->room));
			if (got <= 0) {
				dir->failed = got < 0 && errno != ENOENT && errno != ESRCH;
				return 0;
			}
			dir->len = (size_t)got;
			dir->at = 0;
		}
		entry = (const struct entry *)(dir->room + dir->at);
		dir->at += entry->size;
		end = entry->name + strlen(entry->name);
		if (parse_u64(entry->name, end, 10, &number) == end)
			return (pid_t)number;
	}
}

void raw_close(struct raw_dir *dir)
{
	close(dir->fd);
}

/* The first two numbers of statm: size and resident pages, which anybody may read. */
static size_t read_sizes(int proc, pid_t pid, char *text, size_t room)
{
	const char *space;

	if (!raw_read(proc, pid, 0, "statm", text, room))
		return 0;
	space = strchr(text, ' ');
	return space ? (size_t)(space - text) : 0;
}

int raw_same_memory(int proc, pid_t one, pid_t other)
{
	long order = syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0);
	char mine[128], its[128];
	size_t len;

	/* Two without memory compare as equal too: a kernel thread, and one that has ended meanwhile. */
	if (order == 0 && read_sizes(proc, other, its, sizeof(its)))
		return *its != '0';
	if (order == 0)
		return raw_exists(other) ? -1 : 0;
	if (order > 0 || errno == ESRCH)
		return 0;
	/*
	 * Not allowed (another user's, an LSM) or not built in: one address space has one size. What has another size
	 * than ours shares nothing with us; of what has the same it cannot be told.
	 */
	len = read_sizes(proc, one, mine, sizeof(mine));
	return len && read_sizes(proc, other, its, sizeof(its)) == len && !memcmp(mine, its, len) ? -1 : 0;
}
