/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels of 'thpscope matrix': which are meant, and having each run the script. */
#include "cmd/matrix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lab_kernel.h"
#include "model/rules.h"
#include "script/collect.h"
#include "script/script.h"

static bool same(const char *one, const char *other)
{
	return one == other || (one && other && !strcmp(one, other));
}

static bool has_name(const struct matrix_kernels *kernels, const char *name)
{
	size_t i;

	for (i = 0; i < kernels->n && strcmp(kernels->list[i].name, name) != 0; i++)
		;
	return i < kernels->n;
}

/* Without a word where what builds them is not here: then there is none. */
static bool is_lab_name(const char *word)
{
	struct buf errors = {0};
	bool known;

	cmd_keep_errors(&errors);
	known = lab_kernel_meant(word);
	cmd_keep_errors(NULL);
	buf_fini(&errors);
	return known;
}

/* An image is called by the last of its path, unless that is what another one is called, or one of the lab. */
static void name_it(const struct matrix_kernels *kernels, struct matrix_kernel *kernel)
{
	const char *slash = kernel->lab ? strrchr(kernel->lab, '/') : NULL;
	struct arena *arena = &kernels->matrix->arena;

	if (kernel->lab)
		kernel->name = arena_printf(arena, "lab:%s", slash ? slash + 1 : kernel->lab);
	else
		kernel->name = kernel->model ? kernel->model : kernel->via ? "via" : "real";
	if (slash && (has_name(kernels, kernel->name) || is_lab_name(slash + 1)))
		kernel->name = arena_printf(arena, "lab:%s", kernel->lab);
}

/* Each once; if somebody names one that is there, it counts as named. */
static int add(struct matrix_kernels *kernels, struct matrix_kernel kernel)
{
	size_t i;

	for (i = 0; i < kernels->n; i++) {
		struct matrix_kernel *there = &kernels->list[i];

		if (!same(there->model, kernel.model) || !same(there->lab, kernel.lab) ||
		    !same(there->via, kernel.via))
			continue;
		there->asked |= kernel.asked;
		return 0;
	}
	if (kernels->n == MATRIX_COLUMNS_MOST)
		return cmd_error(EXIT_USAGE, "more than %d kernels at a time are too many",
				 MATRIX_COLUMNS_MOST);
	name_it(kernels, &kernel);
	kernels->list[kernels->n++] = kernel;
	return 0;
}

/* The most that a script can call it: what a kernel has is known when it runs. */
static void most(const struct matrix_kernel *kernel, char *on, size_t size)
{
	if (kernel->model)
		snprintf(on, size, "model:%s", kernel->model);
	else
		snprintf(on, size, "%s",
			 kernel->lab && !lab_kernel_may_have_teams(kernel->lab) ? "lab" : "lab:team");
}

static bool runs_on(const struct script *script, const struct matrix_kernel *kernel)
{
	char on[48];

	most(kernel, on, sizeof(on));
	return script_runs_on(script, on);
}

/* Why it does not. */
static void why_not(const struct script *script, struct buf *out)
{
	buf_puts(out, "the script runs on ");
	script_add_sources(script, ", ", out);
}

/* What is there unasked. */
static void add_unasked(struct matrix_kernels *kernels, const struct matrix_kernel *kernel)
{
	struct matrix_kernel named = *kernel;
	struct buf why = {0};

	if (runs_on(kernels->script, kernel)) {
		add(kernels, *kernel);
		return;
	}
	name_it(kernels, &named);
	why_not(kernels->script, &why);
	matrix_leave_out(kernels->matrix, named.name, why.data);
	buf_fini(&why);
}

static void add_models(struct matrix_kernels *kernels)
{
	size_t i, n;
	const struct rules *rules = rules_all(&n);

	for (i = 0; i < n; i++)
		add_unasked(kernels, &(struct matrix_kernel){.model = rules[i].name});
}

/* Those that are built; of the others how they are. */
static void add_lab(struct matrix_kernels *kernels)
{
	/* The columns keep the names. */
	static struct lab_kernels lab;
	struct buf errors = {0}, folder = {0}, why = {0};
	char name[64];
	size_t i;

	cmd_keep_errors(&errors);
	if (lab_kernels_find(&lab))
		matrix_leave_out(kernels->matrix, "lab", errors.data);
	for (i = 0; i < lab.n; i++) {
		if (lab_kernel_for_tests(lab.names[i]))
			continue;
		if (!lab_kernel_where(lab.names[i], &folder) && *folder.data) {
			add_unasked(kernels, &(struct matrix_kernel){.lab = lab.names[i]});
			continue;
		}
		snprintf(name, sizeof(name), "lab:%s", lab.names[i]);
		buf_clear(&why);
		buf_printf(&why, "it is not built; 'thpscope lab build %s' does that", lab.names[i]);
		matrix_leave_out(kernels->matrix, name, why.data);
	}
	cmd_keep_errors(NULL);
	buf_fini(&errors);
	buf_fini(&folder);
	buf_fini(&why);
}

void matrix_add_all(struct matrix_kernels *kernels)
{
	add_models(kernels);
	add_unasked(kernels, &(struct matrix_kernel){.via = NULL});
	add_lab(kernels);
}

/* One that somebody named. */
static int add_asked(struct matrix_kernels *kernels, struct matrix_kernel kernel)
{
	struct buf image = {0}, why = {0};
	int code = kernel.lab ? lab_kernel_image(kernel.lab, &image) : 0;

	kernel.asked = true;
	if (!code && !runs_on(kernels->script, &kernel)) {
		name_it(kernels, &kernel);
		why_not(kernels->script, &why);
		code = cmd_error(EXIT_IMPOSSIBLE, "'%s' does not run on %s: %s", kernels->script->name,
				 kernel.name, why.data);
	}
	if (!code)
		code = add(kernels, kernel);
	buf_fini(&image);
	buf_fini(&why);
	return code;
}

static int no_such(const char *word, const char *among)
{
	struct buf list = {0};
	size_t i, n;
	const struct rules *rules = rules_all(&n);
	int code;

	for (i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", rules[i].name);
	code = cmd_error(EXIT_USAGE,
			 "no such kernel%s: '%s'; the model has %s; 'thpscope lab list' lists the lab's, and "
			 "'real' is the running one",
			 among, word, list.data);
	buf_fini(&list);
	return code;
}

/* All of a kind: an error only if that is none. */
static int add_kind(struct matrix_kernels *kernels, const char *kind,
		    void (*add_them)(struct matrix_kernels *))
{
	struct matrix *matrix = kernels->matrix;
	const size_t missing = matrix->n_missing;
	struct buf why = {0};
	bool any = false;
	size_t i;
	int code;

	add_them(kernels);
	for (i = 0; i < kernels->n; i++)
		any |= add_them == add_models ? kernels->list[i].model != NULL : kernels->list[i].lab != NULL;
	for (i = missing; i < matrix->n_missing; i++)
		buf_printf(&why, "; %s: %s", matrix->missing[i].name, matrix->missing[i].reason);
	code = any ? 0
		   : cmd_error(EXIT_IMPOSSIBLE, "there is no kernel of '%s' that '%s' runs on%s", kind,
			       kernels->script->name, why.data ? why.data : "");
	buf_fini(&why);
	return code;
}

int matrix_add_named(struct matrix_kernels *kernels, const char *word)
{
	const struct rules *rules = rules_named(strncmp(word, "model:", 6) ? word : word + 6);
	bool lab;

	if (!strcmp(word, "model"))
		return add_kind(kernels, word, add_models);
	if (!strcmp(word, "lab"))
		return add_kind(kernels, word, add_lab);
	if (!strcmp(word, "real"))
		return add_asked(kernels, (struct matrix_kernel){.asked = true});
	if (!strncmp(word, "lab:", 4))
		return add_asked(kernels, (struct matrix_kernel){.lab = word + 4});
	if (!strncmp(word, "model:", 6))
		return rules ? add_asked(kernels, (struct matrix_kernel){.model = rules->name})
			     : no_such(word + 6, " of the model");
	lab = strchr(word, '/') || is_lab_name(word);
	if (rules && lab)
		return cmd_error(EXIT_USAGE,
				 "'%s' is a kernel of the model and one of the lab: model:%s or lab:%s", word,
				 word, word);
	if (lab)
		return add_asked(kernels, (struct matrix_kernel){.lab = word});
	return rules ? add_asked(kernels, (struct matrix_kernel){.model = rules->name}) : no_such(word, "");
}

int matrix_add_source(struct matrix_kernels *kernels, const struct source_options *options)
{
	if (options->lab)
		return add_asked(kernels, (struct matrix_kernel){.lab = *options->lab ? options->lab
										      : LAB_KERNEL_USUAL});
	return options->via ? add_asked(kernels, (struct matrix_kernel){.via = options->via}) : 0;
}

/* Runs the script there. 0 and the column, or an exit code after a message. */
static int run_on(const struct matrix_kernels *kernels, const struct matrix_kernel *kernel,
		  struct matrix_column *column)
{
	const struct source_options options = {
		.model = kernel->model,
		.lab = kernel->lab,
		.via = kernel->via,
		.read_only = kernels->read_only,
		.script = kernels->script,
	};
	struct source *source = NULL;
	char on[40], error[512] = "";
	struct buf why = {0};
	int code = cmd_open_source(&options, &source), err = 0;

	if (!code)
		cmd_on(&options, source, on, sizeof(on));
	if (!code && !script_runs_on(kernels->script, on)) {
		why_not(kernels->script, &why);
		snprintf(error, sizeof(error), "%s", why.data);
		err = -ENOTSUP;
	}
	if (!code && !err) {
		cmd_wait("running '%s' on %s", kernels->script->name, kernel->name);
		err = collect(source, kernels->script, on, &kernels->matrix->arena, column, error,
			      sizeof(error));
		cmd_wait_over();
	}
	source_close(source);
	lab_source_end();
	buf_fini(&why);
	/* Of one that nobody asked for the name goes in front anyway. */
	return err ? cmd_error(cmd_code(err), "%s%s%s", kernel->asked ? kernel->name : "",
			       kernel->asked ? ": " : "", error)
		   : code;
}

int matrix_take(struct matrix_kernels *kernels)
{
	struct matrix *matrix = kernels->matrix;
	struct buf errors = {0};
	int code = 0;
	size_t i;

	for (i = 0; i < kernels->n && !code; i++) {
		const struct matrix_kernel *kernel = &kernels->list[i];
		struct matrix_column column = {.name = kernel->name, .model = kernel->model != NULL};

		if (kernel->lab && strchr(kernel->lab, '/'))
			column.image = kernel->lab;
		buf_clear(&errors);
		cmd_keep_errors(kernel->asked ? NULL : &errors);
		code = run_on(kernels, kernel, &column);
		cmd_keep_errors(NULL);
		if (!code) {
			matrix_add(matrix, &column);
		} else if (!kernel->asked) {
			matrix_leave_out(matrix, kernel->name,
					 errors.data ? errors.data : "it was interrupted");
			code = 0;
		}
	}
	buf_fini(&errors);
	return code;
}
