/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes tree.json, what a recorded tree says of itself. */
#include "tree/about.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/kernel.h"
#include "core/parse.h"

#define NS_PER_S INT64_C(1000000000)

/* Exactly `digits` digits and then `after`; NULL if they are not there. */
static const char *digits_of(const char *text, int digits, char after, int *value)
{
	int i;

	for (*value = 0, i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return NULL;
		*value = *value * 10 + (text[i] - '0');
	}
	return text[digits] == after ? text + digits + 1 : NULL;
}

/* "2026-01-31T12:00:00.000000000Z" as ns since 1970. */
static bool parse_time_stamp(const char *text, int64_t *wall_ns)
{
	struct tm tm = {0};
	int ns;

	if (!(text = digits_of(text, 4, '-', &tm.tm_year)) || !(text = digits_of(text, 2, '-', &tm.tm_mon)) ||
	    !(text = digits_of(text, 2, 'T', &tm.tm_mday)) ||
	    !(text = digits_of(text, 2, ':', &tm.tm_hour)) || !(text = digits_of(text, 2, ':', &tm.tm_min)) ||
	    !(text = digits_of(text, 2, '.', &tm.tm_sec)) || !(text = digits_of(text, 9, 'Z', &ns)) ||
	    *text || tm.tm_year < 1970 || tm.tm_year > 2200)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*wall_ns = (int64_t)timegm(&tm) * NS_PER_S + ns;
	return true;
}

static bool power_of_two(const json_t *value, uint64_t least, uint64_t most, uint64_t *number)
{
	json_int_t integer = json_integer_value(value);

	if (integer <= 0 || (uint64_t)integer < least || (uint64_t)integer > most || integer & (integer - 1))
		return false;
	*number = (uint64_t)integer;
	return true;
}

static const char *parse_members(json_t *object, struct about *about)
{
	const json_t *time = json_object_get(object, "time"), *list = json_object_get(object, "capabilities");
	const json_t *sizes = json_object_get(object, "vma_page_size");
	const char *format = json_string_value(json_object_get(object, "format")), *name;
	unsigned capability;
	size_t i;

	if (!format || strcmp(format, TREE_FORMAT))
		return "\"format\" is not \"" TREE_FORMAT "\"";
	if (!power_of_two(json_object_get(object, "page_size"), 4096, 1 << 20, &about->page_size))
		return "\"page_size\" is not a power of two from 4096 to 1048576";
	if (!power_of_two(json_object_get(object, "pmd_size"), about->page_size,
			  about->page_size << ORDER_MAX, &about->pmd_size))
		return "\"pmd_size\" is not a power of two from \"page_size\" to 32768 times as much";
	if (time && (!json_is_string(time) || !parse_time_stamp(json_string_value(time), &about->wall_ns)))
		return "\"time\" is not like \"2026-01-31T12:00:00.000000000Z\"";
	if (sizes && !json_is_boolean(sizes))
		return "\"vma_page_size\" is neither true nor false";
	about->vma_page_size = json_is_true(sizes);
	if (!json_is_array(list))
		return "\"capabilities\" is not a list";
	for (i = 0; i < json_array_size(list); i++) {
		name = json_string_value(json_array_get(list, i));
		for (capability = 0; name && capability < CAP_COUNT; capability++)
			if (!strcmp(name, capability_name((enum capability)capability)))
				break;
		if (!name || capability == CAP_COUNT)
			return "\"capabilities\" holds something that is none";
		about->capabilities |= UINT32_C(1) << capability;
	}
	return NULL;
}

int about_parse(const char *text, size_t len, struct about *about, char *error, size_t size)
{
	json_error_t json;
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &json);
	const char *wrong;

	memset(about, 0, sizeof(*about));
	if (!object) {
		snprintf(error, size, "line %d: no JSON from column %d on", json.line, json.column);
		return -EBADMSG;
	}
	wrong = parse_members(object, about);
	json_decref(object);
	if (!wrong)
		return 0;
	snprintf(error, size, "%s", wrong);
	return -EBADMSG;
}

void about_write(const struct about *about, struct buf *out)
{
	const time_t seconds = about->wall_ns / NS_PER_S;
	const char *comma = "";
	unsigned capability;
	char time[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(out, "{\"format\":\"%s\",\"version\":\"%s\",\n\"time\":\"%s.%09dZ\",\n", TREE_FORMAT,
		   THPSCOPE_VERSION, time, (int)(about->wall_ns % NS_PER_S));
	buf_printf(out, "\"page_size\":%llu,\"pmd_size\":%llu,\"vma_page_size\":%s,\n\"capabilities\":[",
		   (unsigned long long)about->page_size, (unsigned long long)about->pmd_size,
		   about->vma_page_size ? "true" : "false");
	for (capability = 0; capability < CAP_COUNT; capability++) {
		if (!(about->capabilities >> capability & 1))
			continue;
		buf_printf(out, "%s\"%s\"", comma, capability_name((enum capability)capability));
		comma = ",";
	}
	buf_puts(out, "]}\n");
}
