/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts by name. */
#ifndef SCRIPT_FIND_H
#define SCRIPT_FIND_H

#include <stddef.h>

#include "core/buf.h"

/*
 * Reads a script: "-" is standard input; what holds a '/' or ends in ".thp" is a path; anything else is the
 * name of a script that came with thpscope ("demo"), found in `dir`, or, with dir NULL, in the folder "scripts"
 * beside the running program (a build tree), then where they are installed, seen from the program and as built. Appends to *text.
 * 0; or a negative errno and one sentence in error (size bytes): -ENOENT with the nearest name, all names, or where
 * they are so many, what lists them.
 */
int script_read(const char *what, const char *dir, struct buf *text, char *error, size_t size);

/* Appends the names of the scripts that script_read finds so, one a line. */
void script_names(const char *dir, struct buf *names);

/* The same of scenes, which lie in "scenes" below those folders. */
void script_scene_names(const char *dir, struct buf *names);
int script_read_scene(const char *what, const char *dir, struct buf *text, char *error, size_t size);

/* A lesson likewise: its name is looked for in "lessons" below those folders. */
int script_read_lesson(const char *what, const char *dir, struct buf *text, char *error, size_t size);

/* Appends the name behind `name` in the course; nothing where it is the last, or none of it. */
void script_next_lesson(const char *name, const char *dir, struct buf *next);

/* The course: the names of the lessons in the order of teaching, one a line. As script_read. */
int script_read_course(const char *dir, struct buf *text, char *error, size_t size);

#endif
