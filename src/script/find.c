/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts by name. */
#include "script/find.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script/words.h"

#define SUFFIX ".thp"
#define PATH_ROOM 4096

/* What is kept together: how one of them is called, where it stands below the folders of scripts, and what lists all. */
struct shelf {
	const char *one, *below, *lister;
};
static const struct shelf scripts = {"script", "", NULL}, lessons = {"lesson", "/lessons", "thpscope lesson"},
			  scenes = {"scene", "/scenes", "thpscope model"};

/* An error names all that there are, if they are not more bytes than this. */
#define NAMED_MOST 512

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

/* The folders to look in. */
struct folders {
	const char *list[3];
	size_t n;
	char text[2][2 * PATH_ROOM];
};

static void find_folders(const char *dir, struct folders *folders)
{
	static const char *const from_here[] = {"scripts", SCRIPT_FROM_BIN};
	char self[PATH_ROOM];
	char *slash;
	ssize_t n;

	folders->n = 0;
	if (dir) {
		folders->list[folders->n++] = dir;
		return;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (; slash && folders->n < 2; folders->n++) {
		snprintf(folders->text[folders->n], sizeof(folders->text[0]), "%.*s/%s", (int)(slash - self),
			 self, from_here[folders->n]);
		folders->list[folders->n] = folders->text[folders->n];
	}
	folders->list[folders->n++] = SCRIPT_INSTALLED;
}

/* The i-th of the names, whose suffix was cut off, for words_closest. */
static const char *name_at(const void *data, size_t i)
{
	const glob_t *found = data;

	return i < found->gl_pathc ? strrchr(found->gl_pathv[i], '/') + 1 : NULL;
}

/* The scripts of the first folder that has any, sorted. To be given to globfree. */
static void find_names(const struct shelf *shelf, const struct folders *folders, glob_t *found)
{
	char pattern[2 * PATH_ROOM + 32];
	size_t i;

	memset(found, 0, sizeof(*found));
	for (i = 0; i < folders->n && !found->gl_pathc; i++) {
		snprintf(pattern, sizeof(pattern), "%s%s/*" SUFFIX, folders->list[i], shelf->below);
		globfree(found);
		if (glob(pattern, 0, NULL, found))
			found->gl_pathc = 0;
	}
	for (i = 0; i < found->gl_pathc; i++)
		*strrchr(found->gl_pathv[i], '.') = '\0';
}

static int not_found(const struct shelf *shelf, const char *what, const struct folders *folders, char *error,
		     size_t size)
{
	struct buf all = {0};
	const char *closest;
	glob_t found;
	size_t i;

	find_names(shelf, folders, &found);
	closest = words_closest(what, name_at, &found);
	for (i = 0; i < found.gl_pathc; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", name_at(&found, i));
	if (closest)
		snprintf(error, size, "no %s is called '%s'; did you mean '%s'?", shelf->one, what, closest);
	else if (all.len > NAMED_MOST && shelf->lister)
		snprintf(error, size, "no %s is called '%s'; '%s' lists the %zu that there are", shelf->one,
			 what, shelf->lister, found.gl_pathc);
	else if (all.len)
		snprintf(error, size, "no %s is called '%s'; there are %s", shelf->one, what, all.data);
	else
		snprintf(error, size, "no %s is called '%s': there are none in %s%s", shelf->one, what,
			 folders->list[folders->n - 1], shelf->below);
	buf_fini(&all);
	globfree(&found);
	return -ENOENT;
}

static int read_from(const struct shelf *shelf, const char *what, const char *dir, struct buf *text,
		     char *error, size_t size)
{
	char path[2 * PATH_ROOM + 256];
	struct folders folders;
	size_t i;

	if (!strcmp(what, "-"))
		return read_all(stdin, "standard input", text, error, size);
	if (strchr(what, '/') || ends_in_suffix(what))
		return read_path(what, text, error, size);
	find_folders(dir, &folders);
	for (i = 0; i < folders.n; i++) {
		snprintf(path, sizeof(path), "%s%s/%s" SUFFIX, folders.list[i], shelf->below, what);
		if (!access(path, F_OK))
			return read_path(path, text, error, size);
	}
	return not_found(shelf, what, &folders, error, size);
}

int script_read(const char *what, const char *dir, struct buf *text, char *error, size_t size)
{
	return read_from(&scripts, what, dir, text, error, size);
}

static void names_of(const struct shelf *shelf, const char *dir, struct buf *names)
{
	struct folders folders;
	glob_t found;
	size_t i;

	find_folders(dir, &folders);
	find_names(shelf, &folders, &found);
	for (i = 0; i < found.gl_pathc; i++)
		buf_printf(names, "%s\n", name_at(&found, i));
	globfree(&found);
}

void script_names(const char *dir, struct buf *names)
{
	names_of(&scripts, dir, names);
}

void script_scene_names(const char *dir, struct buf *names)
{
	names_of(&scenes, dir, names);
}

int script_read_scene(const char *what, const char *dir, struct buf *text, char *error, size_t size)
{
	return read_from(&scenes, what, dir, text, error, size);
}

int script_read_lesson(const char *what, const char *dir, struct buf *text, char *error, size_t size)
{
	return read_from(&lessons, what, dir, text, error, size);
}

int script_read_course(const char *dir, struct buf *text, char *error, size_t size)
{
	char path[2 * PATH_ROOM + 32];
	struct folders folders;
	size_t i;

	find_folders(dir, &folders);
	for (i = 0; i < folders.n; i++) {
		snprintf(path, sizeof(path), "%s%s/course", folders.list[i], lessons.below);
		if (!access(path, F_OK))
			return read_path(path, text, error, size);
	}
	snprintf(error, size, "there are no lessons in %s%s", folders.list[folders.n - 1], lessons.below);
	return -ENOENT;
}

void script_next_lesson(const char *name, const char *dir, struct buf *next)
{
	struct buf course = {0};
	char error[512], *rest = NULL, *line;
	bool found = false;

	if (script_read_course(dir, &course, error, sizeof(error))) {
		buf_fini(&course);
		return;
	}
	buf_putc(&course, '\n');
	for (line = strtok_r(course.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (*line == '#')
			continue;
		if (found) {
			buf_puts(next, line);
			break;
		}
		found = !strcmp(line, name);
	}
	buf_fini(&course);
}
