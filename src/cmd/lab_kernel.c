/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab's kernels: which there are, where they are built, and booting one. */
#include "cmd/lab_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/lab_builder.h"

#define SUFFIX ".config"
#define COMMON "common"
#define DEBUG "-debug"
#define PATH_ROOM 4096

/* Where we are, without our name. */
static void own_folder(struct buf *path)
{
	char self[PATH_ROOM];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	buf_printf(path, "%.*s", slash ? (int)(slash - self) : 0, self);
}

/* A file beside us, relative to us where all is installed, or where it was to be installed. "": nowhere. */
static void find(const char *beside, const char *from_bin, const char *installed, int mode, struct buf *path)
{
	const char *const relative[] = {beside, from_bin};
	struct buf folder = {0};
	size_t i;

	own_folder(&folder);
	for (i = 0; i < 2; i++) {
		buf_clear(path);
		buf_printf(path, "%s/%s", folder.data, relative[i]);
		if (!access(path->data, mode))
			break;
	}
	if (i == 2) {
		buf_clear(path);
		buf_puts(path, access(installed, mode) ? "" : installed);
	}
	buf_fini(&folder);
}

static int find_builder(struct buf *path)
{
	find("kernel/build", LAB_KERNEL_FROM_BIN "/build", LAB_KERNEL_INSTALLED "/build", X_OK, path);
	return *path->data
		       ? 0
		       : cmd_error(EXIT_IMPOSSIBLE,
				   "what builds the lab's kernels is not here, nor in " LAB_KERNEL_INSTALLED
				   "; build thpscope whole, or install it whole (package "
				   "thpscope-lab)");
}

/* $XDG_CACHE_HOME/thpscope/lab, or in ~/.cache; made if it is not there. "": there is no such place. */
static void cache_folder(struct buf *path)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *at;

	buf_clear(path);
	if (cache && *cache == '/')
		buf_printf(path, "%s/thpscope/lab", cache);
	else if (home && *home == '/')
		buf_printf(path, "%s/.cache/thpscope/lab", home);
	else
		buf_puts(path, "");
	for (at = *path->data ? strchr(path->data + 1, '/') : NULL; at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(path->data, 0700);
		*at = '/';
	}
	mkdir(path->data, 0700);
}

bool lab_kernel_for_tests(const char *name)
{
	const size_t len = strlen(name), end = strlen(DEBUG);

	return len > end && !strcmp(name + len - end, DEBUG);
}

/* team, 6.12, 6.1; those for tests at the end. */
static int newer_first(const void *a, const void *b)
{
	const bool test = lab_kernel_for_tests(a);

	return test != lab_kernel_for_tests(b) ? (test ? 1 : -1) : strverscmp(b, a);
}

int lab_kernels_find(struct lab_kernels *kernels)
{
	struct buf builder = {0};
	int code = find_builder(&builder);
	glob_t found;
	size_t i, len;

	kernels->n = 0;
	if (!code) {
		builder.data[strlen(builder.data) - strlen("build")] = '\0';
		builder.len = strlen(builder.data);
		buf_puts(&builder, "*" SUFFIX);
		if (glob(builder.data, 0, NULL, &found))
			found.gl_pathc = 0;
		for (i = 0; i < found.gl_pathc && kernels->n < LAB_KERNELS_MOST; i++) {
			const char *name = strrchr(found.gl_pathv[i], '/') + 1;

			/* What several have in common is no kernel of its own. */
			if (!strncmp(name, COMMON, strlen(COMMON)))
				continue;
			snprintf(kernels->names[kernels->n], sizeof(kernels->names[0]), "%s", name);
			len = strlen(kernels->names[kernels->n]);
			kernels->names[kernels->n++][len - strlen(SUFFIX)] = '\0';
		}
		globfree(&found);
		qsort(kernels->names, kernels->n, sizeof(kernels->names[0]), newer_first);
	}
	buf_fini(&builder);
	return code;
}

int lab_kernel_where(const char *name, struct buf *folder)
{
	struct buf builder = {0}, cache = {0};
	char words[1024];
	int code = find_builder(&builder);

	if (!code) {
		cache_folder(&cache);
		code = lab_builder_run(
			(char *[]){builder.data, (char *)"--where", (char *)name, cache.data, NULL}, name,
			folder, words, sizeof(words));
		/* That it is not built is an answer. */
		code = code == EXIT_IMPOSSIBLE ? 0 : code ? cmd_error(code, "%s", words) : 0;
	}
	buf_fini(&builder);
	buf_fini(&cache);
	return code;
}

int lab_kernel_build(const char *name, const char *tarball, struct buf *folder)
{
	struct buf builder = {0}, cache = {0};
	char words[1024];
	int code = find_builder(&builder);

	if (!code) {
		char *argv[] = {NULL, (char *)name, NULL, (char *)"--source", (char *)tarball, NULL};

		cache_folder(&cache);
		argv[0] = builder.data;
		argv[2] = cache.data;
		if (!tarball)
			argv[3] = NULL;
		code = lab_builder_run(argv, name, folder, words, sizeof(words));
		if (code)
			cmd_error(code, "%s", words);
	}
	buf_fini(&builder);
	buf_fini(&cache);
	return code;
}

static bool has_name(const struct lab_kernels *kernels, const char *name)
{
	size_t i;

	for (i = 0; i < kernels->n && strcmp(kernels->names[i], name); i++)
		;
	return i < kernels->n;
}

int lab_kernel_known(const char *name)
{
	struct buf folder = {0}, list = {0};
	struct lab_kernels kernels;
	int code = lab_kernels_find(&kernels);
	size_t i;

	if (!code && !has_name(&kernels, name)) {
		for (i = 0; i < kernels.n; i++)
			buf_printf(&list, "%s%s (%s)", i ? ", " : "", kernels.names[i],
				   !lab_kernel_where(kernels.names[i], &folder) && *folder.data
					   ? "built"
					   : "not built");
		code = cmd_error(EXIT_USAGE, "no such kernel: %s; there are: %s%s%s", name, list.data,
				 access(name, F_OK) ? "" : "; the path of a bzImage needs a '/', as in ./",
				 access(name, F_OK) ? "" : name);
	}
	buf_fini(&folder);
	buf_fini(&list);
	return code;
}

bool lab_kernel_meant(const char *word)
{
	struct lab_kernels kernels;

	if (strchr(word, '/'))
		return !lab_check_image(word);
	return !lab_kernels_find(&kernels) && has_name(&kernels, word);
}

bool lab_kernel_may_have_teams(const char *kernel)
{
	return !*kernel || strchr(kernel, '/') ||
	       !strncmp(kernel, LAB_KERNEL_USUAL, strlen(LAB_KERNEL_USUAL));
}

int lab_kernel_image(const char *kernel, struct buf *image)
{
	const bool usual = !strcmp(kernel, LAB_KERNEL_USUAL);
	int code;

	buf_clear(image);
	if (strchr(kernel, '/')) {
		char *real = realpath(kernel, NULL);
		struct stat status;

		if (!stat(kernel, &status) && S_ISDIR(status.st_mode)) {
			free(real);
			return cmd_error(EXIT_USAGE, "%s is a folder: name the bzImage in it", kernel);
		}

		buf_puts(image, real ? real : kernel);
		free(real);
		return 0;
	}
	code = lab_kernel_known(kernel);
	if (!code)
		code = lab_kernel_where(kernel, image);
	if (!code && !*image->data)
		code = cmd_error(EXIT_IMPOSSIBLE,
				 "no kernel %s has been built; 'thpscope lab build%s%s' does that", kernel,
				 usual ? "" : " ", usual ? "" : kernel);
	if (!code)
		buf_puts(image, "/bzImage");
	return code;
}

static int boot(const char *kernel, struct lab_options *options, struct lab **lab)
{
	char error[1024] = "";
	int err;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "booting Linux %s in QEMU ...", kernel);
	err = lab_boot(options, lab, error, sizeof(error));
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (!err)
		return 0;
	return cmd_error(err == -ENOTSUP || err == -ENOEXEC ? EXIT_IMPOSSIBLE
			 : err == -ENOENT		    ? EXIT_NOTHING
			 : err == -EACCES		    ? EXIT_PERMISSION
							    : EXIT_IO,
			 "%s", error);
}

int lab_kernel_boot(const char *kernel, const struct lab_options *options, struct lab **lab)
{
	struct buf image = {0}, agent = {0}, cache = {0};
	struct lab_options all = *options;
	int code = lab_kernel_image(kernel, &image);

	find("thpscope-agent", "thpscope-agent", LAB_AGENT_INSTALLED, R_OK, &agent);
	cache_folder(&cache);
	all.kernel = image.data;
	all.agent = agent.data;
	all.cache = *cache.data ? cache.data : NULL;
	if (!code && !*agent.data)
		code = cmd_error(EXIT_IMPOSSIBLE,
				 "thpscope-agent, the guest's init, is neither beside this program nor "
				 "installed; build or install thpscope whole");
	if (!code)
		code = boot(kernel, &all, lab);
	buf_fini(&image);
	buf_fini(&agent);
	buf_fini(&cache);
	return code;
}
