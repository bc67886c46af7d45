/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what a script requires of the machine is so. */
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "script/expect.h"

/* The figure's text: sizes, the kernel's release, knobs, then meminfo and vmstat. NULL: there is none. */
static const char *figure(struct moment *moment, const char *name)
{
	const struct system_figures *system = &moment->system;
	const char *value;

	if (!strcmp(name, "kernel"))
		return system->release;
	if (!strcmp(name, "pmd_size"))
		return arena_printf(&moment->arena, "%llu", (unsigned long long)moment->pmd_size);
	if (!strcmp(name, "page_size"))
		return arena_printf(&moment->arena, "%llu", (unsigned long long)moment->page_size);
	value = figure_value(system->knobs, system->n_knobs, name);
	if (!value)
		value = figure_value(system->meminfo, system->n_meminfo, name);
	return value ? value : figure_value(system->vmstat, system->n_vmstat, name);
}

/* 6.9 comes before 6.18. */
static bool version(const char *release, enum compare compare, const char *wanted)
{
	int order = strverscmp(release, wanted);

	switch (compare) {
	case COMPARE_EQ:
		return !strncmp(release, wanted, strlen(wanted));
	case COMPARE_NE:
		return strncmp(release, wanted, strlen(wanted)) != 0;
	case COMPARE_LT:
		return order < 0;
	case COMPARE_LE:
		return order <= 0;
	case COMPARE_GT:
		return order > 0;
	case COMPARE_GE:
		return order >= 0;
	case COMPARE_COUNT:
		break;
	}
	return false;
}

static bool met(const struct action *action, const char *text)
{
	const enum compare compare = action->expect.compare;
	uint64_t number;

	if (!strcmp(action->expect.field, "kernel"))
		return version(text, compare, action->expect.value);
	if (parse_number(text, &number))
		return expect_number(number, compare, action->expect.value);
	return (compare == COMPARE_EQ || compare == COMPARE_NE) &&
	       expect_word(text, compare, action->expect.value);
}

enum verdict expect_require(struct source *source, pid_t pid, const struct action *action, char *found,
			    size_t size)
{
	const struct watch watch = {.pids = &pid, .n = 1};
	struct moment *moment = source_sample(source, &watch);
	const char *text = figure(moment, action->expect.field);
	enum verdict verdict = text && met(action, text) ? VERDICT_HELD : VERDICT_FAILED;

	if (!text)
		snprintf(found, size, "there is no %s here", action->expect.field);
	else if (figure_value(moment->system.knobs, moment->system.n_knobs, action->expect.field))
		snprintf(found, size,
			 "%s is %s here; root writes %.*s to /sys/kernel/mm/transparent_hugepage/%s for it",
			 action->expect.field, text, (int)strcspn(action->expect.value, "|"),
			 action->expect.value, action->expect.field);
	else
		snprintf(found, size, "%s is %s here", action->expect.field, text);
	moment_free(moment);
	return verdict;
}
