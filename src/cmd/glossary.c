/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope glossary: what the words of the screen and of the lessons mean. */
#include "core/glossary.h"

#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"

static const char help[] = "usage: thpscope glossary [WORD]\n"
			   "Tells what the words of the screen and of the lessons mean, all of them or one.\n"
			   "On the screen w does, and those that stand there come first.\n"
			   "\n"
			   "  --help   this text\n"
			   "\n"
			   "Exit: 0; 4 there is no such word.\n";

static void print_spellings(const char *also)
{
	fputs("  also: ", stdout);
	for (; *also; also++) {
		if (*also == '|')
			fputs("; ", stdout);
		else
			putchar(*also);
	}
	putchar('\n');
}

static void print_one(const struct glossary_term *term)
{
	printf("%s\n  %s\n", term->term, term->text);
	if (*term->more)
		printf("  %s\n", term->more);
	if (*term->where)
		printf("  On the screen: %s\n", term->where);
	if (*term->lesson)
		printf("  A lesson teaches it: thpscope lesson run %s\n", term->lesson);
	if (*term->also)
		print_spellings(term->also);
}

static int run(int argc, char **argv, const struct source_options *source)
{
	static const struct option table[] = {{"help", no_argument, NULL, 'h'}, {0}};
	const struct glossary_term *term;
	bool done = false;
	int option, code;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		code = cmd_option_else(&cmd_glossary, option, argv, &done);
		if (code || done)
			return code;
	}
	if (source->model || source->root || source->via || source->lab || source->replay)
		return cmd_usage(&cmd_glossary, "words mean the same on every source");
	if (argc - optind > 1)
		return cmd_usage(&cmd_glossary, "one word at a time; quotes hold several together");
	if (optind == argc) {
		for (size_t at = 0; at < glossary_n; at++)
			printf("%-17s %s\n", glossary[at].term, glossary[at].text);
		return EXIT_FINE;
	}
	term = glossary_find(argv[optind]);
	if (!term)
		return cmd_error(EXIT_NOTHING, "no word '%s'; 'thpscope glossary' lists them", argv[optind]);
	print_one(term);
	return EXIT_FINE;
}

const struct cmd cmd_glossary = {"glossary", help, run};
