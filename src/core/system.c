/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of the small text files that say how a machine is set up. */
#include "core/system.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/moment.h"
#include "core/parse.h"

const char *const system_knobs[SYSTEM_N_KNOBS] = {
	"enabled",
	"defrag",
	"shmem_enabled",
	"use_zero_page",
	"hpage_pmd_size",
	"khugepaged/defrag",
	"khugepaged/max_ptes_none",
	"khugepaged/max_ptes_swap",
	"khugepaged/max_ptes_shared",
	"khugepaged/pages_to_scan",
	"khugepaged/scan_sleep_millisecs",
	"khugepaged/alloc_sleep_millisecs",
	"khugepaged/pages_collapsed",
	"khugepaged/full_scans",
};
const char *const system_size_knobs[SYSTEM_N_SIZE_KNOBS] = {"enabled", "shmem_enabled"};

/* Of no file; then lines of meminfo, as a knob's neighbours when a name is mistaken. */
static const char *const other_figures[] = {
	"kernel",	  "page_size",	    "pmd_size",	     "AnonHugePages",	"ShmemHugePages",
	"ShmemPmdMapped", "FileHugePages",  "FilePmdMapped", "HugePages_Total", "HugePages_Free",
	"HugePages_Rsvd", "HugePages_Surp", "Hugepagesize",  "Hugetlb",
};
#define N_OTHERS (sizeof(other_figures) / sizeof(other_figures[0]))

const char *system_knob(const char *text, size_t len, struct arena *arena)
{
	const char *open = memchr(text, '[', len), *end = text + len, *close;
	struct line line;

	if (open) {
		close = memchr(open, ']', (size_t)(end - open));
		if (close)
			return arena_text(arena, open + 1, (size_t)(close - open - 1));
	}
	if (!parse_line(&text, end, &line) || !line.len)
		return NULL;
	return arena_text(arena, line.text, line.len);
}

/* A growing list of figures in an arena. */
struct figures {
	struct figure *items;
	size_t n, room;
	struct arena *arena;
};

static void figures_add(struct figures *list, const char *name, size_t name_len, const char *value,
			size_t value_len)
{
	struct figure *more;

	if (list->n == list->room) {
		list->room = list->room ? list->room * 2 : 32;
		more = arena_alloc(list->arena, list->room * sizeof(*more));
		if (list->n)
			memcpy(more, list->items, list->n * sizeof(*more));
		list->items = more;
	}
	list->items[list->n].name = arena_text(list->arena, name, name_len);
	list->items[list->n].value = arena_text(list->arena, value, value_len);
	list->n++;
}

/* Length of the decimal digits at text. */
static size_t digits(const char *text, const char *end)
{
	uint64_t value;
	const char *rest = parse_u64(text, end, 10, &value);

	return rest ? (size_t)(rest - text) : 0;
}

size_t system_vmstat(const char *text, size_t len, const char *prefix, struct arena *arena,
		     const struct figure **figures)
{
	const char *end = text + len, *space;
	struct figures list = {.arena = arena};
	struct line line;
	size_t n;

	while (parse_line(&text, end, &line)) {
		space = memchr(line.text, ' ', line.len);
		if (!space || line.len < strlen(prefix) || memcmp(line.text, prefix, strlen(prefix)))
			continue;
		n = digits(space + 1, line.text + line.len);
		if (n && space + 1 + n == line.text + line.len)
			figures_add(&list, line.text, (size_t)(space - line.text), space + 1, n);
	}
	*figures = list.items;
	return list.n;
}

static bool contains(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word)) != NULL;
}

static bool of_huge_pages(const char *name, size_t len)
{
	return contains(name, len, "Huge") || contains(name, len, "Pmd") || contains(name, len, "huge") ||
	       contains(name, len, "FreeHoles");
}

size_t system_meminfo(const char *text, size_t len, struct arena *arena, const struct figure **figures)
{
	const char *end = text + len, *colon, *value, *stop;
	struct figures list = {.arena = arena};
	struct line line;
	size_t name, n;

	while (parse_line(&text, end, &line)) {
		stop = line.text + line.len;
		colon = memchr(line.text, ':', line.len);
		if (!colon)
			continue;
		name = (size_t)(colon - line.text);
		if (!of_huge_pages(line.text, name))
			continue;
		for (value = colon + 1; value < stop && *value == ' '; value++)
			;
		n = digits(value, stop);
		if (n)
			figures_add(&list, line.text, name, value, n);
	}
	*figures = list.items;
	return list.n;
}

const char *system_figure_name(const void *data, size_t i)
{
	(void)data;
	if (i < N_OTHERS)
		return other_figures[i];
	return i - N_OTHERS < SYSTEM_N_KNOBS ? system_knobs[i - N_OTHERS] : NULL;
}

/* hugepages-64kB/enabled */
static bool is_size_knob(const char *name)
{
	static const char prefix[] = "hugepages-";
	const char *end = name + strlen(name), *at;
	uint64_t kb;
	size_t i;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return false;
	at = parse_u64(name + sizeof(prefix) - 1, end, 10, &kb);
	for (i = 0; at && !strncmp(at, "kB/", 3) && i < SYSTEM_N_SIZE_KNOBS; i++)
		if (!strcmp(at + 3, system_size_knobs[i]))
			return true;
	return false;
}

bool system_may_have(const char *name)
{
	const char *known;
	size_t i;

	for (i = 0; (known = system_figure_name(NULL, i)); i++)
		if (!strcmp(known, name))
			return true;
	if (is_size_knob(name) || !strncmp(name, SYSTEM_VMSTAT, strlen(SYSTEM_VMSTAT)))
		return true;
	/* Of meminfo, not a knob that is none. */
	return isupper((unsigned char)*name) && of_huge_pages(name, strlen(name));
}

/* What one line adds; -1: it is none, or has no such order. */
static int64_t free_in_zone(const struct line *line, unsigned pmd_order)
{
	const char *end = line->text + line->len, *at = memmem(line->text, line->len, ", zone", 6);
	int64_t sum = -1;
	unsigned order;
	uint64_t n;

	at = at ? at + 6 : end;
	while (at < end && *at == ' ')
		at++;
	while (at < end && *at != ' ') /* the zone's name */
		at++;
	for (order = 0;; order++) {
		while (at < end && *at == ' ')
			at++;
		if (at == end)
			return sum;
		at = parse_u64(at, end, 10, &n);
		/* No machine has so many blocks, or such an order: this keeps the sums from overflowing. */
		if (!at || (at < end && *at != ' ') || n >> 32 || order > 24)
			return -1;
		if (order >= pmd_order)
			sum = (sum < 0 ? 0 : sum) + (int64_t)(n << (order - pmd_order));
	}
}

int64_t system_free_blocks(const char *text, size_t len, unsigned pmd_order)
{
	const char *end = text + len;
	int64_t sum = -1, zone;
	struct line line;

	while (parse_line(&text, end, &line)) {
		zone = line.whole ? free_in_zone(&line, pmd_order) : -1;
		if (zone >= 0 && !(zone >> 40))
			sum = (sum < 0 ? 0 : sum) + zone;
	}
	return sum;
}

int system_stat(const char *text, size_t len, struct stat_line *out)
{
	const char *end = text + len, *open, *close, *at;
	uint64_t value;
	size_t n;
	int field;

	open = memchr(text, '(', len);
	close = memrchr(text, ')', len);
	if (!open || !close || close < open || end - close < 4 || close[1] != ' ')
		return -EBADMSG;
	memset(out, 0, sizeof(*out));
	n = (size_t)(close - open - 1);
	if (n >= sizeof(out->comm))
		n = sizeof(out->comm) - 1;
	memcpy(out->comm, open + 1, n);
	out->state = close[2];
	at = close + 3;
	for (field = 4; field <= 22; field++) {
		bool negative;

		if (at >= end || *at != ' ')
			return -EBADMSG;
		at++;
		negative = at < end && *at == '-';
		at = parse_u64(at + negative, end, 10, &value);
		if (!at)
			return -EBADMSG;
		if (field == 4)
			out->ppid = (int64_t)(negative ? 0 - value : value);
		else if (field == 6)
			out->session = (int64_t)(negative ? 0 - value : value);
		else if (field == 9)
			out->flags = value;
		else if (field == 20)
			out->threads = value;
		else if (field == 22)
			out->start_time = value;
	}
	/* Field 22 is whole only if something follows it: a cut file may end inside the number. */
	return at < end ? 0 : -EBADMSG;
}

bool system_status(const char *text, size_t len, const char *name, unsigned nth, uint64_t *value)
{
	const char *end = text + len, *at, *stop;
	const size_t name_len = strlen(name);
	struct line line;

	while (parse_line(&text, end, &line)) {
		if (line.len <= name_len || memcmp(line.text, name, name_len) || line.text[name_len] != ':')
			continue;
		at = line.text + name_len + 1;
		stop = line.text + line.len;
		do {
			while (at < stop && (*at == ' ' || *at == '\t'))
				at++;
			at = parse_u64(at, stop, 10, value);
		} while (at && nth--);
		return at;
	}
	return false;
}

/* The n-th (from 0) word of a line; words are separated by one space. */
static bool word_at(const struct line *line, unsigned n, const char **word, size_t *len)
{
	const char *at = line->text, *end = line->text + line->len, *space;

	for (;; n--) {
		space = memchr(at, ' ', (size_t)(end - at));
		if (!n)
			break;
		if (!space)
			return false;
		at = space + 1;
	}
	*word = at;
	*len = (size_t)((space ? space : end) - at);
	return true;
}

size_t system_mounts(const char *text, size_t len, struct arena *arena, struct mount_device **mounts)
{
	const char *end = text + len, *word, *rest, *dash;
	struct mount_device *list = NULL, *more;
	size_t n = 0, room = 0, word_len;
	uint64_t major, minor;
	struct line line;
	bool hugetlbfs;

	while (parse_line(&text, end, &line)) {
		dash = memmem(line.text, line.len, " - ", 3);
		if (!dash || !word_at(&line, 2, &word, &word_len))
			continue;
		rest = parse_u64(word, word + word_len, 10, &major);
		if (!rest || rest == word + word_len || *rest != ':' ||
		    parse_u64(rest + 1, word + word_len, 10, &minor) != word + word_len)
			continue;
		dash += 3;
		rest = line.text + line.len;
		hugetlbfs = rest - dash > 10 && !memcmp(dash, "hugetlbfs ", 10);
		if (!hugetlbfs && !(rest - dash > 6 && !memcmp(dash, "tmpfs ", 6)))
			continue;
		if (n == room) {
			room = room ? room * 2 : 16;
			more = arena_alloc(arena, room * sizeof(*more));
			if (n)
				memcpy(more, list, n * sizeof(*more));
			list = more;
		}
		list[n++] = (struct mount_device){(uint32_t)major, (uint32_t)minor, hugetlbfs};
	}
	*mounts = list;
	return n;
}

uint64_t system_release(const char *text)
{
	const char *end = text + strlen(text);
	uint64_t major, minor;
	const char *at = parse_u64(text, end, 10, &major);

	if (!at || *at != '.' || !parse_u64(at + 1, end, 10, &minor) || major > 999 || minor > 999)
		return 0;
	return SYSTEM_RELEASE(major, minor);
}
