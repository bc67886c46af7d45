/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of backend/local: a source with a specimen that is told one line at a time. */
#ifndef TESTS_LOCAL_COMMON_H
#define TESTS_LOCAL_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "local/local.h"
#include "proc/proc.h"
#include "script/script.h"

static inline struct source *open_source(void)
{
	struct kernel *kernel;
	struct source *source;
	char error[256];

	if (proc_kernel_open("/", &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	if (local_source_open(kernel, SPECIMEN, &source, error, sizeof(error)))
		fail_msg("%s", error);
	return source;
}

/* Carries out one line of a script; what source_act says. */
static inline int act(struct source *source, const char *line)
{
	struct script_error error;
	struct script *script;
	int err;

	if (script_parse_line(line, strlen(line), &script, &error))
		fail_msg("%s: %s", line, error.text);
	err = source_act(source, &script->actions[0]);
	script_free(script);
	return err;
}

static inline void do_act(struct source *source, const char *line)
{
	if (act(source, line))
		fail_msg("%s: %s", line, source->error);
}

/* It is refused with this errno, and a sentence that holds `says`. */
static inline void refused(struct source *source, const char *line, int err, const char *says)
{
	int got = act(source, line);

	if (got != err || !strstr(source->error, says))
		fail_msg("%s: %d, %s", line, got, source->error);
}

static inline struct place place_of(struct source *source, const char *process, const char *area)
{
	struct target target = {0};
	struct place place;

	snprintf(target.process, sizeof(target.process), "%s", process);
	snprintf(target.area, sizeof(target.area), "%s", area);
	if (source_locate(source, &target, &place))
		fail_msg("%s: %s", area, source->error);
	return place;
}

static inline void nap(void)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	nanosleep(&ms, NULL);
}

static inline uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline uint64_t vmstat(const char *name)
{
	FILE *file = fopen("/proc/vmstat", "re");
	char key[64];
	uint64_t value = 0, one;

	assert_non_null(file);
	while (fscanf(file, "%63s %lu", key, &one) == 2)
		if (!strcmp(key, name))
			value = one;
	fclose(file);
	return value;
}

/* Whether memory becomes huge unasked. */
static inline bool always(void)
{
	char text[64] = "";
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");

	if (file) {
		(void)!fgets(text, sizeof(text), file);
		fclose(file);
	}
	return strstr(text, "[always]");
}

#endif
