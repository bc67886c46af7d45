/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what is said of the machine is so. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "script/measure.h"
#include "script/words.h"

/* The figure's text: sizes, the kernel's release, knobs, then meminfo and vmstat. NULL: there is none. */
static const char *figure(const struct moment *moment, const char *name, char number[24])
{
	const struct system_figures *system = &moment->system;
	const char *value;

	if (!strcmp(name, "kernel"))
		return system->release;
	if (!strcmp(name, "pmd_size") || !strcmp(name, "page_size")) {
		snprintf(number, 24, "%" PRIu64, name[1] == 'm' ? moment->pmd_size : moment->page_size);
		return number;
	}
	value = figure_value(system->knobs, system->n_knobs, name);
	if (value)
		return value;
	value = figure_value(system->meminfo, system->n_meminfo, name);
	/* Of huge pages of hugetlbfs meminfo tells how many; the rest is in kB. */
	if (value && strncmp(name, "HugePages_", 10)) {
		snprintf(number, 24, "%sk", value);
		return number;
	}
	return value ? value : figure_value(system->vmstat, system->n_vmstat, name);
}

/* Whether one of the alternatives is the release, or the beginning of it: 6.1 is of 6.1.9, and not of 6.18. */
static bool is_release(const char *release, const char *wanted)
{
	size_t len;
	bool digits;

	for (;; wanted += len + 1) {
		len = strcspn(wanted, "|");
		digits = len && isdigit((unsigned char)wanted[len - 1]);
		if (!strncmp(release, wanted, len) && !(digits && isdigit((unsigned char)release[len])))
			return true;
		if (!wanted[len])
			return false;
	}
}

/* 6.9 comes before 6.18, and 6.18.3 is neither before nor behind it. */
static bool version(const char *release, enum compare compare, const char *wanted)
{
	const int order = is_release(release, wanted) ? 0 : strverscmp(release, wanted);

	switch (compare) {
	case COMPARE_EQ:
		return !order;
	case COMPARE_NE:
		return order;
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

/* Are all alternatives releases, or all numbers and sizes? */
static bool all_are(const char *wanted, bool release)
{
	char one[64];
	uint64_t number;
	size_t len;

	for (;; wanted += len + 1) {
		len = strcspn(wanted, "|");
		snprintf(one, sizeof(one), "%.*s", (int)len, wanted);
		if (release ? !isdigit((unsigned char)*wanted) : !parse_size(one, &number))
			return false;
		if (!wanted[len])
			return true;
	}
}

const char *measure_figure_mistake(const char *name, const char *wanted)
{
	if (!strcmp(name, "kernel"))
		return all_are(wanted, true) ? NULL : "a release such as 6.9";
	if (!strcmp(name, "pmd_size") || !strcmp(name, "page_size"))
		return all_are(wanted, false) ? NULL : "a size such as 2M";
	return NULL;
}

static bool met(const char *name, const char *text, enum compare compare, const char *wanted)
{
	uint64_t number;

	if (!strcmp(name, "kernel"))
		return version(text, compare, wanted);
	if (parse_number(text, &number))
		return compare_number(number, compare, wanted);
	/* What meminfo has in kB is compared with its bare number as well as with a size. */
	if (parse_size(text, &number))
		return compare_number(wanted[strspn(wanted, "0123456789|")] ? number : number >> 10, compare,
				      wanted);
	return (compare == COMPARE_EQ || compare == COMPARE_NE) && compare_word(text, compare, wanted);
}

static const char *counter_at(const void *data, size_t i)
{
	const struct moment *moment = data;

	return i < moment->system.n_vmstat ? moment->system.vmstat[i].name : NULL;
}

enum verdict measure_figure(const struct moment *moment, const char *name, enum compare compare,
			    const char *wanted, char *found, size_t size)
{
	char number[24];
	const char *text = figure(moment, name, number), *closest;
	uint64_t size_of;
	enum verdict verdict;

	if (!text) {
		/* Which counters there are is the kernel's affair: one may be missing here, or misspelt. */
		closest = words_closest(name, counter_at, moment);
		snprintf(found, size, "there is no %s here%s%s%s", name, closest ? "; there is '" : "",
			 closest ? closest : "", closest ? "'" : "");
		return VERDICT_UNKNOWN;
	}
	/* What is no number is not unequal to one: it is a mistake. */
	if (strcmp(name, "kernel") != 0 && parse_size(text, &size_of) && !all_are(wanted, false)) {
		snprintf(found, size, "%s is %s here, a number, which compares with no '%s'", name, text,
			 wanted);
		return VERDICT_FAILED;
	}
	verdict = met(name, text, compare, wanted) ? VERDICT_HELD : VERDICT_FAILED;
	if (figure_value(moment->system.knobs, moment->system.n_knobs, name) && verdict)
		snprintf(found, size,
			 "%s is %s here; root writes %.*s to /sys/kernel/mm/transparent_hugepage/%s for it",
			 name, text, (int)strcspn(wanted, "|"), wanted, name);
	else
		snprintf(found, size, "%s is %s here", name, text);
	return verdict;
}
