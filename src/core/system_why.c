/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of what only the question why asks: mount options, cgroups, the kernel's configuration. */
#include <string.h>

#include "core/arena.h"
#include "core/parse.h"
#include "core/system.h"

/* Takes a word, up to a blank or a newline, from *at; false at the end. */
static bool take_word(const char **at, const char *end, struct line *word)
{
	const char *stop;

	while (*at < end && **at == ' ')
		++*at;
	for (stop = *at; stop < end && *stop != ' ';)
		stop++;
	*word = (struct line){.text = *at, .len = (size_t)(stop - *at)};
	*at = stop;
	return word->len;
}

static bool is(const struct line *word, const char *text)
{
	return word->len == strlen(text) && !memcmp(word->text, text, word->len);
}

/* "36 35 0:33 / /tmp rw - tmpfs tmpfs rw,huge=always": the last word, if it is a tmpfs of this device. */
static bool tmpfs_options(const struct line *line, uint32_t major, uint32_t minor, struct line *options)
{
	const char *at = line->text, *end = line->text + line->len;
	struct line word;
	uint64_t number;
	unsigned i;

	for (i = 0; i < 3; i++)
		if (!take_word(&at, end, &word))
			return false;
	end = word.text + word.len;
	at = parse_u64(word.text, end, 10, &number);
	if (!at || number != major || at == end || *at != ':' || parse_u64(at + 1, end, 10, &number) != end ||
	    number != minor)
		return false;
	at = end;
	end = line->text + line->len;
	do {
		if (!take_word(&at, end, &word))
			return false;
	} while (!is(&word, "-"));
	return take_word(&at, end, &word) && is(&word, "tmpfs") && take_word(&at, end, &word) &&
	       take_word(&at, end, options);
}

const char *system_mount_huge(const char *text, size_t len, uint32_t major, uint32_t minor,
			      struct arena *arena)
{
	const char *end = text + len, *at, *stop, *comma;
	struct line line, options;

	while (parse_line(&text, end, &line)) {
		if (!tmpfs_options(&line, major, minor, &options))
			continue;
		stop = options.text + options.len;
		for (at = options.text; at < stop; at = comma + 1) {
			comma = memchr(at, ',', (size_t)(stop - at));
			if (!comma)
				comma = stop;
			if (comma - at > 5 && !memcmp(at, "huge=", 5))
				return arena_text(arena, at + 5, (size_t)(comma - at) - 5);
		}
		return "never";
	}
	return NULL;
}

/* Whether a list "cpu,cpuacct" has the word; an empty list has the empty word. */
static bool list_has(const char *at, const char *end, const char *word)
{
	const size_t len = strlen(word);
	const char *comma;

	for (;; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(end - at));
		if ((size_t)((comma ? comma : end) - at) == len && !memcmp(at, word, len))
			return true;
		if (!comma)
			return false;
	}
}

const char *system_cgroup(const char *text, size_t len, const char *controller, struct arena *arena)
{
	const char *end = text + len, *stop, *first, *second;
	struct line line;

	while (parse_line(&text, end, &line)) {
		stop = line.text + line.len;
		first = memchr(line.text, ':', line.len);
		second = first ? memchr(first + 1, ':', (size_t)(stop - first - 1)) : NULL;
		if (!second || second + 1 == stop || second[1] != '/')
			continue;
		if (list_has(first + 1, second, controller))
			return arena_text(arena, second + 1, (size_t)(stop - second - 1));
	}
	return NULL;
}

const char *system_memory_cgroup(const char *text, size_t len, struct arena *arena)
{
	/* A controller is in one hierarchy at a time: where version 1 has it, version 2 has not. */
	const char *path = system_cgroup(text, len, "memory", arena);

	return path ? path : system_cgroup(text, len, "", arena);
}

int system_config(const char *text, size_t len, const char *option)
{
	const char *end = text + len;
	const size_t n = strlen(option);
	struct line line;

	while (parse_line(&text, end, &line)) {
		if (line.len == n + 2 && !memcmp(line.text, option, n) && !memcmp(line.text + n, "=y", 2))
			return 1;
		if (line.len == n + 13 && !memcmp(line.text, "# ", 2) && !memcmp(line.text + 2, option, n) &&
		    !memcmp(line.text + 2 + n, " is not set", 11))
			return 0;
	}
	return -1;
}
