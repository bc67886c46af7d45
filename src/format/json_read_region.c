/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the lines of regions and pages, and the end line. */
#include <string.h>

#include "core/kernel.h"
#include "core/mem.h"
#include "format/json_lines.h"
#include "format/json_reader.h"

static void read_words(struct fields *fields, struct region *region)
{
	const char *mapping = field_plain(fields, "mapping"), *backing = field_plain(fields, "backing");
	const char *state = field_plain(fields, "state"), *how = field_plain(fields, "how");
	enum mapping mapped = mapping ? mapping_named(mapping) : MAPPING_COUNT;
	enum backing backed = backing ? backing_named(backing) : BACKING_COUNT;
	enum how told = how ? how_named(how) : HOW_COUNT;

	if (mapped == MAPPING_COUNT)
		field_fail(fields, "mapping", "is no mapping that this version knows");
	if (backed == BACKING_COUNT)
		field_fail(fields, "backing", "is no backing that this version knows");
	if (told == HOW_COUNT)
		field_fail(fields, "how", "is no way that this version knows");
	if (fields->failed)
		return;
	region->mapping = mapped;
	region->backing = backed;
	region->how = told;
	if (strcmp(state, state_name(region_state(region))))
		field_fail(fields, "state", "contradicts mapping and backing");
}

void json_read_region_place(struct fields *fields, uint64_t pmd_size, struct region *region)
{
	region->start = field_hex(fields, "addr");
	region->len = field_count_or(fields, "len", pmd_size, pmd_size);
	if (!region->len || region->len > pmd_size - region->start % pmd_size)
		field_fail(fields, "len", "reaches out of the slot");
}

/* A region lies in the last VMA, above the region before. */
static void read_place(struct json_reader *reader, struct fields *fields, struct region *region)
{
	const struct vma *vma = reader->n_vmas ? &reader->vmas[reader->n_vmas - 1] : NULL;
	const struct region *before = vma && vma->n_regions ? &reader->list[reader->n_list - 1] : NULL;
	uint64_t pid = field_count(fields, "pid", INT32_MAX);

	json_read_region_place(fields, reader->moment->pmd_size, region);
	if (!reader->in_process || pid != (uint64_t)reader->processes[reader->n_processes - 1].pid)
		field_fail(fields, "pid", "is not that of the process line before");
	else if (!vma || region->start < vma->start || region->start >= vma->end)
		field_fail(fields, "addr", "is not in the VMA line before");
	else if (region->len > vma->end - region->start)
		field_fail(fields, "len", "reaches out of the VMA");
	else if (before && (region->start < before->start || region->start - before->start < before->len))
		field_fail(fields, "addr", "is below the end of the region before");
	region->vma = (uint32_t)reader->n_vmas - 1;
}

/* "orders", or what "order" and "present" say where every page is in a folio of one order. */
static void read_orders(struct fields *fields, struct region *region)
{
	struct fields orders = field_object(fields, "orders");
	unsigned order;
	char key[8];

	if (orders.object) {
		region->orders_known = true;
		for (order = 0; order <= ORDER_MAX; order++) {
			snprintf(key, sizeof(key), "%u", order);
			region->orders[order] = (uint16_t)field_count_or(&orders, key, UINT16_MAX, 0);
		}
	} else if (region->order_known && region->order <= ORDER_MAX && region->present <= UINT16_MAX) {
		region->orders_known = true;
		region->orders[region->order] = (uint16_t)region->present;
	}
	field_close(fields, &orders);
}

static void read_counts(struct fields *fields, struct region *region)
{
	struct fields sub;
	int64_t order;

	if (region->mapping != MAPPING_UNKNOWN || json_object_get(fields->object, "present")) {
		region->present = (uint32_t)field_count(fields, "present", UINT32_MAX);
		region->swapped = (uint32_t)field_count(fields, "swapped", UINT32_MAX);
	}
	region->zero = (uint32_t)field_count_or(fields, "zero", UINT32_MAX, 0);
	region->guard = (uint32_t)field_count_or(fields, "guard", UINT32_MAX, 0);
	region->nonswap = (uint32_t)field_count_or(fields, "nonswap", UINT32_MAX, 0);
	region->anon = (uint32_t)field_count_or(fields, "anon", UINT32_MAX, 0);
	region->file = (uint32_t)field_count_or(fields, "file", UINT32_MAX, 0);
	region->exclusive = field_known(fields, "exclusive");
	region->anon_exclusive = field_bool_or(fields, "anon_exclusive", false);
	region->uffd_wp = field_bool_or(fields, "uffd_wp", false);
	region->pfn = field_hex_or(fields, "pfn", 0);
	order = field_known(fields, "order");
	if (order > 63)
		field_fail(fields, "order", "is too large");
	region->order_known = order >= 0;
	region->order = order >= 0 ? (uint8_t)order : 0;
	sub = field_object(fields, "mapcount");
	region->mapcount.entire = field_known(&sub, "entire");
	region->mapcount.highest = field_known(&sub, "highest");
	region->mapcount.total = field_known(&sub, "total");
	field_close(fields, &sub);
	sub = field_object(fields, "team");
	region->team_usage = field_known(&sub, "usage");
	region->team_pmd_maps = field_known(&sub, "pmd_maps");
	field_close(fields, &sub);
	read_orders(fields, region);
}

void json_read_facts(struct fields *fields, struct region *region)
{
	read_words(fields, region);
	read_counts(fields, region);
	region->thp = field_hex_or(fields, "thp", json_usual_thp(region));
}

void json_read_region(struct json_reader *reader, struct fields *fields)
{
	struct region region = {.first_page = (uint32_t)reader->n_pages};

	read_place(reader, fields, &region);
	json_read_facts(fields, &region);
	json_read_region_heat(reader, fields, &region);
	if (fields->failed)
		return;
	mem_grow(&reader->list, &reader->list_room, reader->n_list + 1, sizeof(region));
	reader->list[reader->n_list++] = region;
	reader->vmas[reader->n_vmas - 1].n_regions++;
	reader->regions++;
}

static void check_page_place(struct json_reader *reader, struct fields *fields, const struct page *page)
{
	bool in_region = reader->in_process && reader->n_vmas && reader->vmas[reader->n_vmas - 1].n_regions;
	const struct region *region = in_region ? &reader->list[reader->n_list - 1] : NULL;
	uint64_t pid = field_count(fields, "pid", INT32_MAX);

	if (!region || page->addr < region->start || page->addr - region->start >= region->len ||
	    pid != (uint64_t)reader->processes[reader->n_processes - 1].pid)
		field_fail(fields, "addr", "is not in the region line before");
	else if (region->n_pages && page->addr <= reader->pages[reader->n_pages - 1].addr)
		field_fail(fields, "addr", "is not above the page before");
}

void json_read_page_facts(struct fields *fields, struct page *page)
{
	int64_t mapcount;

	page->addr = field_hex(fields, "addr");
	page->pfn = field_hex_or(fields, "pfn", 0);
	page->has_flags = json_object_get(fields->object, "flags");
	page->flags = field_hex_or(fields, "flags", 0);
	page->has_entry = json_object_get(fields->object, "entry");
	page->entry = field_hex_or(fields, "entry", 0);
	mapcount = field_known(fields, "mapcount");
	if (mapcount > UINT32_MAX)
		field_fail(fields, "mapcount", "is too large");
	page->has_mapcount = mapcount >= 0;
	page->mapcount = mapcount >= 0 ? (uint32_t)mapcount : 0;
	page->pagemap = field_hex(fields, "pagemap");
	page->present = page->pagemap & PM_PRESENT;
	page->swapped = field_bool_or(fields, "swapped", false);
	page->guard = field_bool_or(fields, "guard", false);
}

void json_read_page(struct json_reader *reader, struct fields *fields)
{
	struct page page = {0};

	json_read_page_facts(fields, &page);
	check_page_place(reader, fields, &page);
	if (fields->failed)
		return;
	mem_grow(&reader->pages, &reader->pages_room, reader->n_pages + 1, sizeof(page));
	reader->pages[reader->n_pages++] = page;
	reader->list[reader->n_list - 1].n_pages++;
}

void json_read_end(struct json_reader *reader, struct fields *fields)
{
	if (field_count(fields, "regions", UINT64_MAX) != reader->regions)
		field_fail(fields, "regions", "is not the number of region lines: some are missing");
	reader->ended = !fields->failed;
}
