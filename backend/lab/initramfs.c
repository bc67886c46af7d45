/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive in the format "newc": Linux 6.12, Documentation/driver-api/early-userspace/buffer-format.rst. */
#include "lab/initramfs.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One entry; each gets its own inode, or the kernel would link them. Header with name, and body, are padded to 4. */
static void add(struct buf *out, unsigned inode, const char *name, unsigned mode, unsigned major,
		unsigned minor, const struct buf *body)
{
	static const char zeros[4];
	const unsigned size = body ? (unsigned)body->len : 0, links = S_ISDIR(mode) ? 2 : 1;

	buf_printf(out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", inode, mode, 0, 0,
		   links, 0, size, 0, 0, major, minor, (unsigned)strlen(name) + 1, 0);
	buf_add(out, name, strlen(name) + 1);
	buf_add(out, zeros, -out->len & 3);
	if (size)
		buf_add(out, body->data, size);
	buf_add(out, zeros, -out->len & 3);
}

/* An ELF program that names an interpreter, which is not in the archive: elf(5). */
static bool needs_loader(const struct buf *program)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;
	size_t i, at;

	if (program->len < sizeof(head))
		return true;
	memcpy(&head, program->data, sizeof(head));
	for (i = 0; i < head.e_phnum; i++) {
		at = head.e_phoff + i * sizeof(part);
		if (at > program->len || program->len - at < sizeof(part))
			return true;
		memcpy(&part, program->data + at, sizeof(part));
		if (part.p_type == PT_INTERP)
			return true;
	}
	return memcmp(head.e_ident, ELFMAG, SELFMAG) != 0;
}

static int read_file(const char *path, struct buf *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t got = 1;

	if (fd < 0)
		return -errno;
	while (got > 0) {
		got = read(fd, buf_reserve(text, 1 << 20), 1 << 20);
		if (got < 0)
			err = -errno;
		else
			text->len += (size_t)got;
	}
	close(fd);
	return err;
}

int initramfs_write(struct buf *out, const char *agent)
{
	static const char *const folders[] = {"dev", "proc", "sys", "tmp", "run", "lab"};
	struct buf text = {0};
	unsigned inode = 1;
	int err = read_file(agent, &text);
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		add(out, inode++, folders[i], S_IFDIR | 0755, 0, 0, NULL);
	/* Opened as init's stdin, stdout and stderr before anything is mounted. */
	add(out, inode++, "dev/console", S_IFCHR | 0600, 5, 1, NULL);
	add(out, inode++, "init", S_IFREG | 0755, 0, 0, &text);
	add(out, 0, "TRAILER!!!", 0, 0, 0, NULL);
	if (!err && needs_loader(&text))
		err = -ENOEXEC;
	buf_fini(&text);
	return err;
}
