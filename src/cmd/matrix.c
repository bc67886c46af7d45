/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope matrix: one script on several kernels, and where they differ. */
#include "cmd/matrix.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/output.h"
#include "core/mem.h"
#include "format/matrix.h"
#include "script/script.h"

static const char help[] =
	"usage: thpscope matrix SCRIPT [OPTION...]\n"
	"Run a script on several kernels, and tell line by line where they differ after\n"
	"it: what was refused, and how each region of each area is mapped, what is behind\n"
	"it, and its mapcounts. A difference is told where it comes up or changes.\n"
	"\n"
	"SCRIPT is the name of a script that comes with thpscope, a path, or - for\n"
	"standard input. The kernels are all that there are and that the script runs on:\n"
	"the model's generations, the running kernel, and the lab's that are built.\n"
	"\n"
	"  --on KERNELS     only these, with commas between or one after another: 'real',\n"
	"                   5.4 or model:5.4, 6.12 or lab:6.12, lab:PATH of a bzImage;\n"
	"                   'model' and 'lab' are all of these\n"
	"  --lab[=KERNEL]   this one of the lab, or the path of a bzImage, too: 'what did\n"
	"                   my patch do?'\n"
	"  --via COMMAND    the kernel of the machine where COMMAND starts a\n"
	"                   thpscope-agent, too\n"
	"  --format FORMAT  text (the default) or json\n"
	"  -o FILE          write to FILE, which appears whole or not at all\n"
	"  --help           this text\n"
	"\n"
	"Exit status: 0 all are alike; 1 they differ; 2 usage; 3 permission; 4 no such\n"
	"script or image; 5 not possible here: fewer than two kernels, or one that was\n"
	"named cannot be had; 6 the script is none.\n";

struct request {
	const char *script, *file;
	const char **words; /* of --on, each as it was given */
	size_t n, room;
	bool json;
};

static int parse_arguments(int argc, char **argv, struct request *request, bool *done)
{
	enum { ON = 256, FORMAT };
	static const struct option options[] = {
		{"on", required_argument, NULL, ON},
		{"format", required_argument, NULL, FORMAT},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
		switch (option) {
		case ON:
			mem_grow(&request->words, &request->room, request->n + 1, sizeof(*request->words));
			request->words[request->n++] = optarg;
			break;
		case FORMAT:
			code = cmd_parse_format(&cmd_matrix, optarg, &request->json);
			break;
		case 'o':
			request->file = optarg;
			break;
		default:
			return cmd_option_else(&cmd_matrix, option, argv, done);
		}
	}
	if (code)
		return code;
	if (optind == argc)
		return cmd_usage(&cmd_matrix, "which script? A name or a path");
	if (argc - optind > 1)
		return cmd_usage(&cmd_matrix, "one script at a time");
	request->script = argv[optind];
	return 0;
}

/* Of a comma list, whose words the columns keep. */
static int add_words(struct matrix_kernels *kernels, char *list)
{
	char *rest = NULL, *word = strtok_r(list, ",", &rest);
	int code = word ? 0 : cmd_usage(&cmd_matrix, "--on needs the name of a kernel");

	for (; word && !code; word = strtok_r(NULL, ",", &rest))
		code = matrix_add_named(kernels, word);
	return code;
}

static int choose(const struct request *request, const struct source_options *options,
		  struct matrix_kernels *kernels)
{
	struct arena *arena = &kernels->matrix->arena;
	int code = 0;
	size_t i;

	if (!request->n)
		matrix_add_all(kernels);
	for (i = 0; i < request->n && !code; i++)
		code = add_words(kernels, arena_text(arena, request->words[i], strlen(request->words[i])));
	return code ? code : matrix_add_source(kernels, options);
}

static int too_few(const struct matrix *matrix)
{
	struct buf why = {0}, names = {0};
	size_t i;
	int code;

	for (i = 0; i < matrix->n_missing; i++) {
		if (matrix_put_missing(matrix, i, &names))
			buf_printf(&why, "; %s left out: %s", names.data, matrix->missing[i].reason);
		buf_clear(&names);
	}
	code = cmd_error(EXIT_IMPOSSIBLE, "it takes two kernels to differ, and there is %s%s",
			 matrix->n ? matrix->columns[0].name : "none", why.data ? why.data : "");
	buf_fini(&why);
	buf_fini(&names);
	return code;
}

static int write_out(const struct request *request, const struct matrix *matrix, struct output *output)
{
	const struct text_options options = {.width = request->file ? 0 : cmd_width(),
					     .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0};
	const struct sink sink = output_sink(output);

	return request->json ? matrix_write_json(matrix, &sink) : matrix_write_text(matrix, &options, &sink);
}

static int not_written(const struct request *request, int err)
{
	return output_failed(request->file, err);
}

static int compare(const struct request *request, const struct source_options *options,
		   const struct script *script)
{
	struct matrix *matrix = matrix_new(script);
	struct matrix_kernels kernels = {.script = script, .read_only = options->read_only, .matrix = matrix};
	struct output output;
	int code = choose(request, options, &kernels), err = 0;

	/* That it cannot be written is said before the kernels are booted. */
	if (!code)
		err = output_open(&output, request->file);
	if (!code && !err) {
		code = matrix_take(&kernels);
		if (!code && matrix->n < 2)
			code = too_few(matrix);
		if (!code) {
			matrix_compare(matrix);
			err = write_out(request, matrix, &output);
		}
		if (code || err)
			output_abandon(&output);
		else
			err = output_commit(&output);
		if (!code)
			code = matrix->n_differ ? EXIT_FINDING : EXIT_FINE;
	}
	if (err)
		code = not_written(request, err);
	matrix_free(matrix);
	return code;
}

static int run(int argc, char **argv, const struct source_options *options)
{
	struct request request = {.file = NULL};
	struct script *script = NULL;
	bool done = false;
	int code = parse_arguments(argc, argv, &request, &done);

	if (!code && !done && options->model)
		code = cmd_usage(&cmd_matrix, "the model's generations are there anyway; --on %s picks one",
				 options->model);
	if (!code && !done && (options->root || options->replay))
		code = cmd_usage(&cmd_matrix, "what was recorded runs no script");
	if (!code && !done)
		code = cmd_read_script(request.script, &script);
	if (!code && !done)
		code = compare(&request, options, script);
	script_free(script);
	free(request.words);
	return code;
}

const struct cmd cmd_matrix = {"matrix", help, run};
