/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs share: messages, exit codes, opening kernels and sources, printing. */
#include "cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/parse.h"
#include "format/text_line.h"
#include "format/text.h"
#include "format/utf8.h"

static bool waits;	 /* the terminal's line says for what */
static struct buf *kept; /* where messages go instead of stderr; NULL: to stderr */

/*
 * Names come from files, processes and far machines: one line, and nothing reaches the terminal that begins an escape or
 * turns the order round. A character that was cut off at the end is none.
 */
static void make_harmless(char *at)
{
	const char *end;
	uint32_t code;
	size_t len;

	for (end = at + strlen(at); at < end; at += len) {
		len = utf8_decode(at, end, &code);
		if (len && line_shows(code))
			continue;
		len = len ? len : 1;
		memset(at, '?', len);
	}
}

void cmd_harmless(char *text)
{
	char *newline;

	for (; (newline = strchr(text, '\n')); text = newline + 1) {
		*newline = '\0';
		make_harmless(text);
		*newline = '\n';
	}
	make_harmless(text);
}

static void say(const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	make_harmless(line);
	if (kept) {
		buf_printf(kept, "%s%s", kept->len ? "; " : "", line);
		return;
	}
	cmd_wait_over();
	fprintf(stderr, "thpscope: %s\n", line);
}

void cmd_keep_errors(struct buf *into)
{
	kept = into;
}

void cmd_wait(const char *format, ...)
{
	char line[256];
	va_list args;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	make_harmless(line);
	/* Longer than the terminal's line it could not be taken back. */
	fprintf(stderr, "\r\033[K%.*s ...", (int)(cmd_width() > 5 ? cmd_width() - 5 : 0), line);
	waits = true;
}

void cmd_wait_over(void)
{
	if (waits)
		fputs("\r\033[K", stderr);
	waits = false;
}

int cmd_error(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return code;
}

int cmd_usage(const struct cmd *cmd, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return cmd_error(EXIT_USAGE, "%s ('thpscope %s%s--help' tells how)", text, cmd->name,
			 *cmd->name ? " " : "");
}

static bool in_cluster(const char *word, int letter)
{
	return word && word[0] == '-' && word[1] && word[1] != '-' && strchr(word + 1, letter);
}

const char *cmd_option_named(int option, char **argv)
{
	static char text[3] = "-";

	/* optind goes on behind the last letter of a word of them alone. */
	if (option == '?' && optopt > 0 && optopt < 256 &&
	    (in_cluster(argv[optind], optopt) || in_cluster(argv[optind - 1], optopt))) {
		text[1] = (char)optopt;
		return text;
	}
	return argv[optind - 1];
}

int cmd_option_else(const struct cmd *cmd, int option, char **argv, bool *done)
{
	if (option == 'h') {
		fputs(cmd->help, stdout);
		*done = true;
		return EXIT_FINE;
	}
	return cmd_usage(cmd, option == ':' ? "'%s' needs an argument" : "unknown option '%s'",
			 cmd_option_named(option, argv));
}

const char *cmd_parse_addr(const char *text, uint64_t *addr)
{
	if (!strncmp(text, "0x", 2))
		text += 2;
	return parse_u64(text, text + strlen(text), 16, addr);
}

int cmd_parse_format(const struct cmd *cmd, const char *name, bool *json)
{
	*json = !strcmp(name, "json");
	if (*json || !strcmp(name, "text"))
		return 0;
	return cmd_usage(cmd, "unknown format '%s': json and text are known", name);
}

int cmd_code(int err)
{
	switch (-err) {
	case 0:
		return EXIT_FINE;
	case EACCES:
	case EPERM:
		return EXIT_PERMISSION;
	case ENOENT:
	case ESRCH:
	case EFAULT:
		return EXIT_NOTHING;
	case ENOTSUP:
	case EPROTONOSUPPORT:
		return EXIT_IMPOSSIBLE;
	case EBADMSG:
	case ENODATA:
		return EXIT_DAMAGED;
	}
	return EXIT_IO;
}

int cmd_outcome(const struct process *process)
{
	int code = EXIT_FINE;

	switch (process->outcome) {
	case OUTCOME_OK:
		return EXIT_FINE;
	case OUTCOME_GONE:
	case OUTCOME_REUSED:
	case OUTCOME_NO_MEMORY:
		code = EXIT_NOTHING;
		break;
	case OUTCOME_DENIED:
		code = EXIT_PERMISSION;
		break;
	case OUTCOME_DAMAGED:
		code = EXIT_DAMAGED;
		break;
	case OUTCOME_FAILED:
		code = EXIT_IO;
		break;
	case OUTCOME_COUNT:
		break;
	}
	return cmd_error(code, "process %d%s%s%s: %s", (int)process->pid, *process->comm ? " (" : "",
			 process->comm, *process->comm ? ")" : "", process->reason);
}

int cmd_lost(const struct moment *moment)
{
	return moment->lost ? cmd_error(EXIT_IO, "%s", moment->lost) : 0;
}

int cmd_no_list(const struct source *source, int err)
{
	return cmd_error(cmd_code(err), "cannot list processes: %s",
			 *source->error ? source->error : strerror(-err));
}

void cmd_say_missing(const struct moment *moment)
{
	/* Most telling first: without PFNs the two behind it would add nothing. */
	static const struct {
		enum capability capability;
		const char *what;
	} table[] = {
		{CAP_PFN, "backing and most mapcounts are unknown"},
		{CAP_KPAGEFLAGS, "backing is unknown"},
		{CAP_KPAGECOUNT, "mapcounts of shared pages are unknown"},
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		why = moment->caps.missing[table[i].capability];
		if (!capability_lacks(&moment->caps, table[i].capability))
			continue;
		cmd_error(0, "%s: %s", table[i].what, why);
		break;
	}
	for (i = 0; i < moment->n_processes; i++) {
		why = moment->caps.missing[CAP_PAGEMAP_SCAN];
		if (moment->processes[i].outcome != OUTCOME_OK || moment->processes[i].mapping_known || !why)
			continue;
		cmd_error(0, "some mappings are unknown: %s", why);
		break;
	}
}

unsigned cmd_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	uint64_t value;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	if (columns && parse_number(columns, &value) && value >= 40 && value <= 1000)
		return (unsigned)value;
	return 80;
}

static int print(const struct moment *moment, const struct cow_ask *ask,
		 int (*write)(const struct moment *, const struct text_options *, const struct sink *))
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	int fd = STDOUT_FILENO, err;
	struct sink sink = {sink_fd, &fd};
	struct text_options options = {
		.width = cmd_width(),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.cow = *ask,
		.colour = isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb"),
	};

	fflush(stdout);
	err = write(moment, &options, &sink);
	return err ? cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(-err)) : EXIT_FINE;
}

int cmd_print_text(const struct moment *moment)
{
	return cmd_print_text_cow(moment, &(struct cow_ask){.n = 0});
}

int cmd_print_text_cow(const struct moment *moment, const struct cow_ask *ask)
{
	return print(moment, ask, text_write);
}

int cmd_print_events(const struct moment *moment)
{
	return print(moment, &(struct cow_ask){.n = 0}, text_write_events);
}

bool cmd_is_far(const struct source_options *options)
{
	return options->lab || options->via;
}

bool cmd_has_screen(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}
