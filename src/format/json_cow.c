/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writes would do, in region and page lines. */
#include "format/json_lines.h"
#include "format/json_put.h"

/* How many pages have each verdict, where they differ. */
static void put_pages(struct buf *out, const struct cow_sum *sum)
{
	const char *between = "";
	int verdict;

	buf_puts(out, ",\"pages\":{");
	for (verdict = 0; verdict < COW_VERDICT_COUNT; verdict++) {
		if (!sum->pages[verdict])
			continue;
		buf_printf(out, "%s\"%s\":", between, cow_verdict_name((enum cow_verdict)verdict));
		buf_dec(out, sum->pages[verdict]);
		between = ",";
	}
	buf_putc(out, '}');
}

void json_cow_region(struct buf *out, const struct json_cow *cow, const struct cow_place *place)
{
	struct cow_sum sum;
	const char *rule;
	unsigned i;

	if (place->region->anon_exclusive)
		buf_puts(out, ",\"anon_exclusive\":true");
	if (place->region->uffd_wp)
		buf_puts(out, ",\"uffd_wp\":true");
	buf_puts(out, ",\"cow\":[");
	for (i = 0; i < cow->n; i++) {
		cow_region(&cow->rules[i], place, &sum);
		rule = cow_row_name(cow->rules[i].row);
		buf_printf(out, "%s{\"rule\":\"%s\",\"verdict\":\"%s\"", i ? "," : "",
			   *rule ? rule : "unknown", cow_verdict_name(sum.cow.verdict));
		if (sum.cow.bytes)
			json_key_dec(out, "bytes", sum.cow.bytes);
		if (sum.cow.split)
			buf_puts(out, ",\"split\":true");
		if (sum.cow.verdict == COW_MIXED)
			put_pages(out, &sum);
		json_key_string(out, "fact", sum.cow.fact);
		json_key_string(out, "why", sum.cow.why);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

char *json_cow_page(char *at, const struct json_cow *cow, const struct cow_place *place, uint64_t addr)
{
	struct cow verdict;
	unsigned i;

	at = put(at, ",\"cow\":[");
	for (i = 0; i < cow->n; i++) {
		cow_page(&cow->rules[i], place, addr, &verdict);
		at = put(at, i ? ",\"" : "\"");
		at = put(at, cow_verdict_name(verdict.verdict));
		*at++ = '"';
	}
	*at++ = ']';
	return at;
}
