/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which generation's copy-on-write rule a kernel follows. */
#include "core/cow.h"

#include <stddef.h>
#include <string.h>

#include "core/parse.h"

/* Newest first; facts B. 4.5.5 is where the stable series took seed 003. */
static const struct {
	unsigned major, minor, patch;
	const char *rule;
} rules[] = {
	{6, 15, 0, "6.15"}, {6, 10, 0, "6.10"}, {5, 19, 0, "5.19"}, {5, 18, 0, "5.18"}, {5, 9, 0, "5.9"},
	{5, 8, 0, "5.8"},   {4, 6, 0, "4.5.5"}, {4, 5, 5, "4.5.5"}, {4, 5, 0, "4.5.0"},
};

const char *cow_rule(const char *release)
{
	const char *at = release, *end = release + strlen(release);
	uint64_t version[3] = {0};
	size_t i;

	for (i = 0; i < 3; i++) {
		at = parse_u64(at, end, 10, &version[i]);
		if (!at) {
			if (i < 2)
				return "";
			break;
		}
		if (*at != '.')
			break;
		at++;
	}
	if (i == 0)
		return ""; /* a number without a minor one is no release */
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (version[0] != rules[i].major) {
			if (version[0] > rules[i].major)
				return rules[i].rule;
			continue;
		}
		if (version[1] > rules[i].minor ||
		    (version[1] == rules[i].minor && version[2] >= rules[i].patch))
			return rules[i].rule;
	}
	return "";
}
