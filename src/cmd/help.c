/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verb's --help read back, so that completions have no list of their own. */
#include "cmd/help.h"

#include <string.h>

/* Columns that a line going on with an option begins with, at least. */
#define GOES_ON 6

static bool is(const struct help_text *text, const char *word)
{
	return strlen(word) == text->len && !memcmp(word, text->at, text->len);
}

static const char *line_end(const char *at)
{
	return at + strcspn(at, "\n");
}

/* "[=RULE]" and " FILE": what is behind a name. */
static const char *take_argument(const char *at, struct help_option *option)
{
	const char *from = at;

	option->attached = !strncmp(at, "[=", 2);
	if (option->attached) {
		option->argument = (struct help_text){at + 2, strcspn(at + 2, "]\n")};
		return at + 2 + option->argument.len;
	}
	/* Two blanks are in front of what is said of it. */
	if (*at != ' ' || at[1] == ' ')
		return at;
	from = at + 1;
	option->argument = (struct help_text){from, strcspn(from, " [,\n")};
	return from + strcspn(from, " \n");
}

bool help_next_option(const char **at, struct help_option *option)
{
	const char *line = *at, *end;

	for (; *line; line = *end ? end + 1 : end) {
		end = line_end(line);
		if (strncmp(line, "  -", 3))
			continue;
		*option = (struct help_option){.name = {line + 2, strcspn(line + 2, " [=\n")},
					       .argument = {"", 0}};
		option->about = take_argument(option->name.at + option->name.len, option);
		while (*end && strspn(end + 1, " ") >= GOES_ON)
			end = line_end(end + 1);
		option->end = end;
		*at = end;
		return true;
	}
	return false;
}

bool help_find_option(const char *help, const char *name, size_t len, struct help_option *option)
{
	while (help_next_option(&help, option))
		if (option->name.len == len && !memcmp(option->name.at, name, len))
			return true;
	return false;
}

/* The line behind "usage: thpscope" or "       thpscope". */
static const char *usage_line(const char *help, size_t i)
{
	static const char first[] = "usage: thpscope", other[] = "       thpscope";

	if (strncmp(help, first, sizeof(first) - 1))
		return NULL;
	for (; i; i--) {
		help = line_end(help);
		/* A line that goes on with the one before is none. */
		while (!strncmp(help, "\n        ", 9))
			help = line_end(help + 1);
		if (strncmp(help, "\n       thpscope", sizeof(other)))
			return NULL;
		help++;
	}
	return help + sizeof(first) - 1;
}

int help_usage(const char *help, const char *verb, size_t i, struct help_text words[HELP_WORDS])
{
	const char *at = usage_line(help, i), *end, *bar;
	bool option = false;
	int n = 0;

	if (!at)
		return -1;
	at += strspn(at, " ");
	if (*verb && !strncmp(at, verb, strlen(verb)))
		at += strlen(verb);
	for (end = line_end(at); at < end && n < HELP_WORDS;) {
		struct help_text word = {at, strcspn(at, " \n")};

		at = word.at + word.len;
		at += *at == ' ';
		if (!word.len)
			continue;
		/* "PID|--cgroup DIR": instead of it an option, and its argument. */
		bar = memmem(word.at, word.len, "|-", 2);
		if (bar) {
			word.len = (size_t)(bar - word.at);
			at += *at >= 'A' && *at <= 'Z' ? strcspn(at, " \n") : 0;
			at += *at == ' ';
		}
		option |= !strncmp(word.at, "[-", 2);
		if (option) {
			option = !word.len || word.at[word.len - 1] != ']';
			continue;
		}
		if (*word.at == '[') {
			word.at++;
			word.len--;
			word.len -= word.len && word.at[word.len - 1] == ']';
		}
		if (word.len && !is(&word, "OPTION..."))
			words[n++] = word;
	}
	return n;
}

/* Behind the next ',', 'or' or end, parentheses and what is in them left out. */
static const char *part_end(const char *at, const char *end)
{
	unsigned depth = 0;

	for (; at < end; at++) {
		depth += *at == '(';
		if (!depth && (*at == ',' || (end - at > 4 && !strncmp(at, " or ", 4))))
			break;
		depth -= depth && *at == ')';
	}
	return at;
}

bool help_next_value(const char **at, const char *end, struct help_text *value)
{
	while (*at < end) {
		const char *part = *at, *behind = part_end(part, end), *next;

		*at = behind < end ? behind + (*behind == ',' ? 1 : 4) : end;
		part += strspn(part, " \n");
		if (part >= behind)
			continue;
		*value = (struct help_text){part, strspn(part, "abcdefghijklmnopqrstuvwxyz")};
		next = part + value->len;
		next += strspn(next, " \n");
		/* One word and no more, but for what is in parentheses. */
		if (!value->len || (next < behind && !strchr("(:;", *next)))
			continue;
		/* What else is to be said stands behind a ';'. */
		if (next < behind && *next == ';')
			*at = end;
		return true;
	}
	return false;
}

struct help_text help_about(const char *help, const char *verb)
{
	const size_t len = strlen(verb);
	const char *line, *at;

	for (line = help; *line; line = line_end(line) + (*line_end(line) != '\0')) {
		if (strncmp(line, "thpscope ", 9) || strncmp(line + 9, verb, len) || line[9 + len] != ' ')
			continue;
		at = strstr(line + 9 + len, "  ");
		if (!at || at > line_end(line))
			at = line + 9 + len;
		at += strspn(at, " ");
		return (struct help_text){at, (size_t)(line_end(at) - at)};
	}
	return (struct help_text){"", 0};
}
