/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts by name. */
#include "script/find.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "script/words.h"

#define SUFFIX ".thp"
#define PATH_ROOM 4608

static bool ends_in_suffix(const char *name)
{
	size_t n = strlen(name);

	return n > sizeof(SUFFIX) - 1 && !strcmp(name + n - (sizeof(SUFFIX) - 1), SUFFIX);
}

static int read_all(FILE *file, const char *what, struct buf *text, char *error, size_t size)
{
	const size_t before = text->len;
	size_t n;
	int err = 0;

	do {
		n = fread(buf_reserve(text, 65536), 1, 65536, file);
		text->len += n;
		text->data[text->len] = '\0';
	} while (n && text->len - before <= SCRIPT_MAX_BYTES);
	if (ferror(file)) {
		err = errno ? -errno : -EIO;
		snprintf(error, size, "%s: %s", what, strerror(-err));
	} else if (text->len - before > SCRIPT_MAX_BYTES) {
		err = -E2BIG;
		snprintf(error, size, "%s: longer than a script may be (1 MiB)", what);
	}
	return err;
}

static int read_path(const char *path, struct buf *text, char *error, size_t size)
{
	FILE *file = fopen(path, "re");
	int err;

	if (!file) {
		err = -errno;
		snprintf(error, size, "%s: %s", path, strerror(-err));
		return err;
	}
	err = read_all(file, path, text, error, size);
	fclose(file);
	return err;
}

/* The folders to look in. Returns how many. */
static size_t folders(const char *dir, char beside[PATH_ROOM], const char *list[2])
{
	ssize_t n;
	char *slash;

	if (dir) {
		list[0] = dir;
		return 1;
	}
	n = readlink("/proc/self/exe", beside, 4095);
	beside[n > 0 ? n : 0] = '\0';
	slash = strrchr(beside, '/');
	strcpy(slash ? slash : beside, "/scripts");
	list[0] = beside;
	list[1] = SCRIPT_INSTALLED;
	return 2;
}

struct names {
	char **items;
	size_t n, room;
};

static const char *name_at(const void *data, size_t i)
{
	const struct names *names = data;

	return i < names->n ? names->items[i] : NULL;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void collect(struct names *names, const char *folder)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !ends_in_suffix(entry->d_name))
			continue;
		mem_grow(&names->items, &names->room, names->n + 1, sizeof(*names->items));
		names->items[names->n] = mem_strdup(entry->d_name);
		names->items[names->n][strlen(entry->d_name) - (sizeof(SUFFIX) - 1)] = '\0';
		names->n++;
	}
	closedir(dir);
}

static void tell_names(const char *what, const struct names *names, const char *const *list, size_t n,
		       char *error, size_t size)
{
	const char *closest = words_closest(what, name_at, names);
	struct buf all = {0};
	size_t i;

	for (i = 0; i < names->n; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", names->items[i]);
	if (closest)
		snprintf(error, size, "no script is called '%s'; did you mean '%s'?", what, closest);
	else if (names->n)
		snprintf(error, size, "no script is called '%s'; there are %s", what, all.data);
	else
		snprintf(error, size, "no script is called '%s': there are none in %s%s%s", what, list[0],
			 n > 1 ? " or " : "", n > 1 ? list[1] : "");
	buf_fini(&all);
}

static int not_found(const char *what, const char *const *list, size_t n, char *error, size_t size)
{
	struct names names = {0};
	size_t i;

	for (i = 0; i < n && !names.n; i++)
		collect(&names, list[i]);
	if (names.n)
		qsort(names.items, names.n, sizeof(*names.items), by_text);
	tell_names(what, &names, list, n, error, size);
	for (i = 0; i < names.n; i++)
		free(names.items[i]);
	free(names.items);
	return -ENOENT;
}

int script_read(const char *what, const char *dir, struct buf *text, char *error, size_t size)
{
	char beside[PATH_ROOM], path[PATH_ROOM + 256];
	const char *list[2];
	size_t i, n;

	if (!strcmp(what, "-"))
		return read_all(stdin, "standard input", text, error, size);
	if (strchr(what, '/') || ends_in_suffix(what))
		return read_path(what, text, error, size);
	n = folders(dir, beside, list);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s" SUFFIX, list[i], what);
		if (!access(path, F_OK))
			return read_path(path, text, error, size);
	}
	return not_found(what, list, n, error, size);
}
