/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of regions and pages: the many ones, made by direct appends. */
#include "format/json_lines.h"

#include "format/json_put.h"

/* Every field of a region line at its longest is below 1400 bytes, most of it "orders". */
#define REGION_ROOM 2048

/* Below 60 bytes of prefix, 6 fields of up to 45 bytes, 2 words. */
#define PAGE_ROOM 400

static char *put_known(char *at, const char *key, int64_t value, const char **between)
{
	if (value < 0)
		return at;
	at = put(at, *between);
	*between = ",";
	at = put(at, key);
	return put_dec(at, (uint64_t)value);
}

/* {"entire":2,"highest":2,"total":2} of what is known. */
static char *put_mapcount(char *at, const struct mapcount *mapcount)
{
	const char *between = "";

	if (mapcount->entire < 0 && mapcount->highest < 0 && mapcount->total < 0)
		return at;
	at = put(at, ",\"mapcount\":{");
	at = put_known(at, "\"entire\":", mapcount->entire, &between);
	at = put_known(at, "\"highest\":", mapcount->highest, &between);
	at = put_known(at, "\"total\":", mapcount->total, &between);
	*at++ = '}';
	return at;
}

/* Written unless "order" and "present" say the same. */
static char *put_orders(char *at, const struct region *region)
{
	const char *between = "";
	unsigned order, several = 0;

	if (!region->orders_known)
		return at;
	for (order = 0; order <= ORDER_MAX; order++)
		several += region->orders[order] != 0;
	if (!several || (several == 1 && region->present && region->order_known &&
			 region->order <= ORDER_MAX && region->orders[region->order] == region->present))
		return at;
	at = put(at, ",\"orders\":{");
	for (order = 0; order <= ORDER_MAX; order++) {
		if (!region->orders[order])
			continue;
		at = put(at, between);
		between = ",";
		*at++ = '"';
		at = put_dec(at, order);
		at = put(at, "\":");
		at = put_dec(at, region->orders[order]);
	}
	*at++ = '}';
	return at;
}

static char *put_team(char *at, const struct region *region)
{
	const char *between = "";

	if (region->team_usage < 0 && region->team_pmd_maps < 0)
		return at;
	at = put(at, ",\"team\":{");
	at = put_known(at, "\"usage\":", region->team_usage, &between);
	at = put_known(at, "\"pmd_maps\":", region->team_pmd_maps, &between);
	*at++ = '}';
	return at;
}

static char *put_counts(char *at, const struct region *region)
{
	if (region->exclusive >= 0) {
		at = put(at, ",\"exclusive\":");
		at = put_dec(at, (uint64_t)region->exclusive);
	}
	/* Present pages that are neither: nobody said which. */
	if (region->anon || region->file || !region->present) {
		at = put(at, ",\"anon\":");
		at = put_dec(at, region->anon);
		at = put(at, ",\"file\":");
		at = put_dec(at, region->file);
	}
	if (region->zero) {
		at = put(at, ",\"zero\":");
		at = put_dec(at, region->zero);
	}
	if (region->guard) {
		at = put(at, ",\"guard\":");
		at = put_dec(at, region->guard);
	}
	if (region->nonswap) {
		at = put(at, ",\"nonswap\":");
		at = put_dec(at, region->nonswap);
	}
	return at;
}

/* From its address on, without braces. */
static char *put_region(char *at, const struct region *region, uint64_t pmd_size)
{
	at = put(at, "\"addr\":");
	at = put_hex(at, region->start);
	if (region->len != pmd_size) {
		at = put(at, ",\"len\":");
		at = put_dec(at, region->len);
	}
	at = put(at, ",\"mapping\":\"");
	at = put(at, mapping_name(region->mapping));
	at = put(at, "\",\"backing\":\"");
	at = put(at, backing_name(region->backing));
	at = put(at, "\",\"state\":\"");
	at = put(at, state_name(region_state(region)));
	at = put(at, "\",\"how\":\"");
	at = put(at, how_name(region->how));
	*at++ = '"';
	if (!region_counts_unknown(region)) {
		at = put(at, ",\"present\":");
		at = put_dec(at, region->present);
		at = put(at, ",\"swapped\":");
		at = put_dec(at, region->swapped);
	}
	if (region->pfn) {
		at = put(at, ",\"pfn\":");
		at = put_hex(at, region->pfn);
	}
	if (region->order_known) {
		at = put(at, ",\"order\":");
		at = put_dec(at, region->order);
	}
	at = put_mapcount(at, &region->mapcount);
	if (!region_counts_unknown(region))
		at = put_counts(at, region);
	at = put_orders(at, region);
	return put_team(at, region);
}

void json_region_object(struct buf *out, const struct region *region, uint64_t pmd_size)
{
	char *at = buf_reserve(out, REGION_ROOM);

	*at++ = '{';
	at = put_region(at, region, pmd_size);
	*at++ = '}';
	*at = '\0';
	out->len = (size_t)(at - out->data);
}

void json_region_line(struct buf *out, pid_t pid, const struct region *region, uint64_t pmd_size,
		      const char *more)
{
	char *at = buf_reserve(out, REGION_ROOM + strlen(more));

	at = put(at, "{\"type\":\"region\",\"pid\":");
	at = put_dec(at, (uint64_t)pid);
	*at++ = ',';
	at = put_region(at, region, pmd_size);
	at = put(at, more);
	at = put(at, "}\n");
	*at = '\0';
	out->len = (size_t)(at - out->data);
}

void json_page_prefix(struct json_page_prefix *prefix, pid_t pid)
{
	char *at;

	memset(prefix, 0, sizeof(*prefix));
	at = put(prefix->text, "{\"type\":\"page\",\"pid\":");
	at = put_dec(at, (uint64_t)pid);
	at = put(at, ",\"addr\":");
	prefix->len = (size_t)(at - prefix->text);
}

static char *put_page(char *at, const struct json_page_prefix *prefix, const struct page *page)
{
	memcpy(at, prefix->text, sizeof(prefix->text));
	at = put_hex(at + prefix->len, page->addr);
	if (page->pfn) {
		at = put(at, ",\"pfn\":");
		at = put_hex(at, page->pfn);
	}
	if (page->has_flags) {
		at = put(at, ",\"flags\":");
		at = put_hex(at, page->flags);
	}
	if (page->has_mapcount) {
		at = put(at, ",\"mapcount\":");
		at = put_dec(at, page->mapcount);
	}
	if (page->has_entry) {
		at = put(at, ",\"entry\":");
		at = put_hex(at, page->entry);
	}
	at = put(at, ",\"pagemap\":");
	at = put_hex(at, page->pagemap);
	if (page->swapped)
		at = put(at, ",\"swapped\":true");
	if (page->guard)
		at = put(at, ",\"guard\":true");
	return at;
}

void json_page_lines(struct buf *out, const struct json_page_prefix *prefix, const struct page *pages,
		     size_t n, const struct json_cow *cow, const struct cow_place *place)
{
	char *at = buf_reserve(out, n * (PAGE_ROOM + (cow->n ? JSON_COW_PAGE_ROOM : 0)));
	size_t i;

	for (i = 0; i < n; i++) {
		at = put_page(at, prefix, &pages[i]);
		if (cow->n)
			at = json_cow_page(at, cow, place, pages[i].addr);
		at = put(at, "}\n");
	}
	*at = '\0';
	out->len = (size_t)(at - out->data);
}
