/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parser of pages.jsonl. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "tree/pages.h"

/* No line that the recorder writes comes near; a longer one is no JSON of ours. */
#define LINE_MOST 1024

struct parser {
	struct pages *pages;
	uint32_t line;
	json_t *object; /* of this line */
	size_t used;	/* members of it that were understood */
	bool closed;	/* the last line was there */
	char *error;
	size_t size;
};

static int __attribute__((format(printf, 2, 3))) damaged(struct parser *parser, const char *format, ...)
{
	va_list args;
	int len = snprintf(parser->error, parser->size, "line %u: ", (unsigned)parser->line);

	if (len > 0 && (size_t)len < parser->size) {
		va_start(args, format);
		vsnprintf(parser->error + len, parser->size - (size_t)len, format, args);
		va_end(args);
	}
	return -EBADMSG;
}

static bool hex_value(const json_t *value, uint64_t *number)
{
	const char *text = json_string_value(value);

	return text && text[0] == '0' && text[1] == 'x' && parse_number(text, number);
}

/* A member of the line, marked as understood. NULL if it is not there. */
static json_t *take(struct parser *parser, const char *name)
{
	json_t *value = json_object_get(parser->object, name);

	if (value)
		parser->used++;
	return value;
}

static int take_hex(struct parser *parser, const char *name, uint64_t *number)
{
	if (hex_value(take(parser, name), number))
		return 0;
	return damaged(parser, "\"%s\" is not a hex string of 64 bits like \"0x1f\"", name);
}

static int take_count(struct parser *parser, const char *name, uint64_t most, uint64_t *number)
{
	json_t *value = take(parser, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > most)
		return damaged(parser, "\"%s\" is not a number from 0 to %llu", name,
			       (unsigned long long)most);
	*number = (uint64_t)json_integer_value(value);
	return 0;
}

static int aligned(struct parser *parser, uint64_t addr)
{
	if (addr & (parser->pages->page_size - 1))
		return damaged(parser, "0x%llx is not a multiple of the page size", (unsigned long long)addr);
	return 0;
}

/* "flags", "tail_flags" and "count" of frames pfn .. pfn + n - 1, each of which may be absent. */
static int parse_words(struct parser *parser, uint64_t pfn, uint64_t n)
{
	struct word_run run = {.pfn = pfn, .n = n, .line = parser->line};
	int err = 0;

	if (json_object_get(parser->object, "flags")) {
		err = take_hex(parser, "flags", &run.first);
		run.rest = run.first;
		if (!err && json_object_get(parser->object, "tail_flags"))
			err = take_hex(parser, "tail_flags", &run.rest);
		if (!err)
			words_add(&parser->pages->flags, &run);
	}
	if (!err && json_object_get(parser->object, "count")) {
		err = take_count(parser, "count", INT64_MAX, &run.first);
		run.rest = run.first;
		if (!err)
			words_add(&parser->pages->counts, &run);
	}
	return err;
}

static bool has_words(const struct parser *parser)
{
	return json_object_get(parser->object, "flags") || json_object_get(parser->object, "count");
}

/* Whether the words of a run stay within their PFN field. */
static bool run_fits(const struct page_run *run)
{
	uint64_t grown;

	return !__builtin_mul_overflow(run->n - 1, run->step, &grown) &&
	       grown <= PM_PFN_MASK - (run->word & PM_PFN_MASK);
}

static int parse_run(struct parser *parser)
{
	struct pages *pages = parser->pages;
	const struct page_run *last = pages->n_runs ? &pages->runs[pages->n_runs - 1] : NULL;
	const uint64_t most = UINT64_MAX / pages->page_size;
	struct page_run run = {0};
	uint64_t pfn;

	if (take_hex(parser, "addr", &run.addr) || take_count(parser, "n", most, &run.n) ||
	    take_hex(parser, "pagemap", &run.word) || aligned(parser, run.addr))
		return -EBADMSG;
	run.step = pages_default_step(run.word);
	if (json_object_get(parser->object, "step") && take_count(parser, "step", 32, &run.step))
		return -EBADMSG;
	if (!run.n || run.n > (UINT64_MAX - run.addr) / pages->page_size)
		return damaged(parser, "%llu pages from 0x%llx on are no range of addresses",
			       (unsigned long long)run.n, (unsigned long long)run.addr);
	if (last && run.addr < last->addr + last->n * pages->page_size)
		return damaged(parser, "0x%llx is not above the run before it", (unsigned long long)run.addr);
	if ((run.step > 1 && run.step != 32) || !run_fits(&run))
		return damaged(
			parser,
			"the words of this run do not fit: \"step\" is 0, 1 or 32, and frames have 55 bits");
	pfn = run.word & PM_PFN_MASK;
	if (has_words(parser) && (!(run.word & PM_PRESENT) || !pfn || (run.step != 1 && run.n > 1)))
		return damaged(parser,
			       "\"flags\" and \"count\" need a present word with a frame, and \"step\" 1");
	mem_grow(&pages->runs, &pages->room_runs, pages->n_runs + 1, sizeof(run));
	pages->runs[pages->n_runs++] = run;
	return parse_words(parser, pfn, run.n);
}

static int parse_frames(struct parser *parser)
{
	uint64_t pfn = 0, n = 0;

	if (take_hex(parser, "pfn", &pfn) || take_count(parser, "n", PM_PFN_MASK, &n))
		return -EBADMSG;
	if (!n || pfn > PM_PFN_MASK || n - 1 > PM_PFN_MASK - pfn)
		return damaged(parser, "%llu frames from 0x%llx on are none: frames have 55 bits",
			       (unsigned long long)n, (unsigned long long)pfn);
	if (!has_words(parser))
		return damaged(parser, "frames without \"flags\" and \"count\" say nothing");
	return parse_words(parser, pfn, n);
}

/* ["0xSTART","0xEND",third]: a range of addresses above `floor`. */
static int parse_range(struct parser *parser, const char *name, uint64_t floor, uint64_t *start,
		       uint64_t *end, json_t **third)
{
	json_t *list = take(parser, name);

	*third = json_array_get(list, 2);
	if (json_array_size(list) != 3 || !hex_value(json_array_get(list, 0), start) ||
	    !hex_value(json_array_get(list, 1), end))
		return damaged(parser, "\"%s\" is not a list of two hex strings and a value", name);
	if (*start >= *end || *start < floor)
		return damaged(parser, "0x%llx to 0x%llx is empty or not above the one before",
			       (unsigned long long)*start, (unsigned long long)*end);
	return aligned(parser, *start) || aligned(parser, *end) ? -EBADMSG : 0;
}

static int parse_scan(struct parser *parser)
{
	struct pages *pages = parser->pages;
	uint64_t floor = pages->n_scans ? pages->scans[pages->n_scans - 1].end : 0;
	struct scan_range range;
	json_t *third;

	if (parse_range(parser, "scan", floor, &range.start, &range.end, &third))
		return -EBADMSG;
	if (!hex_value(third, &range.categories))
		return damaged(parser, "the categories are not a hex string");
	mem_grow(&pages->scans, &pages->room_scans, pages->n_scans + 1, sizeof(range));
	pages->scans[pages->n_scans++] = range;
	return 0;
}

static int parse_size_run(struct parser *parser)
{
	struct pages *pages = parser->pages;
	uint64_t floor = pages->n_sizes ? pages->sizes[pages->n_sizes - 1].end : 0;
	struct size_run run;
	json_t *third;

	if (parse_range(parser, "page_size", floor, &run.start, &run.end, &third))
		return -EBADMSG;
	run.size = json_is_integer(third) && json_integer_value(third) > 0
			   ? (uint64_t)json_integer_value(third)
			   : 0;
	if (!run.size || run.size & (run.size - 1))
		return damaged(parser, "the page size is not a power of two");
	mem_grow(&pages->sizes, &pages->room_sizes, pages->n_sizes + 1, sizeof(run));
	pages->sizes[pages->n_sizes++] = run;
	return 0;
}

static int parse_end(struct parser *parser)
{
	if (parser->pages->has_end)
		return damaged(parser, "a second \"end\"");
	parser->pages->has_end = true;
	return take_hex(parser, "end", &parser->pages->end) || aligned(parser, parser->pages->end) ? -EBADMSG
												   : 0;
}

static int parse_last(struct parser *parser)
{
	uint64_t lines = 0;

	if (take_count(parser, "lines", UINT32_MAX, &lines))
		return -EBADMSG;
	if (lines != parser->line - 1)
		return damaged(parser, "%llu lines should be before it", (unsigned long long)lines);
	parser->closed = true;
	return 0;
}

static int parse_team(struct parser *parser)
{
	struct word_run run = {.n = 1, .line = parser->line};

	if (take_hex(parser, "team", &run.pfn) || take_count(parser, "usage", INT64_MAX, &run.first))
		return -EBADMSG;
	if (run.pfn > PM_PFN_MASK || !run.first)
		return damaged(parser, "no team has such a head, or counts 0");
	run.rest = run.first;
	words_add(&parser->pages->teams, &run);
	return 0;
}

static int parse_walk(struct parser *parser)
{
	struct pages *pages = parser->pages;
	const struct walk_run *last = pages->n_walks ? &pages->walks[pages->n_walks - 1] : NULL;
	const json_t *list = take(parser, "entries");
	struct walk_run run = {0};
	uint64_t grown;
	size_t i;

	if (take_hex(parser, "walk", &run.addr) || aligned(parser, run.addr) ||
	    take_count(parser, "n", UINT64_MAX / pages->page_size, &run.n) ||
	    take_count(parser, "step", WALK_STEP, &run.step))
		return -EBADMSG;
	for (i = 0; i < ENTRY_LEVELS && hex_value(json_array_get(list, i), &run.entries.word[i]);)
		i++;
	if (i < ENTRY_LEVELS || json_array_size(list) != ENTRY_LEVELS)
		return damaged(parser, "\"entries\" is not a list of %d hex strings", ENTRY_LEVELS);
	if (!run.n || run.n > (UINT64_MAX - run.addr) / pages->page_size ||
	    (last && run.addr < last->addr + last->n * pages->page_size))
		return damaged(parser, "0x%llx begins no range above the one before",
			       (unsigned long long)run.addr);
	if ((run.step && run.step != WALK_STEP) || __builtin_mul_overflow(run.n - 1, run.step, &grown) ||
	    run.entries.word[ENTRY_PTE] > UINT64_MAX - grown)
		return damaged(parser, "the entries do not fit: \"step\" is 0 or 4096");
	mem_grow(&pages->walks, &pages->room_walks, pages->n_walks + 1, sizeof(run));
	pages->walks[pages->n_walks++] = run;
	return 0;
}

static int parse_object(struct parser *parser)
{
	static const struct {
		const char *name;
		int (*parse)(struct parser *parser);
	} kinds[] = {
		{"addr", parse_run},	       {"pfn", parse_frames}, {"scan", parse_scan},
		{"page_size", parse_size_run}, {"end", parse_end},    {"lines", parse_last},
		{"team", parse_team},	       {"walk", parse_walk},
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!json_object_get(parser->object, kinds[i].name))
			continue;
		parser->used = 0;
		err = kinds[i].parse(parser);
		if (!err && parser->used != json_object_size(parser->object))
			return damaged(parser, "it has members that do not belong there");
		return err;
	}
	return damaged(parser, "neither \"addr\" nor \"pfn\", \"scan\", \"team\", \"walk\", \"page_size\", "
			       "\"end\" or \"lines\" is in it");
}

static int parse_one(struct parser *parser, const struct line *line)
{
	json_error_t json;
	int err;

	if (!line->whole)
		return damaged(parser, "the file ends in the middle of it");
	if (parser->closed)
		return damaged(parser, "it comes after the last, the one with \"lines\"");
	if (line->len > LINE_MOST)
		return damaged(parser, "longer than %d bytes", LINE_MOST);
	parser->object = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES, &json);
	if (!parser->object)
		return damaged(parser, "no JSON from column %d on", json.column);
	err = parse_object(parser);
	json_decref(parser->object);
	return err;
}

static int settle(struct parser *parser, struct word_table *table, const char *what)
{
	uint64_t bad;

	if (!words_settle(table, &bad))
		return 0;
	snprintf(parser->error, parser->size, "two lines give frame 0x%llx different %s",
		 (unsigned long long)bad, what);
	return -EBADMSG;
}

int pages_parse(const char *text, size_t len, uint64_t page_size, struct pages *out, char *error, size_t size)
{
	struct parser parser = {.pages = out, .error = error, .size = size};
	const char *at = text, *end = text + len;
	struct line line;
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->page_size = page_size;
	while (!err && parse_line(&at, end, &line)) {
		if (parser.line == UINT32_MAX)
			err = damaged(&parser, "too many lines");
		parser.line++;
		err = err ? err : parse_one(&parser, &line);
	}
	if (!err)
		err = settle(&parser, &out->flags, "flags");
	if (!err)
		err = settle(&parser, &out->counts, "counts");
	if (!err)
		err = settle(&parser, &out->teams, "usages");
	if (!err && !parser.closed) {
		snprintf(error, size, "the file was cut: its last line, the one with \"lines\", is missing");
		err = -EBADMSG;
	}
	if (err)
		pages_fini(out);
	return err;
}
