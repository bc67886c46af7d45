/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope glossary: what the words of the screen and of the lessons mean. */
#include "core/glossary.h"

#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "format/text_line.h"
#include "ui/glyph.h"

static const char help[] = "usage: thpscope glossary [WORD]\n"
			   "Tells what the words of the screen and of the lessons mean, all of them or one.\n"
			   "On the screen w does, and those that stand there come first. On a terminal\n"
			   "lines end where it does; in a pipe all of a word is one line.\n"
			   "\n"
			   "  --help   this text\n"
			   "\n"
			   "Exit: 0; 4 there is no such word.\n";

#define NAME_COLUMNS 18 /* of a list, with the blank behind a name */
#define NARROW 56	/* a terminal with fewer columns has what a word means below it */
#define NARROW_INDENT 4

/* Signs of the screen as the screen shows them in this locale. */
static void put_shown(struct buf *out, const char *text)
{
	const bool ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	struct glyph glyph;

	for (; *text; text += glyph.bytes) {
		glyph_next(text, ascii, &glyph);
		buf_puts(out, glyph.text);
	}
}

/* On a terminal lines are broken where it ends; whoever reads a pipe finds each fact on one line. */
static void print_line(const char *lead, unsigned indent, const char *text)
{
	struct buf line = {0}, out = {0};

	buf_puts(&line, lead);
	put_shown(&line, text);
	if (isatty(STDOUT_FILENO))
		line_wrap(&out, cmd_width(), indent, line.data);
	else
		buf_printf(&out, "%s\n", line.data);
	fputs(out.data, stdout);
	buf_fini(&line);
	buf_fini(&out);
}

static void print_spellings(const char *also)
{
	struct buf text = {0};

	for (; *also; also++) {
		if (*also == '|')
			buf_puts(&text, "; ");
		else
			buf_putc(&text, *also);
	}
	print_line("  also: ", 4, text.data);
	buf_fini(&text);
}

static void print_one(const struct glossary_term *term)
{
	printf("%s\n", term->term);
	print_line("  ", 2, term->text);
	if (*term->more)
		print_line("  ", 2, term->more);
	if (*term->where)
		print_line("  On the screen: ", 4, term->where);
	if (*term->lesson)
		print_line("  A lesson teaches it: thpscope lesson run ", 4, term->lesson);
	if (*term->also)
		print_spellings(term->also);
}

static void print_all(void)
{
	const bool narrow = isatty(STDOUT_FILENO) && cmd_width() < NARROW;
	char lead[64];

	for (size_t at = 0; at < glossary_n; at++) {
		snprintf(lead, sizeof(lead), "%-*s ", narrow ? 0 : NAME_COLUMNS - 1, glossary[at].term);
		print_line(lead, narrow ? NARROW_INDENT : NAME_COLUMNS, glossary[at].text);
	}
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
		print_all();
		return EXIT_FINE;
	}
	term = glossary_find(argv[optind]);
	if (!term)
		return cmd_error(EXIT_NOTHING, "no word '%s'; 'thpscope glossary' lists them", argv[optind]);
	print_one(term);
	return EXIT_FINE;
}

const struct cmd cmd_glossary = {"glossary", help, run};
