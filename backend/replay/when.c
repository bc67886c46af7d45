/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times, by the clock or from the beginning on. */
#include "replay/when.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/parse.h"

#define NS_PER_S INT64_C(1000000000)

/* "12.5": seconds, with up to nine digits behind the point. What follows, or NULL; nothing above 10^9 s is taken. */
static const char *parse_seconds(const char *text, int64_t *ns)
{
	const char *end = text + strlen(text), *at;
	int64_t unit = NS_PER_S;
	uint64_t seconds;

	at = parse_u64(text, end, 10, &seconds);
	if (!at || seconds > (uint64_t)NS_PER_S)
		return NULL;
	*ns = (int64_t)seconds * NS_PER_S;
	if (*at != '.')
		return at;
	for (at++; *at >= '0' && *at <= '9' && unit > 1; at++) {
		unit /= 10;
		*ns += (*at - '0') * unit;
	}
	return at;
}

/* Behind the '+'. */
static bool parse_since(const char *text, uint64_t *ns)
{
	const char *rest;
	int64_t seconds;

	if (parse_time(text, ns))
		return true;
	rest = parse_seconds(text, &seconds);
	if (!rest || (*rest && strcmp(rest, "s")))
		return false;
	*ns = (uint64_t)seconds;
	return true;
}

/* A time of day, in the middle of the text: hours and minutes are in tm already. */
static bool parse_rest(const char *rest, struct tm *tm, int64_t *ns, bool *utc)
{
	int64_t seconds = 0;

	*utc = false;
	if (*rest == ':')
		rest = parse_seconds(rest + 1, &seconds);
	if (!rest || seconds >= 61 * NS_PER_S)
		return false;
	*utc = *rest == 'Z';
	tm->tm_sec = (int)(seconds / NS_PER_S);
	*ns = seconds % NS_PER_S;
	return !rest[*utc];
}

/* So many days behind a date, at a time of day. (Of a day on which clocks are set, too.) */
static int64_t seconds_of(struct tm tm, int days, bool utc)
{
	const int64_t most =
		INT64_MAX / NS_PER_S - 1; /* the clock does not go so far, nor does any recording */
	time_t at;

	tm.tm_isdst = -1;
	tm.tm_mday += days;
	at = utc ? timegm(&tm) : mktime(&tm);
	return at < 0 ? 0 : at > most ? most : at;
}

/* By the wall clock; a time of day alone is the first one from the first moment on. */
static bool parse_wall(const char *text, int64_t first_ns, int64_t *wall_ns)
{
	const time_t first = (time_t)(first_ns / NS_PER_S);
	struct tm date = {0}, tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &date);
	const bool day = rest && (*rest == 'T' || *rest == ' ');
	int64_t ns, at;
	bool utc;

	rest = strptime(day ? rest + 1 : text, "%H:%M", &tm);
	if (!rest || !parse_rest(rest, &tm, &ns, &utc))
		return false;
	if (!day && utc)
		gmtime_r(&first, &date);
	else if (!day)
		localtime_r(&first, &date);
	tm.tm_year = date.tm_year;
	tm.tm_mon = date.tm_mon;
	tm.tm_mday = date.tm_mday;
	at = seconds_of(tm, 0, utc);
	if (!day && at < first)
		at = seconds_of(tm, 1, utc);
	*wall_ns = at * NS_PER_S + ns;
	return true;
}

static int outside(const struct tape *tape, const char *text, char *error, size_t size)
{
	const struct tape_moment *last = tape_at(tape, tape_count(tape) - 1);
	const time_t begun = (time_t)(tape_at(tape, 0)->wall_ns / NS_PER_S);
	char when[64] = "";
	struct tm tm;

	if (begun)
		strftime(when, sizeof(when), ", which is %Y-%m-%dT%H:%M:%S here", localtime_r(&begun, &tm));
	snprintf(error, size, "nothing was recorded at '%s': the recording is %.3f s long, from +0 on%s",
		 text, (double)last->ns / 1e9, when);
	return -ENOENT;
}

/* The last moment that is not later. The wall's clock may have been set: it is gone through. */
static int find_wall(const struct tape *tape, int64_t wall_ns, const char *text, size_t *at, char *error,
		     size_t size)
{
	const size_t n = tape_count(tape);
	bool any = false, later = false;
	size_t i;

	for (i = 0; i < n; i++) {
		const int64_t then = tape_at(tape, i)->wall_ns;

		if (then && then <= wall_ns) {
			*at = i;
			any = true;
		}
		later |= then >= wall_ns;
	}
	/* Of the first second and the last one the fraction need not be named. */
	if (!any && !(wall_ns % NS_PER_S) && wall_ns / NS_PER_S == tape_at(tape, 0)->wall_ns / NS_PER_S) {
		*at = 0;
		any = true;
	}
	later |= any && wall_ns / NS_PER_S == tape_at(tape, n - 1)->wall_ns / NS_PER_S;
	return any && later ? 0 : outside(tape, text, error, size);
}

int when_find(const struct tape *tape, const char *text, size_t *at, char *error, size_t size)
{
	const int64_t first_ns = tape_at(tape, 0)->wall_ns;
	uint64_t since;
	int64_t wall_ns;

	if (*text == '+' && parse_since(text + 1, &since)) {
		if (since > tape_at(tape, tape_count(tape) - 1)->ns)
			return outside(tape, text, error, size);
		*at = tape_find(tape, since);
		return 0;
	}
	if (*text != '+' && parse_wall(text, first_ns, &wall_ns)) {
		if (first_ns)
			return find_wall(tape, wall_ns, text, at, error, size);
		snprintf(error, size,
			 "the recording has no clock: say how far from its beginning, as in +12.5");
		return -ENOENT;
	}
	snprintf(error, size,
		 "'%s' is no time: +12.5 and +2m (from the beginning), 14:30:05 and 2026-11-21T14:30:05Z are",
		 text);
	return -EINVAL;
}
