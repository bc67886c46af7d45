/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file, line by line. */
#include "ui/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "ui/key_name.h"

#define WORDS 4 /* one more than any setting has */
#define NS_PER_S 1000000000.0
#define RATE_MIN 0.1
#define RATE_MAX 60.0
#define SHARE_MAX 100
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct word {
	const char *at;
	size_t len;
};

struct line {
	struct word words[WORDS];
	size_t n;
	char wrong[160]; /* what is; "": nothing */
};

void settings_init(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	keymap_init(&settings->keymap);
	settings->flash = true;
	settings->mouse = true;
	settings->counting = true;
	settings->minimap = true;
	settings->interval_ns = 100000000; /* 10 Hz */
	settings->share_percent = 5;
}

static bool is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && !memcmp(word->at, text, word->len);
}

static void wrong(struct line *line, const char *what, const struct word *word, const char *instead)
{
	snprintf(line->wrong, sizeof(line->wrong), "%s '%.*s'; %s", what,
		 (int)(word->len < 40 ? word->len : 40), word->at, instead);
}

static void set_switch(struct line *line, bool *value)
{
	if (is(&line->words[1], "on"))
		*value = true;
	else if (is(&line->words[1], "off"))
		*value = false;
	else
		wrong(line, "neither on nor off:", &line->words[1], "say which");
}

static bool find_ground(const struct word *word, enum ground *ground)
{
	static const char *const names[] = {
		[GROUND_UNKNOWN] = "auto", [GROUND_DARK] = "dark", [GROUND_LIGHT] = "light"};
	size_t i;

	for (i = 0; i < COUNT_OF(names); i++)
		if (is(word, names[i])) {
			*ground = (enum ground)i;
			return true;
		}
	return false;
}

static void set_ground(struct line *line, struct settings *settings)
{
	if (!find_ground(&line->words[1], &settings->theme.ground))
		wrong(line, "no ground", &line->words[1], "there are auto, dark and light");
}

/* The words for the ground, and plain for mono, are from when there was one theme. */
static void set_theme(struct line *line, struct settings *settings)
{
	int i;

	for (i = 0; i < THEME_COUNT; i++)
		if (is(&line->words[1], theme_names[i]) ||
		    (i == THEME_MONO && is(&line->words[1], "plain"))) {
			settings->theme.name = (enum theme_name)i;
			return;
		}
	if (!find_ground(&line->words[1], &settings->theme.ground))
		wrong(line, "no theme", &line->words[1],
		      "there are default, high-contrast, colour-blind, mono and ascii");
}

/* Digits and one point, as in "2.5"; negative if it is no such number. The locale has no say. */
static double number(const struct word *word)
{
	double value = 0, unit = 1;
	bool point = false;
	size_t i;

	for (i = 0; i < word->len; i++) {
		if (word->at[i] == '.' && !point && i && i + 1 < word->len) {
			point = true;
			continue;
		}
		if (word->at[i] < '0' || word->at[i] > '9' || word->len > 9)
			return -1;
		if (point)
			value += (word->at[i] - '0') * (unit /= 10);
		else
			value = value * 10 + (word->at[i] - '0');
	}
	return value;
}

static void set_rate(struct line *line, struct settings *settings)
{
	double rate = number(&line->words[1]);

	if (rate >= RATE_MIN && rate <= RATE_MAX)
		settings->interval_ns = (uint64_t)(NS_PER_S / rate);
	else
		wrong(line, "no rate:", &line->words[1], "it is 0.1 to 60 moments a second");
}

static void set_share(struct line *line, struct settings *settings)
{
	double share = number(&line->words[1]);

	if (share >= 1 && share <= SHARE_MAX && share == (unsigned)share)
		settings->share_percent = (unsigned)share;
	else
		wrong(line, "no share:", &line->words[1], "it is 1 to 100 percent of a core");
}

/* Commas are not of a name, and a line has one. */
static void add_counter(struct line *line, struct settings *settings)
{
	const struct word *word = &line->words[1];

	if (word->len >= SETTINGS_NAME || memchr(word->at, ',', word->len))
		wrong(line, "no name of an event:", word, "a line has one, without commas");
	else if (settings->n_counters == SETTINGS_COUNTERS)
		wrong(line, "one event too many:", word, "16 are the most");
	else
		memcpy(settings->counters[settings->n_counters++].name, word->at, word->len);
}

static void set_key(struct line *line, struct settings *settings)
{
	uint32_t key = key_find(line->words[1].at, line->words[1].len);
	enum command command = command_find(line->words[2].at, line->words[2].len);

	if (key == PRESS_NONE)
		wrong(line, "no key", &line->words[1],
		      "it is a character, Ctrl-L, F5, Up, Space or the like");
	else if (command == COMMAND_COUNT)
		wrong(line, "no command", &line->words[2], "thpscope-config(5) lists them");
	else if (!keymap_bind(&settings->keymap, key, command))
		wrong(line, "cannot be bound:", &line->words[1],
		      key == 3 ? "it always leaves" : "there are too many keys");
}

/* A setting: what carries it out, or which switch it is. */
struct setting {
	const char *name;
	void (*set)(struct line *line, struct settings *settings); /* NULL: a switch */
	size_t at;						   /* of that in struct settings */
};

static const struct setting table[] = {
	{"theme", set_theme, 0},
	{"ground", set_ground, 0},
	{"flash", NULL, offsetof(struct settings, flash)},
	{"mouse", NULL, offsetof(struct settings, mouse)},
	{"minimap", NULL, offsetof(struct settings, minimap)},
	{"big", NULL, offsetof(struct settings, big)},
	{"read-only", NULL, offsetof(struct settings, read_only)},
	{"rate", set_rate, 0},
	{"share", set_share, 0},
	{"counter", add_counter, 0},
	{"counting", NULL, offsetof(struct settings, counting)},
	{"key", set_key, 0},
};

static void no_setting(struct line *line)
{
	char names[128] = "there are ";
	size_t i, n = strlen(names);

	for (i = 0; i < COUNT_OF(table); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
				      !i			? ""
				      : i + 1 < COUNT_OF(table) ? ", "
								: " and ",
				      table[i].name);
	wrong(line, "no setting", &line->words[0], names);
}

static void set(struct line *line, struct settings *settings)
{
	const struct setting *setting = table;
	bool key;

	while (setting < table + COUNT_OF(table) && !is(&line->words[0], setting->name))
		setting++;
	if (setting == table + COUNT_OF(table)) {
		no_setting(line);
		return;
	}
	key = setting->set == set_key;
	if (line->n != (key ? 3 : 2))
		wrong(line, "wrong number of words behind", &line->words[0],
		      key ? "it takes a key and a command" : "it takes one");
	else if (setting->set)
		setting->set(line, settings);
	else
		set_switch(line, (bool *)((char *)settings + setting->at));
	/* Whoever writes it, and writes it wrongly, meant to be safe. */
	if (line->wrong[0] && setting->at == offsetof(struct settings, read_only))
		settings->read_only = true;
}

static bool blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static void split(const char *at, const char *end, struct line *line)
{
	line->n = 0;
	line->wrong[0] = '\0';
	while (line->n < WORDS) {
		for (; at < end && blank(*at); at++)
			;
		if (at == end)
			break;
		line->words[line->n].at = at;
		for (; at < end && !blank(*at); at++)
			;
		line->words[line->n].len = (size_t)(at - line->words[line->n].at);
		line->n++;
	}
}

void settings_parse(const char *text, size_t len, struct settings *settings, settings_complain *complain,
		    void *data)
{
	const char *end = text + len, *newline;
	size_t counters;
	struct line line;
	unsigned number_of;

	for (number_of = 1; text < end; number_of++, text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			newline = end;
		split(text, newline, &line);
		/* Only a whole line is a comment: '#' may be a key. */
		if (!line.n || *line.words[0].at == '#')
			continue;
		counters = settings->n_counters;
		set(&line, settings);
		if (settings->n_counters > counters)
			settings->counters[counters].line = number_of;
		if (line.wrong[0])
			complain(data, number_of, line.wrong);
		if (newline == end)
			break;
	}
}
