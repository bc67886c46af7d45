/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading who maps a folio. */
#include <string.h>

#include "format/json_reader.h"

static struct mapcount read_mapcount(struct fields *fields)
{
	struct fields sub = field_object(fields, "mapcount");
	struct mapcount mapcount;

	mapcount.entire = field_known(&sub, "entire");
	mapcount.highest = field_known(&sub, "highest");
	mapcount.total = field_known(&sub, "total");
	field_close(fields, &sub);
	return mapcount;
}

static uint32_t count32(struct fields *fields, const char *key)
{
	return (uint32_t)field_count(fields, key, UINT32_MAX);
}

void json_read_sharers(struct fields *fields, struct sharers *sharers)
{
	memset(sharers, 0, sizeof(*sharers));
	sharers->source = field_text(fields, "source");
	json_read_sizes(fields, &sharers->page_size, &sharers->pmd_size);
	sharers->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	sharers->addr = field_hex(fields, "addr");
	sharers->pfn = field_hex(fields, "pfn");
	sharers->order = (unsigned)field_count(fields, "order", ORDER_MAX);
	sharers->team = field_bool_or(fields, "team", false);
	sharers->anon = field_bool_or(fields, "anon", false);
	sharers->ksm = field_bool_or(fields, "ksm", false);
	sharers->mapcount = read_mapcount(fields);
	sharers->found = (int64_t)field_count(fields, "found", INT64_MAX);
	sharers->counted = field_known(fields, "counted");
	sharers->missing = field_known(fields, "missing");
	sharers->surplus = field_known(fields, "surplus");
	if (sharers->missing > 0)
		sharers->missing_most = count32(fields, "missing_most");
	sharers->processes = count32(fields, "processes");
	sharers->looked = count32(fields, "looked");
	sharers->denied = count32(fields, "denied");
	if (sharers->looked > sharers->processes || sharers->denied > sharers->processes - sharers->looked)
		field_fail(fields, "looked", "is more than there were processes");
	sharers->complete = field_bool_or(fields, "complete", false);
	sharers->partial = field_text_or(fields, "partial", NULL);
	sharers->changed = field_text_or(fields, "changed", NULL);
	sharers->took_ns = field_count(fields, "took_ns", UINT64_MAX);
}

/* Subpages within the folio, from the first to the last. */
static void read_subpages(struct fields *fields, const struct sharers *sharers, struct sharer *sharer)
{
	const uint32_t pages = UINT32_C(1) << sharers->order;

	sharer->first = (uint32_t)field_count(fields, "first", pages - 1);
	sharer->subpages = (uint32_t)field_count(fields, "subpages", pages - sharer->first);
	if (!sharer->subpages)
		field_fail(fields, "subpages", "is none");
	sharer->last = (uint32_t)field_count_or(
		fields, "last", pages - 1, sharer->first + (sharer->subpages ? sharer->subpages - 1 : 0));
	if (sharer->last < sharer->first || sharer->subpages > sharer->last - sharer->first + 1)
		field_fail(fields, "last", "does not go with first and subpages");
}

void json_read_sharer(struct fields *fields, const struct sharers *sharers, struct sharer *sharer)
{
	const char *mapping = field_plain(fields, "mapping");

	memset(sharer, 0, sizeof(*sharer));
	sharer->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	sharer->comm = field_text(fields, "comm");
	sharer->start_time = field_count(fields, "start_time", UINT64_MAX);
	sharer->addr = field_hex(fields, "addr");
	sharer->mapping = mapping ? mapping_named(mapping) : MAPPING_COUNT;
	if (sharer->mapping != MAPPING_PMD && sharer->mapping != MAPPING_PTE &&
	    sharer->mapping != MAPPING_UNKNOWN)
		field_fail(fields, "mapping", "is none that a folio can have");
	sharer->aligned = field_bool_or(fields, "aligned", false);
	read_subpages(fields, sharers, sharer);
	sharer->same_as = (pid_t)field_count_or(fields, "same_as", INT32_MAX, 0);
}
