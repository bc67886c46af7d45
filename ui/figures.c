/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people read them. */
#include "ui/figures.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/region.h"

const char *figure_bytes(figure_text text, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned unit = 0;
	uint64_t whole = bytes, rest = 0;

	if (!bytes)
		return snprintf(text, FIGURE_MAX, "16 EiB"), text;
	for (; whole >= 1024 && unit < 6; unit++) {
		rest = whole % 1024;
		whole /= 1024;
	}
	if (rest && whole < 100)
		snprintf(text, FIGURE_MAX, "%" PRIu64 ".%" PRIu64 " %s", whole, rest * 10 / 1024,
			 units[unit]);
	else
		snprintf(text, FIGURE_MAX, "%" PRIu64 " %s", whole, units[unit]);
	return text;
}

const char *figure_short(figure_text text, uint64_t kb)
{
	static const char units[] = "KMGTPE";
	unsigned unit = 0;
	uint64_t whole = kb, rest = 0;

	for (; whole >= 1024 && units[unit + 1]; unit++) {
		rest = whole % 1024;
		whole /= 1024;
	}
	if (!kb)
		snprintf(text, FIGURE_MAX, "0");
	else if (unit && whole < 10)
		snprintf(text, FIGURE_MAX, "%" PRIu64 ".%" PRIu64 "%c", whole, rest * 10 / 1024, units[unit]);
	else
		snprintf(text, FIGURE_MAX, "%" PRIu64 "%c", whole, units[unit]);
	return text;
}

const char *figure_age(figure_text text, uint64_t ns)
{
	uint64_t s = ns / UINT64_C(1000000000);

	if (s < 60)
		snprintf(text, FIGURE_MAX, "%" PRIu64 " s", s);
	else if (s < 3600)
		snprintf(text, FIGURE_MAX, "%" PRIu64 " min", s / 60);
	else if (s < 86400)
		snprintf(text, FIGURE_MAX, "%" PRIu64 " h", s / 3600);
	else
		snprintf(text, FIGURE_MAX, "%" PRIu64 " d", s / 86400);
	return text;
}

const char *figure_count(figure_text text, uint64_t count)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, count), i;
	char *out = text;

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

char *figure_share(figure_text text, uint64_t part, uint64_t whole, bool known)
{
	double share;

	if (!known)
		return snprintf(text, FIGURE_MAX, "?"), text;
	if (!whole)
		return snprintf(text, FIGURE_MAX, "%s", ""), text;
	share = (double)part * 100 / (double)whole;
	if (part && share < 1)
		snprintf(text, FIGURE_MAX, "<1%%");
	else
		snprintf(text, FIGURE_MAX, "%d%%", (int)share);
	return text;
}

const char *figure_rate(figure_text text, uint64_t milli)
{
	static const char units[] = " kMGTP";
	uint64_t whole = milli / 1000, tenths = milli % 1000 / 100;
	unsigned unit = 0;

	for (; whole >= 1000 && units[unit + 1]; unit++) {
		tenths = whole % 1000 / 100;
		whole /= 1000;
	}
	if (milli && milli < 100)
		snprintf(text, FIGURE_MAX, "<0.1");
	else if (whole < 10 && (unit || tenths))
		snprintf(text, FIGURE_MAX, "%" PRIu64 ".%" PRIu64 "%.1s", whole, tenths,
			 unit ? &units[unit] : "");
	else
		snprintf(text, FIGURE_MAX, "%" PRIu64 "%.1s", whole, unit ? &units[unit] : "");
	return text;
}

const char *figure_known(figure_text text, int64_t count)
{
	if (count == UNKNOWN_COUNT)
		snprintf(text, FIGURE_MAX, "unknown");
	else
		snprintf(text, FIGURE_MAX, "%" PRId64, count);
	return text;
}
