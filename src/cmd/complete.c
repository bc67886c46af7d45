/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that fit a command line, from the verbs' own --help. */
#include "cmd/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/help.h"
#include "cmd/lab_kernel.h"
#include "model/rules.h"
#include "script/find.h"

/* The word under the cursor, and what is on its left. */
struct typed {
	const struct cmd *verb;
	const char *word;
	const char *left; /* of the word: "--format=", which stays */
	size_t left_len;
	int n_words;	   /* of the verb, without options, in front of it */
	const char *first; /* the first of them */
	struct source_options source;
};

static void offer(const struct typed *typed, const char *text, size_t len, struct help_text about)
{
	const size_t typed_len = strlen(typed->word);

	if (len < typed_len || memcmp(text, typed->word, typed_len))
		return;
	printf("%.*s%.*s", (int)typed->left_len, typed->left, (int)len, text);
	if (about.len)
		printf("\t%.*s", (int)about.len, about.at);
	putchar('\n');
}

static void offer_word(const struct typed *typed, const char *text)
{
	offer(typed, text, strlen(text), (struct help_text){"", 0});
}

/* Each line of it that is no comment. */
static void offer_lines(const struct typed *typed, const struct buf *lines)
{
	const char *at = lines->data ? lines->data : "";

	for (; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (*at != '#')
			offer(typed, at, strcspn(at, "\n"), (struct help_text){"", 0});
}

/* Whether a shell takes it as it stands, and a terminal shows it: others are typed by whoever wants them. */
static bool is_plain(const char *name)
{
	return *name && *name != '-' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._+-")];
}

static int by_comm(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->comm, ((const struct listed *)b)->comm);
}

/* Whether a process of that name is meant by it: not a verb in the place of one, nor a PID. */
static bool is_name(const struct typed *typed, const char *comm)
{
	return is_plain(comm) && comm[strspn(comm, "0123456789")] &&
	       (typed->verb != &cmd_view || !cmd_find(comm));
}

/* Each name once. */
static void offer_names(const struct typed *typed, struct listed *list, size_t n)
{
	size_t i;

	qsort(list, n, sizeof(*list), by_comm);
	for (i = 0; i < n; i++)
		if (!list[i].kernel_thread && is_name(typed, list[i].comm) &&
		    (!i || strcmp(list[i].comm, list[i - 1].comm) != 0))
			offer_word(typed, list[i].comm);
}

static void offer_processes(const struct typed *typed, bool pids, bool names)
{
	struct source *source = NULL;
	struct listed *list = NULL;
	struct arena arena = {0};
	char pid[16];
	size_t i, n = 0;

	/* Nothing is started for a list, on this machine or another, and no long recording read. */
	if (typed->source.via || typed->source.lab || typed->source.replay || typed->verb == &cmd_replay ||
	    cmd_open_source(&typed->source, &source))
		return;
	if (!source_list(source, &arena, &list, &n)) {
		for (i = 0; i < n; i++) {
			struct help_text about = {list[i].comm,
						  is_plain(list[i].comm) ? strlen(list[i].comm) : 0};

			snprintf(pid, sizeof(pid), "%d", (int)list[i].pid);
			if (pids && !list[i].kernel_thread)
				offer(typed, pid, strlen(pid), about);
		}
		if (names)
			offer_names(typed, list, n);
	}
	arena_fini(&arena);
	source_close(source);
}

static void offer_generations(const struct typed *typed)
{
	size_t i, n;
	const struct rules *all = rules_all(&n);

	for (i = 0; i < n; i++)
		offer_word(typed, all[i].name);
}

static void offer_kernels(const struct typed *typed)
{
	struct lab_kernels kernels = {.n = 0};
	size_t i;

	if (!lab_kernels_find(&kernels))
		for (i = 0; i < kernels.n; i++)
			offer_word(typed, kernels.names[i]);
}

/* Where a matrix can run a script. */
static void offer_places(const struct typed *typed)
{
	offer_word(typed, "real");
	offer_word(typed, "model");
	offer_word(typed, "lab");
	offer_generations(typed);
	offer_kernels(typed);
}

static void offer_rules(const struct typed *typed)
{
	int i;

	for (i = 0; i < COW_ROW_COUNT; i++)
		offer_word(typed, cow_row_name((enum cow_row)i));
	offer_word(typed, "all");
}

/* What a kernel of the model may be without. */
static void offer_removable(const struct typed *typed)
{
	enum rule_need need;
	const char *name;
	size_t n;
	const struct rules *all = rules_all(&n);

	for (size_t at = 0; (name = rules_rule(at, all, &need)); at++)
		offer_word(typed, name);
}

static void offer_scenes(const struct typed *typed)
{
	struct buf names = {0};

	script_scene_names(NULL, &names);
	offer_lines(typed, &names);
	buf_fini(&names);
	puts(":files");
}

static void offer_scripts(const struct typed *typed)
{
	struct buf names = {0};

	script_names(NULL, &names);
	offer_lines(typed, &names);
	buf_fini(&names);
	puts(":files");
}

static void offer_lessons(const struct typed *typed)
{
	struct buf names = {0};
	char error[256];

	if (!script_read_course(NULL, &names, error, sizeof(error)))
		offer_lines(typed, &names);
	buf_fini(&names);
}

static bool is(const struct help_text *text, const char *word)
{
	return text->len >= strlen(word) && !memcmp(text->at, word, strlen(word)) &&
	       (text->len == strlen(word) || strchr(".|[", text->at[strlen(word)]));
}

/* By what --help calls it. What is not here is typed: numbers, times, addresses, expressions. */
static void offer_value(const struct typed *typed, struct help_text what)
{
	const bool lesson = !strcmp(typed->verb->name, "lesson");

	if (is(&what, "PID"))
		offer_processes(typed, true, true);
	else if (is(&what, "NAME") && lesson)
		offer_lessons(typed);
	else if (is(&what, "NAME"))
		offer_processes(typed, false, true);
	else if (is(&what, "GEN"))
		offer_generations(typed);
	else if (is(&what, "KERNEL"))
		offer_kernels(typed);
	else if (is(&what, "RULE") && typed->verb == &cmd_model)
		offer_removable(typed);
	else if (is(&what, "KERNELS"))
		offer_places(typed);
	else if (is(&what, "RULE"))
		offer_rules(typed);
	else if (is(&what, "SCENE"))
		offer_scenes(typed);
	else if (is(&what, "SCRIPT"))
		offer_scripts(typed);
	else if (is(&what, "FILE") || is(&what, "TARBALL"))
		puts(":files");
	else if (is(&what, "DIR"))
		puts(":directories");
	else if (is(&what, "COMMAND"))
		puts(":commands");
	if (is(&what, "OLD") || is(&what, "NEW")) {
		puts(":files");
		offer_processes(typed, true, false);
	}
}

static void offer_argument(const struct typed *typed, const struct help_option *option)
{
	const char *at = option->about;
	struct help_text value;

	if (!is(&option->argument, "FORMAT")) {
		offer_value(typed, option->argument);
		return;
	}
	while (help_next_value(&at, option->end, &value))
		offer(typed, value.at, value.len, (struct help_text){"", 0});
}

/* The first line of what is said of an option. */
static struct help_text summary(const struct help_option *option)
{
	const char *at = option->about + strspn(option->about, " ]");

	return (struct help_text){at, strcspn(at, "\n")};
}

/* But those that `without` has too. */
static void offer_options(const struct typed *typed, const char *help, const char *without)
{
	struct help_option option, again;

	while (help_next_option(&help, &option)) {
		if (without && help_find_option(without, option.name.at, option.name.len, &again))
			continue;
		offer(typed, option.name.at, option.name.len, summary(&option));
	}
}

static bool may_repeat(const struct help_text *word)
{
	return memmem(word->at, word->len, "...", 3) != NULL;
}

/* The words of the usage line that this one fits to. */
static void offer_words(const struct typed *typed)
{
	struct help_text words[HELP_WORDS];
	size_t line;
	int n, at;

	for (line = 0; (n = help_usage(typed->verb->help, typed->verb->name, line, words)) >= 0; line++) {
		const bool literal = n && *words[0].at >= 'a' && *words[0].at <= 'z';

		if (literal && !typed->n_words)
			offer(typed, words[0].at, words[0].len, (struct help_text){"", 0});
		if (literal && (!typed->n_words || !is(&words[0], typed->first)))
			continue;
		at = typed->n_words;
		/* The last one may come again. */
		if (at >= n && n && may_repeat(&words[n - 1]))
			at = n - 1;
		if (at < n && !(literal && !at))
			offer_value(typed, words[at]);
	}
}

static void offer_verbs(const struct typed *typed)
{
	struct buf verbs = {0};
	char *name, *rest;

	cmd_list_verbs(&verbs);
	for (name = strtok_r(verbs.data, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest))
		offer(typed, name, strlen(name), help_about(cmd_view.help, name));
	buf_fini(&verbs);
}

static bool find_option(const struct cmd *verb, const char *word, struct help_option *option)
{
	const size_t len = strcspn(word, "=");

	return help_find_option(verb->help, word, len, option) ||
	       help_find_option(cmd_view.help, word, len, option);
}

/* Processes are those of the source that is named on the line. */
static void note_source(struct typed *typed, const struct help_option *option, const char *value)
{
	if (is(&option->name, "--root"))
		typed->source.root = value;
	else if (is(&option->name, "--model"))
		typed->source.model = value;
	else if (is(&option->name, "--replay"))
		typed->source.replay = value;
	else if (is(&option->name, "--via"))
		typed->source.via = value;
	else if (is(&option->name, "--lab"))
		typed->source.lab = value;
}

/* The option whose argument the last word is; false: it is no argument. */
static bool read_left(int argc, char **argv, struct typed *typed, struct help_option *option)
{
	bool first = true;
	int i;

	for (i = 0; i < argc - 1; i++) {
		const char *word = argv[i];

		if (!strcmp(word, "--")) {
			/* What is behind it is a command and its arguments. */
			option->argument = (struct help_text){"COMMAND", i == argc - 2 ? 7 : 0};
			return true;
		}
		if (*word == '-') {
			const char *equals = strchr(word, '=');

			if (!find_option(typed->verb, word, option) || !option->argument.len)
				continue;
			if (option->attached || equals) {
				note_source(typed, option, equals ? equals + 1 : "");
				continue;
			}
			if (i == argc - 2)
				return true;
			note_source(typed, option, argv[++i]);
		} else if (first && cmd_find(word)) {
			typed->verb = cmd_find(word);
			first = false;
		} else {
			if (!typed->n_words++)
				typed->first = word;
			first = false;
		}
	}
	return false;
}

int complete(int argc, char **argv)
{
	struct typed typed = {.verb = &cmd_view, .word = argc ? argv[argc - 1] : "", .left = ""};
	struct help_option option = {.name = {"", 0}};
	const char *equals = strchr(typed.word, '=');
	bool named;

	if (read_left(argc, argv, &typed, &option)) {
		offer_argument(&typed, &option);
		return EXIT_FINE;
	}
	if (*typed.word == '-' && equals) {
		named = find_option(typed.verb, typed.word, &option) && option.argument.len;
		typed.left = typed.word;
		typed.left_len = (size_t)(equals + 1 - typed.word);
		typed.word = equals + 1;
		if (named)
			offer_argument(&typed, &option);
		return EXIT_FINE;
	}
	if (*typed.word == '-') {
		offer_options(&typed, typed.verb->help, NULL);
		if (typed.verb != &cmd_view)
			offer_options(&typed, cmd_view.help, typed.verb->help);
		else
			offer_word(&typed, "--version");
		return EXIT_FINE;
	}
	if (typed.verb == &cmd_view && !typed.n_words)
		offer_verbs(&typed);
	offer_words(&typed);
	return EXIT_FINE;
}
