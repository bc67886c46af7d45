/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heat as lines of JSON, and as a ranking. */
#include "format/heat.h"

#include <inttypes.h>

#include "format/json_put.h"
#include "format/text_line.h"

#define RANK_COLUMNS 4
#define ADDRESS_COLUMNS 14
#define USED_COLUMNS 26

static void put_counts(struct buf *out, const struct heat_region *region)
{
	json_key_dec(out, "used", region->used);
	json_key_dec(out, "of", region->of);
	if (region->pages != region->of)
		json_key_dec(out, "pages", region->pages);
}

void json_heat_process(struct buf *out, const struct heat *heat)
{
	buf_puts(out, ",\"heat\":{\"by\":");
	json_quote(out, heat_by_name(heat->by));
	if (heat->window_ns)
		json_key_dec(out, "window_ns", heat->window_ns);
	json_key_dec(out, "took_ns", heat->took_ns);
	if (heat->missing)
		json_key_string(out, "missing", heat->missing);
	buf_putc(out, '}');
}

void json_heat_region(struct buf *out, const struct heat *heat, uint64_t start)
{
	const struct heat_region *region = heat ? heat_at(heat, start) : NULL;

	if (!region || !region->of)
		return;
	buf_puts(out, ",\"heat\":{\"by\":");
	json_quote(out, heat_by_name(heat->by));
	put_counts(out, region);
	buf_putc(out, '}');
}

static void put_head(struct buf *out, const struct heat *heat)
{
	buf_puts(out, "{\"type\":\"heat\"");
	json_key_string(out, "source", heat->source);
	json_key_dec(out, "pmd_size", heat->pmd_size);
	json_key_dec(out, "page_size", heat->page_size);
	json_key_dec(out, "pid", (uint64_t)heat->pid);
	json_key_dec(out, "start_time", heat->start_time);
	json_key_string(out, "by", heat_by_name(heat->by));
	json_key_dec(out, "window_ns", heat->window_ns);
	json_key_dec(out, "took_ns", heat->took_ns);
	if (heat->missing)
		json_key_string(out, "missing", heat->missing);
	buf_puts(out, "}\n");
}

static void put_hot(struct buf *out, const struct heat_region *region)
{
	buf_puts(out, "{\"type\":\"hot\"");
	json_key_hex(out, "addr", region->start);
	json_key_string(out, "mapping", mapping_name(region->mapping));
	json_key_string(out, "backing", backing_name(region->backing));
	json_key_dec(out, "present", region->present);
	put_counts(out, region);
	buf_puts(out, "}\n");
}

int json_write_heat(const struct heat *heat, const struct sink *sink)
{
	struct out out = {.sink = sink};
	size_t i;

	put_head(&out.buf, heat);
	for (i = 0; i < heat->n && !out.error; i++) {
		put_hot(&out.buf, &heat->items[i]);
		out_line(&out);
	}
	buf_puts(&out.buf, "{\"type\":\"end\"");
	json_key_dec(&out.buf, "hot", heat->n);
	buf_puts(&out.buf, "}\n");
	return out_end(&out);
}

void text_heat_rank(struct buf *out, const struct heat *heat, size_t rank)
{
	const struct heat_region *region = &heat->items[heat->ranked[rank]];
	struct buf share = {0};
	size_t from;

	buf_printf(out, "%*zu  %-*" PRIx64 "  ", RANK_COLUMNS, rank + 1, ADDRESS_COLUMNS, region->start);
	from = out->len;
	heat_say_used(heat, region, out);
	line_pad(out, from, USED_COLUMNS);
	line_share(&share, region->used, region->of);
	buf_printf(out, " %7s  %s, %s\n", share.data ? share.data : "", mapping_name(region->mapping),
		   backing_name(region->backing));
	buf_fini(&share);
}

void text_heat_limits(struct buf *line, const struct heat *heat, bool ascii)
{
	const char *doubt = heat_doubt(heat);

	buf_printf(line, "  %s%s%s", doubt ? doubt : "", doubt ? " " : "", heat_limits(heat->by));
	if (heat->missing) {
		buf_puts(line, " Not told: ");
		line_safe(line, heat->missing, ascii);
	}
}

void text_heat(struct buf *out, const struct heat *heat, size_t most, unsigned width, bool ascii)
{
	const size_t shown = heat->known < most ? heat->known : most;
	struct buf line = {0};
	size_t i;

	if (!heat->n) {
		buf_puts(out, "  no whole region is mapped by ptes: none is left to be made huge\n");
		return;
	}
	buf_printf(&line, "  regions that are not huge, %s, ", heat_order(heat));
	heat_say_way(heat, &line);
	buf_putc(&line, ':');
	line_wrap(out, width, 4, line.data);
	for (i = 0; i < shown; i++)
		text_heat_rank(out, heat, i);
	buf_clear(&line);
	if (heat->known > shown)
		buf_printf(&line, "    and %zu more", heat->known - shown);
	if (heat->n > heat->known)
		buf_printf(&line, "%s %zu of %zu nothing is known.", line.len ? ";  of" : "    of",
			   heat->n - heat->known, heat->n);
	if (line.len)
		line_wrap(out, width, 4, line.data);
	buf_clear(&line);
	text_heat_limits(&line, heat, ascii);
	line_wrap(out, width, 4, line.data);
	buf_fini(&line);
}
