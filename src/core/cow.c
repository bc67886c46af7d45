/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which generation's copy-on-write rule a kernel follows, and the words of verdicts. */
#include "core/cow.h"

#include <string.h>

#include "core/kpf.h"
#include "core/parse.h"

static const char *const row_names[] = {
	[COW_4_5_0] = "4.5.0", [COW_4_5_5] = "4.5.5", [COW_5_8] = "5.8",   [COW_5_9] = "5.9",
	[COW_5_18] = "5.18",   [COW_5_19] = "5.19",   [COW_6_10] = "6.10", [COW_6_15] = "6.15",
};
_Static_assert(sizeof(row_names) / sizeof(row_names[0]) == COW_ROW_COUNT, "a name for each row");

static const char *const verdict_names[] = {
	[COW_UNKNOWN] = "unknown", [COW_NONE] = "none",	      [COW_REUSE] = "reuse",
	[COW_COPY] = "copy",	   [COW_DEPENDS] = "depends", [COW_MIXED] = "mixed",
};
_Static_assert(sizeof(verdict_names) / sizeof(verdict_names[0]) == COW_VERDICT_COUNT,
	       "a name for each verdict");

struct version {
	uint64_t part[3];
};

/* Newest first; facts B. 4.5.5 is where the stable series took seed 003. */
static const struct {
	struct version from;
	enum cow_row row;
} rows[] = {
	{{{6, 15, 0}}, COW_6_15}, {{{6, 10, 0}}, COW_6_10}, {{{5, 19, 0}}, COW_5_19},
	{{{5, 18, 0}}, COW_5_18}, {{{5, 9, 0}}, COW_5_9},   {{{5, 8, 0}}, COW_5_8},
	{{{4, 6, 0}}, COW_4_5_5}, {{{4, 5, 5}}, COW_4_5_5}, {{{4, 5, 0}}, COW_4_5_0},
};

const char *cow_row_name(enum cow_row row)
{
	return row < COW_ROW_COUNT ? row_names[row] : "";
}

enum cow_row cow_row_named(const char *name)
{
	int row;

	for (row = 0; row < COW_ROW_COUNT; row++)
		if (!strcmp(row_names[row], name))
			break;
	return (enum cow_row)row;
}

const char *cow_verdict_name(enum cow_verdict verdict)
{
	return verdict_names[verdict];
}

/* "6.18.44-foo"; false for text that is no release: a number without a minor one is none. */
static bool parse_release(const char *release, struct version *version)
{
	const char *at = release, *end = release + strlen(release);
	size_t i;

	*version = (struct version){{0}};
	for (i = 0; i < 3; i++) {
		at = parse_u64(at, end, 10, &version->part[i]);
		if (!at)
			return i == 2;
		if (*at != '.')
			return i > 0;
		at++;
	}
	return true;
}

static bool at_least(const struct version *version, const struct version *from)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (version->part[i] != from->part[i])
			break;
	return version->part[i] >= from->part[i];
}

enum cow_row cow_row_of(const char *release)
{
	struct version version;
	size_t i;

	if (!parse_release(release, &version))
		return COW_ROW_COUNT;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (at_least(&version, &rows[i].from))
			return rows[i].row;
	return COW_ROW_COUNT;
}

const char *cow_rule(const char *release)
{
	return cow_row_name(cow_row_of(release));
}

struct cow_rules cow_rules_of(const struct moment *moment, enum cow_row row)
{
	/* Between 6.1 and 6.12 kpageflags went over to the head's flags for every tail (facts B). */
	static const struct version head_for_all = {{6, 2, 0}};
	const char *release = moment->system.release ? moment->system.release : "";
	enum cow_row said = moment->system.cow_rule ? cow_row_named(moment->system.cow_rule) : COW_ROW_COUNT;
	enum cow_row running = said < COW_ROW_COUNT ? said : cow_row_of(release);
	struct version version;
	bool shown = running < COW_ROW_COUNT && running >= COW_5_19;

	return (struct cow_rules){
		.row = row < COW_ROW_COUNT ? row : running,
		.page_size = moment->page_size,
		.pmd_size = moment->pmd_size,
		.exclusive_shown = shown,
		.exclusive_per_page =
			shown && parse_release(release, &version) && !at_least(&version, &head_for_all),
		.ksm_shown = kpf_ksm_shown(release),
	};
}
